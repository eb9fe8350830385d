package credit

import (
	"maps"
	"slices"
	"time"
)

// Support says what a vendor's [Updater] can change. It needs no request.
type Support struct {
	// Fields are the fields that can be changed, with what can be done with each.
	Fields map[Field]Ability
	// Owner says when a [Ref] needs an Owner.
	Owner OwnerRule
	// IdempotencyKeys reports whether the vendor has idempotency keys; see
	// [WithIdempotencyKey].
	IdempotencyKeys bool
	// KeyLifetime is how long, at least, the vendor remembers an idempotency key after
	// the first request with it. 0 means that it is not known: then a key protects only
	// the attempts of one call.
	KeyLifetime time.Duration
	// ReplacesRecord reports whether a write replaces the whole record. An
	// update then reads the record first, unless [WithRecord] gives it.
	ReplacesRecord bool
	// FindsAll reports whether a [Query] without an Owner finds the credits of all
	// owners. It is of use only if the Updater is a [Finder].
	FindsAll bool
	// ReadOnly are the fields that a [Record] of the vendor has and that cannot be
	// changed. Fields that can be changed are not among them.
	ReadOnly []Field
}

// An Ability is what can be done with a field.
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

// CanClear reports whether f can be cleared.
func (s Support) CanClear(f Field) bool { return s.Fields[f].Clear }

// CanRead reports whether a [Record] of the vendor can have f: if it can be changed, or
// is ReadOnly.
func (s Support) CanRead(f Field) bool {
	return s.CanSet(f) || s.CanClear(f) || slices.Contains(s.ReadOnly, f)
}

// Repeatable reports whether an update with p may be sent again after an error whose
// outcome is [Unknown], although the first one may have been made. That is so if no field
// of p is NotIdempotent. If it returns false, read the credit first.
//
// If the vendor has IdempotencyKeys, send the update again with the same key only: the
// one given by [WithIdempotencyKey], or Error.IdempotencyKey; and only as long as the
// vendor remembers the key (KeyLifetime). If Error.KeyUsedUp is set, the key would return the same
// failure again: read the credit, and if the change is not there, send it with a new
// key.
//
// For other outcomes: NotSent may be sent again at any time, Rejected after the reason is
// removed, Applied never. An update that is sent again overwrites what another writer
// wrote after the first one.
func (s Support) Repeatable(p Patch) bool {
	for i, op := range p.ops() {
		if !op.IsZero() && s.Fields[fields[i]].NotIdempotent {
			return false
		}
	}
	return true
}

// clone returns a copy that shares nothing with s.
func (s Support) clone() Support {
	s.Fields = maps.Clone(s.Fields)
	s.ReadOnly = slices.Clone(s.ReadOnly)
	return s
}
