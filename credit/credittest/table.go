package credittest

import (
	"cmp"
	"maps"
	"slices"
)

// A store holds what writes change, and can return to an earlier state.
type store interface {
	// mark makes swap return to this moment. unmark makes it return to the earlier mark
	// again, and is called when nothing differs from this moment.
	mark() (unmark func())
	// swap exchanges the state with that of the mark. A second call undoes the first.
	swap()
}

// A table holds values by id, and lists them by owner. What a method costs depends on the
// values that it returns or that have changed since the mark, not on the size of the table.
type table[V any] struct {
	rows   map[string]*row[V]
	seeded int // number of rows so far

	// changed holds the rows that have changed since the mark as they were before, nil
	// where there was none. A fault needs no earlier ones: a stale read returns to the
	// beginning of the last write, and a pretended request to its own. changed is nil
	// before the first mark.
	changed map[string]*row[V]

	lists   map[string]*list
	owners  func(V) []string      // the lists that a value is in; nil if there are none
	compare func(a, b string) int // the order of a list by ids; nil is the order of seeding
}

type row[V any] struct {
	value    V
	position int // in the order of seeding
}

// A list holds the ids of an owner's values.
type list struct {
	ids    map[string]bool
	sorted []string // nil if they must be sorted again
}

func newTable[V any]() table[V] {
	return table[V]{rows: map[string]*row[V]{}, lists: map[string]*list{}}
}

// get returns a value, and whether there is one.
func (t *table[V]) get(id string) (value V, found bool) {
	if r := t.rows[id]; r != nil {
		return r.value, true
	}
	return value, false
}

// set stores a value. One that replaces another keeps its place in the order of seeding.
func (t *table[V]) set(id string, value V) {
	old := t.rows[id]
	if _, saved := t.changed[id]; t.changed != nil && !saved {
		t.changed[id] = old
	}
	r := &row[V]{value: value, position: t.seeded}
	if old != nil {
		r.position = old.position
	} else {
		t.seeded++
	}
	t.put(id, r)
}

// put stores a row, or removes it if r is nil, and updates the lists.
func (t *table[V]) put(id string, r *row[V]) {
	before, after := t.ownersOf(t.rows[id]), t.ownersOf(r)
	if r == nil {
		delete(t.rows, id)
	} else {
		t.rows[id] = r
	}
	for _, owner := range before {
		if !slices.Contains(after, owner) {
			t.removeFrom(owner, id)
		}
	}
	for _, owner := range after {
		if !slices.Contains(before, owner) {
			t.addTo(owner, id)
		}
	}
}

func (t *table[V]) ownersOf(r *row[V]) []string {
	if r == nil || t.owners == nil {
		return nil
	}
	return t.owners(r.value)
}

func (t *table[V]) addTo(owner, id string) {
	l := t.lists[owner]
	if l == nil {
		l = &list{ids: map[string]bool{}}
		t.lists[owner] = l
	}
	l.ids[id] = true
	if n := len(l.sorted); n > 0 && t.compareIDs(l.sorted[n-1], id) < 0 {
		l.sorted = append(l.sorted, id)
	} else {
		l.sorted = nil
	}
}

func (t *table[V]) removeFrom(owner, id string) {
	l := t.lists[owner]
	delete(l.ids, id)
	l.sorted = nil
	if len(l.ids) == 0 {
		delete(t.lists, owner)
	}
}

func (t *table[V]) compareIDs(a, b string) int {
	if t.compare != nil {
		return t.compare(a, b)
	}
	return cmp.Compare(t.rows[a].position, t.rows[b].position)
}

// hasOwner reports whether an owner has a value.
func (t *table[V]) hasOwner(owner string) bool { return t.lists[owner] != nil }

// listOf returns the ids of an owner's values, in order. The caller does not change them.
func (t *table[V]) listOf(owner string) []string {
	l := t.lists[owner]
	if l == nil {
		return nil
	}
	if l.sorted == nil {
		l.sorted = slices.SortedFunc(maps.Keys(l.ids), t.compareIDs)
	}
	return l.sorted
}

func (t *table[V]) mark() (unmark func()) {
	earlier := t.changed
	t.changed = map[string]*row[V]{}
	return func() { t.changed = earlier }
}

func (t *table[V]) swap() {
	for id, r := range t.changed {
		t.changed[id] = t.rows[id]
		t.put(id, r)
	}
}
