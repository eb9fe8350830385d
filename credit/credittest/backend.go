package credittest

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/creditkit/creditkit/credit"
)

// A Backend is a further vendor's behaviour for [NewServer], which calls it
// under a lock.
type Backend interface {
	// Writes reports whether a request is meant to change a credit.
	Writes(r *Request) bool
	// Serve acts on a request and answers it. Where a credit was changed, it
	// sets Applied.
	Serve(r *Request) Answer
	// Record and Seed read and write the state. Record gives nil for an
	// unknown id, and Seed finds the id in the record.
	Record(id string) json.RawMessage
	Seed(record json.RawMessage) error
}

// NewServer is a fake of a further vendor, with the faults of those of this
// package. ref names the credit that the Backend starts with.
func NewServer(t TB, b Backend, ref credit.Ref) *Server {
	if t != nil {
		t.Helper()
	}
	return startServer(t, backendAdapter{Backend: b, ref: ref}, ref, "")
}

type backendAdapter struct {
	defaultVendor
	Backend

	ref credit.Ref
}

// snapshot knows one credit of a Backend, the one that it starts with.
func (f backendAdapter) snapshot() func() {
	record := slices.Clone(f.Record(f.ref.ID))
	return func() { _ = f.Seed(record) }
}

func (f backendAdapter) kind(r *Request) kind {
	if f.Writes(r) {
		return writing
	}
	return reading
}

func (f backendAdapter) serve(r *Request) Answer {
	a := f.Serve(r)
	if a.Header == nil {
		a.Header = http.Header{}
	}
	return a
}

func (f backendAdapter) record(id string) (json.RawMessage, bool) {
	record := f.Record(id)
	return record, record != nil
}

func (f backendAdapter) seed(record json.RawMessage) error { return f.Seed(record) }
