package credit

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// ErrEmptyPatch is the error of an update whose [Patch] changes nothing.
var ErrEmptyPatch error = emptyPatch{}

type emptyPatch struct{}

func (emptyPatch) Error() string        { return "credit: the patch changes nothing; nothing was sent" }
func (emptyPatch) Is(target error) bool { return target == ErrInvalid }
func (emptyPatch) outcome() Outcome     { return NotSent }

// An UnsupportedError is the error of a [Patch] that the vendor cannot apply. It lists
// every field that cannot be set or cleared, and nothing was sent.
// errors.Is(err, errors.ErrUnsupported) is true.
type UnsupportedError struct {
	Vendor string
	Set    []Field // fields that cannot be set
	Clear  []Field // fields that cannot be emptied
}

// Error lists the fields that cannot be set or cleared.
func (e *UnsupportedError) Error() string {
	var parts []string
	if len(e.Set) > 0 {
		parts = append(parts, "set "+joinFields(e.Set))
	}
	if len(e.Clear) > 0 {
		parts = append(parts, "clear "+joinFields(e.Clear))
	}
	return fmt.Sprintf("%s: cannot %s; nothing was sent", cmp.Or(e.Vendor, "credit"), strings.Join(parts, ", nor "))
}

// Is reports whether target is errors.ErrUnsupported.
func (e *UnsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

func (e *UnsupportedError) outcome() Outcome { return NotSent }

func joinFields(fields []Field) string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = string(f)
	}
	return strings.Join(texts, ", ")
}

// An AmbiguousError is the error of a [Patch] that could apply to several parts of the
// credit, or to none. Use the vendor's own call, which names the part. Nothing was
// sent.
type AmbiguousError struct {
	Vendor     string
	ID         string
	Candidates []string // ids of the parts
}

// Error lists the parts, ten at most.
func (e *AmbiguousError) Error() string {
	if len(e.Candidates) == 0 {
		return fmt.Sprintf("%s: credit %s has no part that the patch could apply to; nothing was sent", e.Vendor, e.ID)
	}
	var named []string
	for i, id := range e.Candidates {
		if i == 10 {
			named = append(named, "...")
			break
		}
		named = append(named, fmt.Sprintf("%.40q", id))
	}
	return fmt.Sprintf("%s: credit %s has %d parts that the patch could apply to: %s; nothing was sent",
		e.Vendor, e.ID, len(e.Candidates), strings.Join(named, ", "))
}

func (e *AmbiguousError) outcome() Outcome { return NotSent }

// A MalformedReadError is the error of an update whose record, read from the vendor or
// given by [WithRecord], is not a valid record of the credit. Nothing was written.
// errors.Is(err, ErrMalformed) is true.
type MalformedReadError struct {
	Vendor string
	ID     string
	Reason string
}

// Error says what is wrong with the record, without quoting it.
func (e *MalformedReadError) Error() string {
	return fmt.Sprintf("%s: the record of credit %s %s; nothing was written", e.Vendor, e.ID, e.Reason)
}

// Is reports whether target is ErrMalformed.
func (e *MalformedReadError) Is(target error) bool { return target == ErrMalformed }

func (e *MalformedReadError) outcome() Outcome { return NotSent }

// A MismatchError is the error of a change that the vendor reported as made, while the
// credit that it returned has other values. The vendor may have changed nothing or
// something else, or another writer may have written meanwhile. The outcome is
// [Applied], because that is what the vendor reported: read the credit before making the
// change again.
type MismatchError struct {
	Vendor string
	ID     string
	Fields []FieldMismatch
	Result *Result // of the change
}

// A FieldMismatch is a field that has another value than the patch. Want and Got are
// for people to read: "" means that there is no value, and "unknown" that the vendor did
// not return the field.
type FieldMismatch struct {
	Field Field  `json:"field"`
	Want  string `json:"want"`
	Got   string `json:"got"`
}

// Error lists each field with its value and the value of the patch. Long values are
// truncated.
func (e *MismatchError) Error() string {
	var parts []string
	for _, f := range e.Fields {
		parts = append(parts, fmt.Sprintf("%s is %s, not %s", f.Field, truncate(f.Got), truncate(f.Want)))
	}
	return fmt.Sprintf("%s: the vendor reported the change of credit %s as made, and shows other values: %s", e.Vendor, e.ID, strings.Join(parts, "; "))
}

