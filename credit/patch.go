package credit

import (
	"iter"
	"slices"
	"time"
)

// A Patch is a change of one credit. The zero value of a field leaves it alone;
// [Set] sets it and [Clear] empties it. [Support] says what a vendor can do. A
// Patch that a vendor cannot take is refused as a whole.
type Patch struct {
	Name      Opt[string]            // the credit's name, as people see it
	Note      Opt[string]            // an internal note
	Total     Opt[Decimal]           // what was granted, in the vendor's unit
	Balance   Opt[Decimal]           // what remains, in the vendor's unit
	StartsAt  Opt[time.Time]         // the first instant at which it can be used
	ExpiresAt Opt[time.Time]         // the first instant at which it can no longer be used
	Priority  Opt[Decimal]           // credits with a lower priority are used first
	Metadata  Opt[map[string]string] // the caller's own entries, all of them
}

// Values are the fields of a [Patch] in a [Record]. Patch(record.Values) is the
// patch that sets and clears every field as the record has it.
type Values Patch

// A Field is the name of a field of a [Patch], in errors and in [Support].
type Field string

// The fields of a Patch.
const (
	FieldName      Field = "name"
	FieldNote      Field = "note"
	FieldTotal     Field = "total"
	FieldBalance   Field = "balance"
	FieldStartsAt  Field = "starts_at"
	FieldExpiresAt Field = "expires_at"
	FieldPriority  Field = "priority"
	FieldMetadata  Field = "metadata"
)

// fields and ops are the one list of a patch's fields. A further field needs a line
// in each, a member of Patch and a constant; a test compares them.
var fields = [...]Field{
	FieldName, FieldNote, FieldTotal, FieldBalance,
	FieldStartsAt, FieldExpiresAt, FieldPriority, FieldMetadata,
}

func (p *Patch) ops() [len(fields)]FieldOp {
	return [...]FieldOp{
		{Text: &p.Name}, {Text: &p.Note}, {Amount: &p.Total}, {Amount: &p.Balance},
		{Time: &p.StartsAt}, {Time: &p.ExpiresAt}, {Amount: &p.Priority}, {Entries: &p.Metadata},
	}
}

// Fields returns the names of all fields, in the order of [Patch].
func Fields() []Field { return slices.Clone(fields[:]) }

// All iterates over the fields that the patch sets or clears, in the order of
// [Fields].
func (p *Patch) All() iter.Seq2[Field, FieldOp] {
	return func(yield func(Field, FieldOp) bool) {
		for i, op := range p.ops() {
			if !op.IsZero() && !yield(fields[i], op) {
				return
			}
		}
	}
}

// Op returns what the patch does with f, also if it leaves f alone. For an unknown
// field it returns the zero FieldOp.
func (p *Patch) Op(f Field) FieldOp {
	if i := slices.Index(fields[:], f); i >= 0 {
		return p.ops()[i]
	}
	return FieldOp{}
}

// IsEmpty reports whether the patch leaves every field alone.
func (p Patch) IsEmpty() bool {
	for _, op := range p.ops() {
		if !op.IsZero() {
			return false
		}
	}
	return true
}

// inUTC returns p with its times in UTC. JSON cannot write an offset that is not a
// whole number of minutes.
func (p Patch) inUTC() Patch {
	p.StartsAt.value = p.StartsAt.value.UTC()
	p.ExpiresAt.value = p.ExpiresAt.value.UTC()
	return p
}

// An Opt is a field of a [Patch], which leaves the field alone, sets it or clears
// it. In a [Record] the zero Opt means that the vendor did not return the field,
// a set one holds its value, and a cleared one is empty.
type Opt[T any] struct {
	op    op
	value T
}

type op int

const (
	opNone op = iota
	opSet
	opClear
)

// Set returns an Opt that sets a field to v. An empty string is a value like any
// other.
func Set[T any](v T) Opt[T] { return Opt[T]{op: opSet, value: v} }

// Clear returns an Opt that empties a field.
func Clear[T any]() Opt[T] { return Opt[T]{op: opClear} }

// Get returns the value; ok is false if there is none.
func (o Opt[T]) Get() (v T, ok bool) { return o.value, o.op == opSet }

// IsClear reports whether the field is to be emptied, or is empty.
func (o Opt[T]) IsClear() bool { return o.op == opClear }

// IsZero reports whether the field is left alone, or was not returned.
func (o Opt[T]) IsZero() bool { return o.op == opNone }
