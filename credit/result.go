package credit

import (
	"encoding/json"
	"slices"
)

// A Record is a credit as the vendor returned it. A field that is the zero [Opt]
// was not returned: the vendor has no such field, or did not show it.
type Record struct {
	ID    string
	Owner string // as in [Ref]

	Values

	// Raw is the vendor's own record, byte for byte.
	Raw json.RawMessage
}

// ops lists the record's fields.
func (r *Record) ops() [len(fields)]FieldOp { return (*Patch)(&r.Values).ops() }

// A Result is an update that was made, or shown. It promises nothing that the
// vendor did not say.
type Result struct {
	Vendor         string
	ID             string // the Ref's id
	Attempts       int    // how often the write was tried; 0 for a dry run
	RequestID      string // the vendor's id of the write, where it sent one
	IdempotencyKey string // the key that the write carried, where it had one
	DryRun         bool   // nothing was written

	// Before is the credit as it was read for the update; nil where it was
	// not read. Somebody may have changed it since.
	Before *Record
	// After is the credit as the vendor showed it after the write; nil where
	// it did not, as nexudus and metronome do not. [WithVerify] reads it.
	After *Record
	// NotReturned lists the fields of the patch whose new values After does not
	// show, and which were therefore not compared.
	NotReturned []Field
	// Changes is the patch field by field.
	Changes []FieldChange
	// Request is the write that was made, or would be.
	Request *Request
	// Raw is the vendor's answer to the write, as it came.
	Raw json.RawMessage
}

// A Request is a write without its headers, and so without credentials.
type Request struct {
	Method string
	Path   string // the URL's path and query, as they are escaped on the wire
	Body   json.RawMessage
}

// A FieldChange is one field of a patch, before and after, for people to read. An
// empty string means that there is no value. Before is "unknown" if the credit was
// not read, or the vendor did not return the field.
type FieldChange struct {
	Field  Field
	Before string
	After  string
}

// changesOf lists what a patch changes in a record, which may be nil.
func changesOf(before *Record, p *Patch) []FieldChange {
	if before == nil {
		before = &Record{}
	}
	out := make([]FieldChange, 0, 2) // most patches name no more
	now := before.ops()
	for i, want := range p.ops() {
		if !want.IsZero() {
			out = append(out, FieldChange{Field: fields[i], Before: now[i].String(), After: want.String()})
		}
	}
	return out
}

// mismatches lists the fields of a patch that have another value in a record,
// without those that the record cannot show.
func mismatches(after *Record, p *Patch, notReturned []Field) []FieldMismatch {
	var out []FieldMismatch
	got := after.ops()
	for i, want := range p.ops() {
		if !want.IsZero() && !want.Equal(got[i]) && !slices.Contains(notReturned, fields[i]) {
			out = append(out, FieldMismatch{Field: fields[i], Want: want.String(), Got: got[i].String()})
		}
	}
	return out
}
