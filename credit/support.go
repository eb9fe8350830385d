package credit

import "maps"

// Support says what a vendor's [Updater] can change, before anything is asked
// of the vendor. It is the only place that decides it.
type Support struct {
	// Fields are the fields that can be changed; one that is missing cannot.
	Fields map[Field]Ability
	// Owner says whether a [Ref] needs one.
	Owner Need
	// IdempotencyKeys says whether the vendor knows them; see
	// [WithIdempotencyKey].
	IdempotencyKeys bool
	// Records says whether a write replaces the whole record, so that
	// [WithRecord] can spare the read.
	Records bool
}

// An Ability is what can be done with one field.
type Ability struct {
	Set   bool
	Clear bool
	// As is what the vendor calls the field, and what values it takes, for
	// people to read: "quantity (>= 0.01)".
	As string
}

// A Need says whether something has to be there.
type Need int

// The needs. The zero Need is Refused.
const (
	Refused  Need = iota // it means nothing to the vendor
	Optional             // only a read needs it
	Required
)

// CanSet reports whether f can be set.
func (s Support) CanSet(f Field) bool { return s.Fields[f].Set }

// CanClear reports whether f can be emptied.
func (s Support) CanClear(f Field) bool { return s.Fields[f].Clear }

// clone keeps one holder's changes of the map from all others.
func (s Support) clone() Support {
	s.Fields = maps.Clone(s.Fields)
	return s
}
