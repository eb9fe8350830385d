package report

import (
	"cmp"
	"slices"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// How much of a file is shown: a report has to open in a browser.
const (
	mostUnknown = 10_000 // somebody has to look at each
	mostOthers  = 500    // of each other outcome
	mostNames   = 40     // of vendors, kinds or fields; bad rows may have any
)

const otherNames = "(others)"

// A tally is what a report tells of results, in a memory that does not grow
// with their number.
type tally struct {
	outcomes counts
	vendors  names[vendorTally]
	kinds    names[counts]
	fields   names[fieldTally]
	excerpts map[string]*excerpt
}

type counts map[result.Outcome]int64

type vendorTally struct {
	outcomes counts
	took     histogram
}

// A fieldTally says of a field in how many rows of a dry run it would change.
type fieldTally struct{ differs, same, unread int64 }

// An excerpt is the first of the results that go into one table.
type excerpt struct {
	most    int
	results []result.Result
	more    int64
}

func newTally() *tally {
	t := &tally{outcomes: counts{}, excerpts: map[string]*excerpt{}}
	for _, s := range sections {
		t.excerpts[s.key] = &excerpt{most: s.most}
	}
	return t
}

func (t *tally) add(r result.Result) {
	t.outcomes[r.Outcome]++
	v := t.vendors.of(r.Vendor)
	if v.outcomes == nil {
		v.outcomes = counts{}
	}
	v.outcomes[r.Outcome]++
	if r.Took > 0 {
		v.took.add(r.Took)
	}
	if r.Kind != "" {
		k := t.kinds.of(r.Kind)
		if *k == nil {
			*k = counts{}
		}
		(*k)[r.Outcome]++
	}
	if r.Outcome == result.Planned {
		for _, c := range r.Changes {
			t.fields.of(c.Field).add(c)
		}
	}
	if e := t.excerpts[sectionOf(r)]; e != nil {
		e.add(r)
	}
}

func (f *fieldTally) add(c result.Change) {
	switch c.Before {
	case "unknown":
		f.unread++
	case c.After:
		f.same++
	default:
		f.differs++
	}
}

func (e *excerpt) add(r result.Result) {
	if len(e.results) == e.most {
		e.more++
		return
	}
	e.results = append(e.results, r)
}

func (c counts) sum() (n int64) {
	for _, each := range c {
		n += each
	}
	return n
}

// names counts something by name, and what has too many names together.
type names[T any] struct{ byName map[string]*T }

func (n *names[T]) of(name string) *T {
	if n.byName == nil {
		n.byName = map[string]*T{}
	}
	if n.byName[name] == nil {
		if len(n.byName) >= mostNames {
			name = otherNames
		}
		if n.byName[name] == nil {
			n.byName[name] = new(T)
		}
	}
	return n.byName[name]
}

type named[T any] struct {
	Name string
	Of   *T
}

// sorted has the greatest first, or all by name where size is nil.
func (n *names[T]) sorted(size func(*T) int64) []named[T] {
	var all []named[T]
	for name, of := range n.byName {
		all = append(all, named[T]{name, of})
	}
	slices.SortFunc(all, func(a, b named[T]) int {
		if size != nil && size(a.Of) != size(b.Of) {
			return cmp.Compare(size(b.Of), size(a.Of))
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return all
}
