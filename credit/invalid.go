package credit

import (
	"errors"
	"strings"
)

// An InvalidError is an argument that was refused before anything was sent:
// its outcome is [NotSent]. errors.Is(err, credit.ErrInvalid) holds.
type InvalidError struct {
	// Vendor is the vendor's package name; empty where the argument belongs
	// to no vendor.
	Vendor string
	// Field is what was wrong: a patch field ("expires_at") in an
	// [Updater], the wire member's name in a vendor's own call, the name of
	// the argument or option elsewhere.
	Field string
	// Reason says what is wrong with it.
	Reason string
	// More are the further fields that were wrong in the same call.
	More []FieldError
}

// Add records that field is wrong, and why: the first call sets Field and Reason,
// every further one appends to More. A [Driver] reports all that is wrong with a
// call in one error:
//
//	errs := credit.InvalidError{Vendor: "acme"}
//	if ... {
//		errs.Add("name", "must not be longer than 255 characters")
//	}
//	return errs.ErrorOrNil()
func (e *InvalidError) Add(field, reason string) {
	if e.Field == "" && e.Reason == "" {
		e.Field, e.Reason = field, reason
		return
	}
	e.More = append(e.More, FieldError{Field: field, Message: reason})
}

// addReason adds field unless reason is empty.
func (e *InvalidError) addReason(field, reason string) {
	if reason != "" {
		e.Add(field, reason)
	}
}

// ErrorOrNil returns a copy of e, or nil if e names no field.
func (e *InvalidError) ErrorOrNil() error {
	if e == nil || e.Field == "" && e.Reason == "" {
		return nil
	}
	err := *e // so that e itself can stay on the stack
	return &err
}

// Error names every field that was refused, and why.
func (e *InvalidError) Error() string {
	var b strings.Builder
	if e.Vendor != "" {
		b.WriteString(e.Vendor + ": ")
	}
	b.WriteString("invalid " + e.Field + ": " + e.Reason)
	for _, f := range e.More {
		b.WriteString("; invalid " + f.Field + ": " + f.Message)
	}
	b.WriteString("; nothing was sent")
	return b.String()
}

// Is makes errors.Is(err, ErrInvalid) hold.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

func (e *InvalidError) outcome() Outcome { return NotSent }

// withVendor names the vendor in the error of an option, which does not know it.
func withVendor(vendor string, err error) error {
	invalid, ok := errors.AsType[*InvalidError](err)
	if !ok || invalid.Vendor != "" {
		return err
	}
	named := *invalid
	named.Vendor = vendor
	return &named
}
