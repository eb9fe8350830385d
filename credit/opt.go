package credit

// An Opt is one field of a [Patch], which leaves it alone, sets it or clears
// it; and one of a [Record], which does not tell it, tells its value, or tells
// that it is empty. The zero Opt is the first of each.
type Opt[T any] struct {
	op    op
	value T
}

type op int

const (
	leave op = iota
	set
	clears
)

// Set sets a field to v. An empty text is a value like any other.
func Set[T any](v T) Opt[T] { return Opt[T]{op: set, value: v} }

// Clear empties a field.
func Clear[T any]() Opt[T] { return Opt[T]{op: clears} }

// Get returns the value to set; ok is false where there is none.
func (o Opt[T]) Get() (v T, ok bool) { return o.value, o.op == set }

// IsClear reports whether the field is to be emptied, or is empty.
func (o Opt[T]) IsClear() bool { return o.op == clears }

// IsZero reports whether the field is left alone, or not told.
func (o Opt[T]) IsZero() bool { return o.op == leave }
