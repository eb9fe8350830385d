package credit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// A Kind is the reason of an error, the same for every vendor. Compare it with
// errors.Is:
//
//	if errors.Is(err, credit.ErrRateLimited) { ... }
//
// Each vendor's package maps its responses to kinds. [KindOf] returns the kind of any
// error.
type Kind string

// The kinds with their usual HTTP statuses. A vendor may have others, which its package
// maps.
const (
	ErrInvalid      Kind = "invalid"      // 400, 422, and arguments refused before sending
	ErrUnauthorized Kind = "unauthorized" // 401: the credentials are wrong or have expired
	ErrForbidden    Kind = "forbidden"    // 403: the credentials do not allow this
	ErrNotFound     Kind = "not found"    // 404: the credit does not exist
	ErrConflict     Kind = "conflict"     // 409, 412: the credit's state forbids it
	ErrRateLimited  Kind = "rate limited" // 429: too many calls; see Error.RetryAfter
	ErrUnavailable  Kind = "unavailable"  // 5xx, 408, or no response
	ErrMalformed    Kind = "malformed"    // the response cannot be read
)

// Error returns the kind as text, such as "rate limited".
func (k Kind) Error() string { return string(k) }

// The kinds that only [KindOf] returns. No error of a vendor has one of them in its Kind
// field, and errors.Is does not find them: use context.Canceled,
// context.DeadlineExceeded and errors.ErrUnsupported with errors.Is, and the
// types of the errors with errors.As.
const (
	KindCanceled    Kind = "canceled"    // the caller's context was canceled
	KindTimeout     Kind = "timeout"     // the caller's deadline or an attempt's timeout passed
	KindUnsupported Kind = "unsupported" // the vendor cannot do it: an UnsupportedError
	KindAmbiguous   Kind = "ambiguous"   // the patch could mean several parts: an AmbiguousError
	KindMismatch    Kind = "mismatch"    // made, and the vendor shows something else: a MismatchError
	KindUnverified  Kind = "unverified"  // made, and not read back: an UnverifiedError
	KindOther       Kind = "other"       // an error of none of these kinds
)

// kinds are all kinds, and the kind of no error.
var kinds = []Kind{
	"", ErrInvalid, ErrUnauthorized, ErrForbidden, ErrNotFound, ErrConflict, ErrRateLimited, ErrUnavailable, ErrMalformed,
	KindCanceled, KindTimeout, KindUnsupported, KindAmbiguous, KindMismatch, KindUnverified, KindOther,
}

// MarshalText returns the text of Error, for JSON, logs and keys of maps. The zero
// Kind is the empty text. A Kind that is not one of the constants is an error.
func (k Kind) MarshalText() ([]byte, error) { return encodeWord("kind", k, kinds...) }

// UnmarshalText accepts the texts of the constants, exactly, and the empty text. Any
// other text is an error and leaves k unchanged.
func (k *Kind) UnmarshalText(text []byte) error { return decodeWord("kind", text, k, kinds...) }

// UnmarshalJSON accepts a JSON string with a text that UnmarshalText accepts. Any other
// JSON value, null included, is an error and leaves k unchanged.
func (k *Kind) UnmarshalJSON(data []byte) error { return decodeJSONWord(data, k.UnmarshalText) }

// LogValue returns the text of Error.
func (k Kind) LogValue() slog.Value { return slog.StringValue(string(k)) }

// KindOf returns the kind of any error, for a log line, a metric or a report. It
// returns "" for nil, and [KindOther] for an error that this package does not
// know. It looks through wrapping, and the outermost error that has a kind
// decides: a change that could not be read back is [KindUnverified], for any failure
// of the read.
//
// The errors of this package have these kinds:
//
//   - [Error]: its Kind. But where no response came, or the response broke off,
//     because the context was canceled or the time was up, it is [KindCanceled]
//     or [KindTimeout] and not [ErrUnavailable] or [ErrMalformed]: the vendor is
//     not to blame. A response with an error status (400 or above) keeps its kind.
//   - [InvalidError] and [ErrEmptyPatch]: [ErrInvalid].
//   - [MalformedReadError]: [ErrMalformed].
//   - [UnsupportedError], [AmbiguousError], [MismatchError], [UnverifiedError]:
//     the kind of that name.
//   - A Kind, such as ErrConflict, and any error that is one by errors.Is: that
//     kind.
//
// Other errors are [KindCanceled], [KindTimeout] or [KindUnsupported] where they
// are context.Canceled, context.DeadlineExceeded or errors.ErrUnsupported by
// errors.Is. For joined errors KindOf returns the kind of the first error that
// has the joined outcome, see [OutcomeOf].
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return cmp.Or(findKind(err), KindOther)
}

