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
	// Once says that a second write of the value is not harmless: an update
	// that has the field must not be repeated as long as it is unknown whether
	// the first was made. See [Support.Repeatable].
	Once bool
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

// Repeatable reports whether an update with p may be made again although its
// first one may have been made, which is when [OutcomeOf] its error is [Unknown].
// That is so where no field that p asks for is Once. Where it is false, the
// credit has to be read and looked at first.
//
// Where the vendor has IdempotencyKeys it holds under the same key only: the one
// given by [WithIdempotencyKey], else the one in Error.IdempotencyKey; and for
// as long as the vendor remembers it. It does not hold where Error.KeyUsedUp is
// set: the key then brings the same failure again. Read the credit, and if the
// change is not there, make it under a new key.
//
// For other outcomes: NotSent may be repeated at any time, Rejected after the
// reason is removed, Applied never. A repeated update is as late as any other:
// it wins over what somebody else wrote after the first.
func (s Support) Repeatable(p Patch) bool {
	for i, op := range p.asked() {
		if op != leave && s.Fields[fields[i]].Once {
			return false
		}
	}
	return true
}

// clone keeps one holder's changes of the map from all others.
func (s Support) clone() Support {
	s.Fields = maps.Clone(s.Fields)
	return s
}
