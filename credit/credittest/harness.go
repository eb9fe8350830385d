package credittest

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A Harness is what [Run] must know of an Updater and its vendor.
type Harness struct {
	// Updater is under test. It must reach the vendor without a network, as
	// by the Transport of a Server: the suite holds the clock.
	Updater credit.Updater
	// Ref names a credit that is there, with a value in every field that can
	// be cleared. Missing names one that is not.
	Ref, Missing credit.Ref
	// Patch sets every field that can be set, to another value than the
	// credit's. Its texts must be found nowhere else: the suite looks for
	// them in errors.
	Patch credit.Patch
	// FieldPaths says where each field of the Patch is in the vendor's JSON.
	FieldPaths map[credit.Field]FieldPath
	// Always are the paths of members that every write holds, as an id.
	// Where writes replace records all members are expected anyway.
	Always []string
	// Computed are the paths of members of the record that the vendor sets
	// itself when something is written.
	Computed []string
	// Commands are the paths of members of the record that act when they are
	// sent, and which no write must hold.
	Commands []string
	// NonAtomic are the fields that the vendor writes after the others, so that a
	// refusal may come when those are written. It is then Unknown.
	NonAtomic []credit.Field
	// Invalid are patches with values that this vendor cannot hold, by what
	// is wrong with them.
	Invalid map[string]credit.Patch
	// Refusals are answers by which this vendor says no in its own way, as
	// with a 200; each changes nothing.
	Refusals map[string]Fault
	// Unclear are complete answers of this vendor's own that are neither a yes
	// nor a no, as a 200 that reports a failure of the vendor. The outcome is
	// then Unknown, whether the vendor acted or not.
	Unclear map[string]Fault
	// NoContent says that a 204 without a body is a success of this vendor.
	NoContent bool
	// Unnamed says that the vendor's success does not name the credit, so that
	// the answer to another update looks the same.
	Unnamed bool
	// Secrets are the credentials that the Updater was made with.
	Secrets []string
	// Repeats says that the Updater sends writes again by itself: one that was
	// throttled, and one that may have been made where its Support says that
	// it is Repeatable.
	Repeats bool
	// Backend shows what reached the vendor. A Server is one. Where it has
	// Queue, as a Server has, the suite plays the faults as well; where it
	// also has Seed and Deliver, it plays other writers and late writes.
	Backend Wire
}

// A FieldPath is where a field is in a vendor's JSON: names of members and indexes
// of lists, with slashes between them, as "schedule/0/amount".
type FieldPath struct {
	Record string // in a record as Wire shows it
	Write  string // in the body of a write; empty is the same as in Record
}

func (p FieldPath) inWrite() string {
	if p.Write != "" {
		return p.Write
	}
	return p.Record
}

// A Wire shows what reached a vendor, and the vendor's own state.
type Wire interface {
	// Requests are all that arrived, in order.
	Requests() []Request
	// Record is a credit in the vendor's JSON.
	Record(id string) json.RawMessage
}

// queuer is a Wire that can be made to fail.
type queuer interface{ Queue(faults ...Fault) }

// disturber is a Wire that other writers can write to, and at which writes can
// be late.
type disturber interface {
	Wire
	queuer
	Seed(record json.RawMessage) error
	Deliver() int
}

// Run holds an Updater against what package credit promises of every one: what
// it can change is changed, and nothing else; what it cannot is refused before
// a request; and whatever happens on the way, its errors tell whether the
// change happened. The vendor's state decides about that, not its answers.
//
// A driver that makes the updates of one credit wait for each other must do so
// with a channel that it makes when it is called: a sync.Mutex, or a channel of
// newHarness, would stop the clock of a bubble.
//
// newHarness is called for each case and gives the same credit each time. Its
// cases run in testing/synctest bubbles, newHarness outside of them. What a
// harness has no means for is skipped with the reason, and counted in a line at
// the end.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	t.Helper()
	s, failures := newSuite(t, newHarness)
	for _, failure := range failures {
		t.Error(failure)
	}
	if s == nil {
		return
	}
	cases := s.cases()
	skipped := 0
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.skip != "" {
				skipped++
				t.Skip(c.skip)
			}
			for _, failure := range s.play(t, c) {
				t.Error(failure)
			}
		})
	}
	t.Logf("%s: %d cases, %d not applicable", s.vendor, len(cases)-skipped, skipped)
}

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
	return serve(t, further{Backend: b, ref: ref}, ref, "")
}

type further struct {
	usual
	Backend

	ref credit.Ref
}

// snapshot knows one credit of a Backend, the one that it starts with.
func (f further) snapshot() func() {
	record := slices.Clone(f.Record(f.ref.ID))
	return func() { _ = f.Seed(record) }
}

func (f further) kind(r *Request) kind {
	if f.Writes(r) {
		return writing
	}
	return reading
}

func (f further) serve(r *Request) Answer {
	a := f.Serve(r)
	if a.Header == nil {
		a.Header = http.Header{}
	}
	return a
}

func (f further) record(id string) (json.RawMessage, bool) {
	record := f.Record(id)
	return record, record != nil
}

func (f further) seed(record json.RawMessage) error { return f.Seed(record) }

// settled is long enough for everything that a call may have left behind to
// come to its end.
const settled = time.Hour
