package credittest

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/creditkit/creditkit/credit"
)

// A Backend is the behaviour of a further vendor for [NewServer]. Its methods are called
// under a lock.
type Backend interface {
	// Writes reports whether a request is a write.
	Writes(r *Request) bool
	// Serve acts on a request and returns the response. It sets r.Applied if it
	// changed a credit.
	Serve(r *Request) Answer
	// Record returns a credit, or nil if the id is unknown. Seed stores a credit
	// under the id in it.
	Record(id string) json.RawMessage
	Seed(record json.RawMessage) error
}

// NewServer returns a fake of a further vendor, with the faults of this package. ref is
// the credit that the Backend starts with.
func NewServer(t TB, b Backend, ref credit.Ref) *Server {
	if t != nil {
		t.Helper()
	}
	return startServer(t, &backendAdapter{Backend: b, ref: ref}, ref, "")
}

type backendAdapter struct {
	defaultVendor
	Backend

	ref    credit.Ref
	before json.RawMessage // the credit that the Backend starts with, at the mark
}

// stores returns the credit that the Backend starts with. A Backend has no way to put
// back the others.
func (f *backendAdapter) stores() []store { return []store{f} }

func (f *backendAdapter) mark() (unmark func()) {
	earlier := f.before
	f.before = slices.Clone(f.Record(f.ref.ID))
	return func() { f.before = earlier }
}

func (f *backendAdapter) swap() {
	now := slices.Clone(f.Record(f.ref.ID))
	_ = f.Seed(f.before)
	f.before = now
}

func (f *backendAdapter) kind(r *Request) kind {
	if f.Writes(r) {
		return writing
	}
	return reading
}

func (f *backendAdapter) serve(r *Request) Answer {
	a := f.Serve(r)
	if a.Header == nil {
		a.Header = http.Header{}
	}
	return a
}

func (f *backendAdapter) record(id string) (json.RawMessage, bool) {
	record := f.Record(id)
	return record, record != nil
}

func (f *backendAdapter) seed(record json.RawMessage) error { return f.Seed(record) }
