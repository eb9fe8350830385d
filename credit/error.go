package credit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Error is the error of a call that the vendor refused, that failed on its way, or
// whose response cannot be used. Arguments that are refused before anything is sent are
// an [InvalidError] instead.
//
//	if e, ok := errors.AsType[*credit.Error](err); ok && e.Outcome == credit.Unknown {
//		// read the credit before sending the change again
//	}
//
// No field and no text of an Error holds a credential, a query or a body. The vendor's
// message is shortened and on one line: credentials and quotes of the request's body in
// it are masked, control and format characters are escaped.
type Error struct {
	// Vendor is the vendor's package name: "metronome".
	Vendor string
	// Op is the operation: "EditCredit".
	Op string
	// Kind is the reason, as errors.Is(err, credit.ErrConflict) compares it.
	Kind Kind
	// Outcome says whether the change happened.
	Outcome Outcome
	// StatusCode is the HTTP status of the last response, 0 if there was none.
	StatusCode int
	// Code is the vendor's own error code, "" if the response had none.
	Code string
	// Message is the vendor's message, a few hundred characters at most.
	Message string
	// Fields are the members of the request that the vendor refused.
	Fields []FieldError
	// RequestID is the vendor's request id, from X-Request-Id, for questions to the
	// vendor. It is "" if the vendor sent none.
	RequestID string
	// RetryAfter is the vendor's Retry-After, 0 if there was none. It is at most
	// the largest Duration.
	RetryAfter time.Duration
	// Attempts is the number of attempts, 0 if the call failed before the first.
	Attempts int
	// IdempotencyKey is the key that was sent, if the operation has one. The same
	// change with this key is not applied twice, as long as the vendor remembers
	// the key.
	IdempotencyKey string
	// KeyUsedUp reports that the vendor stored this failure under the key and will
	// repeat it for every request with the key (metronome's 500). Read the credit;
	// if the change is not there, send it again with a new key.
	KeyUsedUp bool
	// Err is the cause, if it is not a refusal: a network error, an ended context,
	// a response that cannot be decoded. It may be nil.
	Err error
}

// A FieldError is one invalid member of a request.
type FieldError struct {
	Field   string `json:"field"`   // the member's name in the request
	Message string `json:"message"` // what is wrong with it
}

// Error returns one line: which call failed, the vendor's message, whether the change
// was made, and what to do.
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

// Unwrap returns the kind and the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

func (e *Error) outcome() Outcome {
	if e == nil {
		return Unknown
	}
	return e.Outcome
}

// An InvalidError is the error of arguments that were refused before anything was sent.
// Its outcome is [NotSent], and errors.Is(err, credit.ErrInvalid) is true.
type InvalidError struct {
	// Vendor is the vendor's package name, "" if the argument belongs to no
	// vendor.
	Vendor string
	// Field is the name of the invalid argument: a patch field ("expires_at") in an
	// [Updater], the member's name in a vendor's own call, the name of the argument
	// or option elsewhere.
	Field string
	// Reason is what is wrong with it.
	Reason string
	// More are further invalid fields of the same call.
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

// Error names every invalid field with its reason.
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

// Is reports whether target is ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

func (e *InvalidError) outcome() Outcome { return NotSent }

// withVendor sets the vendor of an option's error, because an option does not know it.
func withVendor(vendor string, err error) error {
	invalid, ok := errors.AsType[*InvalidError](err)
	if !ok || invalid.Vendor != "" {
		return err
	}
	named := *invalid
	named.Vendor = vendor
	return &named
}
