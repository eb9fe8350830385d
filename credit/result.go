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

	// Raw is the vendor's own record, byte for byte; nil if a [Finder] found the
	// credit in a list that does not show whole records.
	Raw json.RawMessage
}

// ops lists the record's fields.
func (r *Record) ops() [len(fields)]FieldOp { return (*Patch)(&r.Values).ops() }

// A Result is the result of an update that was made, or of a dry run. It holds only
// what the vendor returned.
type Result struct {
	Vendor         string
	ID             string // the Ref's id
	Attempts       int    // number of attempts of the write; 0 for a dry run
	RequestID      string // the vendor's id of the write, if it sent one
	IdempotencyKey string // the key of the write, if it had one
	DryRun         bool   // nothing was written

	// Before is the credit as it was read for the update; nil if it was not read.
	// [WithBefore] reads it. Another writer may have changed it since.
	Before *Record
	// After is the credit as the vendor returned it after the write; nil if it did
	// not, as at nexudus and metronome. [WithVerify] reads it.
	After *Record
	// NotReturned lists the fields of the patch whose new values After does not
	// show, and which were therefore not compared.
	NotReturned []Field
	// Request is the write that was made, or would be.
	Request *Request
	// Raw is the vendor's response to the write, byte for byte.
	Raw json.RawMessage

	patch   Patch    // of the update; the Updater sets it
	support *Support // of the Updater, which sets it
}

// Changes returns the changes of the update, field by field, from Before and the
// patch. It is computed at each call, and empty for a Result that was neither returned
// by an [Updater] nor decoded from the JSON of one.
func (r *Result) Changes() []FieldChange { return changesOf(r.Before, &r.patch) }

// A Request is a write without its headers, so that it holds no credentials.
type Request struct {
	Method string
	Path   string // the URL's path and query, escaped
	Body   json.RawMessage
}

// A FieldChange is one field of a patch, before and after, for people to read. An
// empty string means that there is no value. Before is "unknown" if the credit was
// not read, or the vendor did not return the field.
type FieldChange struct {
	Field  Field  `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
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
