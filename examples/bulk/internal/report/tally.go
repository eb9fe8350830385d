package report

import (
	"cmp"
	"slices"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// How much of a file is shown: a report has to open in a browser.
const (
	maxUnknownRows = 10_000 // somebody has to look at each
	maxOtherRows   = 500    // of each other outcome
	maxNames       = 40     // of vendors, kinds or fields; bad rows may have any
)

const otherName = "(others)"

// A tally is what a report tells of results, in a memory that does not grow
// with their number.
type tally struct {
	outcomes counts
	vendors  byName[vendorTally]
	kinds    byName[counts]
	fields   byName[fieldTally]
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
	maxRows int
	results []result.Result
	more    int64
}

func newTally() *tally {
	t := &tally{outcomes: counts{}, excerpts: map[string]*excerpt{}}
	for _, s := range sections {
		t.excerpts[s.key] = &excerpt{maxRows: s.maxRows}
	}
	return t
}

func (t *tally) add(r result.Result) {
	t.outcomes[r.Outcome]++
	v := t.vendors.get(r.Vendor)
	if v.outcomes == nil {
		v.outcomes = counts{}
	}
	v.outcomes[r.Outcome]++
	if r.Took > 0 {
		v.took.add(r.Took)
	}
	if r.Kind != "" {
		k := t.kinds.get(r.Kind)
		if *k == nil {
			*k = counts{}
		}
		(*k)[r.Outcome]++
	}
	if r.Outcome == result.Planned {
		for _, c := range r.Changes {
			t.fields.get(c.Field).add(c)
		}
	}
	if e := t.excerpts[sectionKey(r)]; e != nil {
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
	if len(e.results) == e.maxRows {
		e.more++
		return
	}
	e.results = append(e.results, r)
}

func (c counts) total() (n int64) {
	for _, each := range c {
		n += each
	}
	return n
}

// byName counts something by name, and what has too many names together.
type byName[T any] struct{ values map[string]*T }

func (n *byName[T]) get(name string) *T {
	if n.values == nil {
		n.values = map[string]*T{}
	}
	if n.values[name] == nil {
		if len(n.values) >= maxNames {
			name = otherName
		}
		if n.values[name] == nil {
			n.values[name] = new(T)
		}
	}
	return n.values[name]
}

type namedValue[T any] struct {
	Name  string
	Value *T
}

// sorted has the greatest first, or all by name where size is nil.
func (n *byName[T]) sorted(size func(*T) int64) []namedValue[T] {
	var all []namedValue[T]
	for name, of := range n.values {
		all = append(all, namedValue[T]{name, of})
	}
	slices.SortFunc(all, func(a, b namedValue[T]) int {
		if size != nil && size(a.Value) != size(b.Value) {
			return cmp.Compare(size(b.Value), size(a.Value))
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return all
}