// maxShown is the maximum length of a value in an error's text.
const maxShown = 80

func truncate(s string) string {
	switch {
	case s == "":
		return "empty"
	case len(s) > maxShown:
		return strings.ToValidUTF8(s[:maxShown], "") + "..."
	}
	return s
}

func (e *MismatchError) outcome() Outcome { return Applied }

// A ChangedError is the error of an update that stopped because the credit is not as it
// was when the update read it, or as [WithExpect] expects it. errors.Is(err, ErrConflict)
// is true.
//
// Without an earlier attempt nothing was sent: the outcome is [NotSent]. With WithExpect,
// and at vendors whose writes replace the record (knox, nexudus), it also comes after an
// attempt of which it is unknown whether it was applied. The outcome is then [Unknown]:
// what the credit shows now may be the work of that attempt, of another writer, or of
// both. After attempts that were refused, as by a 429, the outcome is theirs.
type ChangedError struct {
	Vendor string
	ID     string
	// Fields are the fields that differ, or that the vendor does not show: fields of
	// WithExpect with the expected value as Want, or fields of the patch that are not
	// as they were before, with the patch's value. Of the latter, one that is now as
	// the patch wants it is among them where others are not.
	Fields []FieldMismatch
	// Now is the credit as it was read last.
	Now *Record
	// Err is the failed attempt after which the credit was read again; nil where
	// nothing had been sent. It is usually a *[Error].
	Err error
}

// Error lists each field with its current value. Long values are truncated.
func (e *ChangedError) Error() string {
	var parts []string
	for _, f := range e.Fields {
		parts = append(parts, fmt.Sprintf("%s is now %s", f.Field, truncate(f.Got)))
	}
	fields := strings.Join(parts, "; ")
	if e.Err == nil {
		return fmt.Sprintf("%s: credit %s has changed: %s; nothing was written", e.Vendor, e.ID, fields)
	}
	if e.outcome() < Unknown {
		return fmt.Sprintf("%s: credit %s has changed: %s; the attempt before: %v", e.Vendor, e.ID, fields, e.Err)
	}
	return fmt.Sprintf("%s: credit %s has changed, by an attempt that failed or by another writer: %s; the attempt: %v", e.Vendor, e.ID, fields, e.Err)
}

// Is reports whether target is ErrConflict.
func (e *ChangedError) Is(target error) bool { return target == ErrConflict }

// Unwrap returns the error of the failed attempt.
func (e *ChangedError) Unwrap() error { return e.Err }

func (e *ChangedError) outcome() Outcome {
	if e.Err == nil {
		return NotSent
	}
	return OutcomeOf(e.Err)
}

// An UnverifiedError is the error of a change that the vendor reported as made and that
// could not be read back for [WithVerify]. Its outcome is [Applied], and so is the outcome of the *[Error] in
// it: the read failed, not the change.
type UnverifiedError struct {
	Vendor string
	ID     string
	Result *Result // of the change
	Err    error   // of the read
}

// Error says why the credit could not be read back.
func (e *UnverifiedError) Error() string {
	return fmt.Sprintf("%s: the vendor reported the change of credit %s as made, and it could not be read back: %v", e.Vendor, e.ID, e.Err)
}

// Unwrap returns the error of the read.
func (e *UnverifiedError) Unwrap() error { return e.Err }

func (e *UnverifiedError) outcome() Outcome { return Applied }

// afterChange returns the error of a read with the outcome Applied, so that callers that
// find it by errors.As do not send the change again.
func afterChange(err error) error {
	if failed, ok := errors.AsType[*Error](err); ok {
		e := *failed
		e.Outcome = Applied
		return &e
	}
	if malformed, ok := errors.AsType[*MalformedReadError](err); ok {
		reason := errors.New("the record " + malformed.Reason)
		return &Error{Vendor: malformed.Vendor, Op: "Read", Kind: ErrMalformed, Outcome: Applied, Err: reason}
	}
	return err
}
