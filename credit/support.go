package credit

import "maps"

// Support says what a vendor's [Updater] can change. It needs no request.
type Support struct {
	// Fields are the fields that can be changed; one that is missing cannot.
	Fields map[Field]Ability
	// Owner says when a [Ref] needs an Owner.
	Owner OwnerRule
	// IdempotencyKeys reports whether the vendor has idempotency keys; see
	// [WithIdempotencyKey].
	IdempotencyKeys bool
	// ReplacesRecord reports whether a write replaces the whole record. An
	// update then reads the record first, unless [WithRecord] gives it.
	ReplacesRecord bool
}

// An Ability is what can be done with one field.
type Ability struct {
	Set   bool
	Clear bool
	// NotIdempotent reports that repeating the write may change the credit again:
	// an update of the field must not be repeated while it is unknown whether the
	// first one was made. See [Support.Repeatable].
	NotIdempotent bool
	// VendorField is the vendor's name of the field and the values that it
	// accepts, for people to read: "quantity (>= 0.01)".
	VendorField string
}

// An OwnerRule says when a [Ref] needs an Owner.
type OwnerRule int

// The rules. The zero OwnerRule is OwnerUnsupported.
const (
	OwnerUnsupported OwnerRule = iota // the vendor has no owners: an Owner is an error
	OwnerForReads                     // reads need it, writes do not
	OwnerRequired                     // every call needs it
)

// CanSet reports whether f can be set.
func (s Support) CanSet(f Field) bool { return s.Fields[f].Set }

// CanClear reports whether f can be emptied.
func (s Support) CanClear(f Field) bool { return s.Fields[f].Clear }

// Repeatable reports whether an update with p may be made again although its
// first one may have been made, which is when [OutcomeOf] its error is [Unknown].
// That is so where no field that p asks for is NotIdempotent. Where it is false, the
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
	for i, op := range p.ops() {
		if !op.IsZero() && s.Fields[fields[i]].NotIdempotent {
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
