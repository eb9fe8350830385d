package credit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Error is a call that a vendor refused, that failed on its way, or whose
// answer cannot be used. Arguments that are refused before anything is sent
// are an [InvalidError] instead.
//
//	if e, ok := errors.AsType[*credit.Error](err); ok && e.Outcome == credit.Unknown {
//		// look before sending it again
//	}
//
// No field and no text of an Error holds a credential, a query or a body. The
// vendor's own words are shortened and on one line: credentials and quotes of the
// request's body in them are masked, control and format characters are escaped.
type Error struct {
	// Vendor is the vendor's package name: "metronome".
	Vendor string
	// Op is the operation: "EditCredit".
	Op string
	// Kind is the reason; errors.Is(err, credit.ErrConflict) compares with it.
	Kind Kind
	// Outcome says whether the change happened.
	Outcome Outcome
	// StatusCode is the last answer's HTTP status, 0 if there was none.
	StatusCode int
	// Code is the vendor's own code for the reason; many answers have none.
	Code string
	// Message is what the vendor said, at most some hundred characters.
	Message string
	// Fields are the members that the vendor complained about.
	Fields []FieldError
	// RequestID is the vendor's id for the exchange, from X-Request-Id. Name
	// it when asking the vendor. Empty where the vendor sent none.
	RequestID string
	// RetryAfter is how long the vendor asked to wait, 0 if it did not. It
	// is at most the largest Duration.
	RetryAfter time.Duration
	// Attempts counts how often the request was tried. 0 means that it failed
	// before the first try.
	Attempts int
	// IdempotencyKey is the key that the request carried, where the operation
	// has one. Sending the same change again with this key cannot apply it
	// twice, as long as the vendor remembers the key.
	IdempotencyKey string
	// KeyUsedUp says that the vendor stored this failure under the key and will
	// answer every request under it in the same way (metronome's 500). Read the
	// credit; if the change is not there, make it again under a new key.
	KeyUsedUp bool
	// Err is the cause, where there is one below HTTP: a network error, an
	// ended context, an answer that does not decode. It may be nil.
	Err error
}

// A FieldError is one member of a request that was found wrong.
type FieldError struct {
	Field   string // the member's name on the wire
	Message string // what is wrong with it
}

// Error says which call failed, what the vendor said, whether the change
// happened and what to do, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Vendor + ": " + e.Op + ": ")
	if e.StatusCode != 0 {
		b.WriteString("HTTP " + strconv.Itoa(e.StatusCode) + " ")
	}
	b.WriteString(string(e.Kind))
	if e.Code != "" {
		b.WriteString(" (" + e.Code + ")")
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, f := range e.Fields {
		b.WriteString(" [" + f.Field + ": " + f.Message + "]")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	b.WriteString("; " + e.advice())
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; retry after %v", e.RetryAfter)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, "; %d attempts", e.Attempts)
	}
	if e.RequestID != "" {
		b.WriteString("; request id " + e.RequestID)
	}
	return b.String()
}

func (e *Error) advice() string {
	switch e.Outcome {
	case NotSent:
		return "no change was sent"
	case Rejected:
		return "the change was not made"
	case Unknown:
		if e.KeyUsedUp {
			return "whether the change was made is unknown, and the idempotency key is used up: read the credit before sending the change again under a new key"
		}
		return "whether the change was made is unknown: read the credit before sending it again"
	case Applied:
		return "the change was made: do not send it again"
	}
	return "the outcome was not recorded"
}

// Unwrap gives errors.Is and errors.As the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

func (e *Error) outcome() Outcome { return e.Outcome }

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
