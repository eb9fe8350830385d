package credit

import "encoding/json"

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
