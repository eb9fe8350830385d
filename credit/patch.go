package credit

import (
	"slices"
	"time"
)

// A Patch is a change of one credit. The zero value of a field leaves it alone;
// [Set] sets and [Clear] empties it. Which vendor can do which is in [Support],
// and a Patch that a vendor cannot take is refused as a whole.
type Patch struct {
	Name      Opt[string]            // the credit's name, as people see it
	Note      Opt[string]            // a text for the vendor's customer's own use
	Total     Opt[Decimal]           // what was granted, in the vendor's unit
	Balance   Opt[Decimal]           // what remains, in the vendor's unit
	StartsAt  Opt[time.Time]         // the first instant at which it can be used
	ExpiresAt Opt[time.Time]         // the first instant at which it cannot be used any more
	Priority  Opt[Decimal]           // the lower, the earlier it is used up
	Metadata  Opt[map[string]string] // the caller's own entries, all of them
}

// A Field names a field of a [Patch], in errors and in [Support].
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

// Fields returns all fields, in the order of [Patch].
func Fields() []Field {
	return slices.Clone(fields[:])
}

var fields = [...]Field{
	FieldName, FieldNote, FieldTotal, FieldBalance,
	FieldStartsAt, FieldExpiresAt, FieldPriority, FieldMetadata,
}

// asked lists what the patch asks of each of the fields.
func (p *Patch) asked() [len(fields)]op {
	return [...]op{
		p.Name.op, p.Note.op, p.Total.op, p.Balance.op,
		p.StartsAt.op, p.ExpiresAt.op, p.Priority.op, p.Metadata.op,
	}
}

// asks reports whether the patch sets or clears f.
func (p *Patch) asks(f Field) bool {
	i := slices.Index(fields[:], f)
	return i >= 0 && p.asked()[i] != leave
}

// IsEmpty reports whether the patch leaves everything alone.
func (p Patch) IsEmpty() bool { return p.asked() == [len(fields)]op{} }

// inUTC takes nothing but the zones away. An offset that is not of whole
// minutes would move the instant on its way through JSON.
func (p Patch) inUTC() Patch {
	p.StartsAt.value = p.StartsAt.value.UTC()
	p.ExpiresAt.value = p.ExpiresAt.value.UTC()
	return p
}
