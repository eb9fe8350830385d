package report

import (
	"cmp"
	"slices"

	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// How much the report shows: a browser must be able to open it.
const (
	maxUnknownRows = 10_000 // each credit must be looked at
	maxOtherRows   = 500    // for each other outcome
	maxNames       = 40     // of vendors, kinds or fields; bad rows can have any name
)

const otherName = "(others)"

// A tally counts results in a memory that does not grow with their number.
type tally struct {
	outcomes counts
	vendors  byName[vendorTally]
	kinds    byName[counts]
	fields   byName[fieldTally]
	excerpts map[string]*excerpt
	money    money.Summary
	rows     int64     // all results
	first    []pageRow // at most maxPlainRows of them
}

type counts map[result.Outcome]int64

type vendorTally struct {
	outcomes counts
	took     histogram
}

// A fieldTally counts the planned changes of a field in a dry run.
type fieldTally struct{ differs, same, unread int64 }

// An excerpt holds the first results of one table.
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
	t.money.Add(r)
	if t.rows++; t.rows <= maxPlainRows {
		t.first = append(t.first, newPageRow(r))
	}
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

// byName holds a value for each name. After maxNames names, all others share one
// value.
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

// sorted returns the values with the largest size first, or by name if size is nil.
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