// findKind returns the kind of err, or of the outermost error below it that has
// one, or "".
func findKind(err error) Kind {
	switch e := any(err).(type) {
	case *MismatchError:
		return KindMismatch
	case *UnverifiedError:
		return KindUnverified
	case *UnsupportedError:
		return KindUnsupported
	case *AmbiguousError:
		return KindAmbiguous
	case *InvalidError:
		return ErrInvalid
	case *MalformedReadError:
		return ErrMalformed
	case *Error:
		return kindOfError(e)
	case Kind:
		return e
	}
	if kind := matchKind(err); kind != "" {
		return kind
	}
	switch e := any(err).(type) {
	case interface{ Unwrap() error }:
		return findKind(e.Unwrap())
	case interface{ Unwrap() []error }:
		return joinedKind(OutcomeOf(err), e.Unwrap())
	}
	return ""
}

// kindOfError returns e's Kind, unless the context or a timeout kept the vendor
// from answering.
func kindOfError(e *Error) Kind {
	if e.StatusCode < 400 && (e.Kind == ErrUnavailable || e.Kind == ErrMalformed) {
		switch {
		case errors.Is(e.Err, context.Canceled):
			return KindCanceled
		case errors.Is(e.Err, context.DeadlineExceeded):
			return KindTimeout
		}
	}
	return e.Kind
}

// matchKind compares err itself, and not what it wraps, with the errors that
// stand for a kind.
func matchKind(err error) Kind {
	is, hasIs := any(err).(interface{ Is(target error) bool })
	for _, known := range []struct {
		target error
		kind   Kind
	}{
		{ErrInvalid, ErrInvalid},
		{ErrUnauthorized, ErrUnauthorized},
		{ErrForbidden, ErrForbidden},
		{ErrNotFound, ErrNotFound},
		{ErrConflict, ErrConflict},
		{ErrRateLimited, ErrRateLimited},
		{ErrUnavailable, ErrUnavailable},
		{ErrMalformed, ErrMalformed},
		{errors.ErrUnsupported, KindUnsupported},
		{context.Canceled, KindCanceled},
		{context.DeadlineExceeded, KindTimeout},
	} {
		if err == known.target || hasIs && is.Is(known.target) { //nolint:errorlint // what err wraps comes later
			return known.kind
		}
	}
	return ""
}

// joinedKind returns the kind of the first error that has a kind and the
// outcome, else the first kind.
func joinedKind(outcome Outcome, errs []error) (first Kind) {
	for _, err := range errs {
		kind := findKind(err)
		if kind != "" && OutcomeOf(err) == outcome {
			return kind
		}
		first = cmp.Or(first, kind)
	}
	return first
}

// FieldErrors returns the fields that err and the errors below it complain about:
// those that the vendor named ([Error]), arguments that were refused
// ([InvalidError]), fields that cannot be set or cleared ([UnsupportedError]), fields
// that the vendor shows with another value ([MismatchError]) and fields that have changed
// ([ChangedError]). It returns
// nil where there are none. The slice belongs to the caller.
func FieldErrors(err error) []FieldError {
	return appendFieldErrors(nil, err)
}

func appendFieldErrors(all []FieldError, err error) []FieldError {
	switch e := any(err).(type) {
	case *Error:
		all = append(all, e.Fields...)
	case *InvalidError:
		all = append(append(all, FieldError{Field: e.Field, Message: e.Reason}), e.More...)
	case *UnsupportedError:
		for _, f := range e.Set {
			all = append(all, FieldError{Field: string(f), Message: "cannot be set"})
		}
		for _, f := range e.Clear {
			all = append(all, FieldError{Field: string(f), Message: "cannot be cleared"})
		}
	case *MismatchError:
		for _, f := range e.Fields {
			all = append(all, FieldError{Field: string(f.Field), Message: fmt.Sprintf("is %s, not %s", truncate(f.Got), truncate(f.Want))})
		}
	case *ChangedError:
		for _, f := range e.Fields {
			all = append(all, FieldError{Field: string(f.Field), Message: "is now " + truncate(f.Got)})
		}
	}
	switch e := any(err).(type) {
	case interface{ Unwrap() error }:
		return appendFieldErrors(all, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, below := range e.Unwrap() {
			all = appendFieldErrors(all, below)
		}
	case interface{ As(target any) bool }:
		// The cause of an Error hides what it wraps from printing.
		var invalid *InvalidError
		if e.As(&invalid) {
			return appendFieldErrors(all, invalid)
		}
	}
	return all
}
