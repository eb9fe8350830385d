package drivertest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A Harness describes an Updater under test and its vendor.
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
	Refusals map[string]credittest.Fault
	// Unclear are complete answers of this vendor's own that are neither a yes
	// nor a no, as a 200 that reports a failure of the vendor. The outcome is
	// then Unknown, whether the vendor acted or not.
	Unclear map[string]credittest.Fault
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
	Backend Backend
}

// A FieldPath is where a field is in a vendor's JSON: names of members and indexes
// of lists, with slashes between them, as "schedule/0/amount".
type FieldPath struct {
	Record string // in a record as the Backend shows it
	Write  string // in the body of a write; empty is the same as in Record
}

func (p FieldPath) writePath() string {
	if p.Write != "" {
		return p.Write
	}
	return p.Record
}

// A Backend shows what reached a vendor, and the vendor's own state.
type Backend interface {
	// Requests are all that arrived, in order.
	Requests() []credittest.Request
	// Record is a credit in the vendor's JSON.
	Record(id string) json.RawMessage
}

// faultBackend is a Backend that can be made to fail.
type faultBackend interface {
	Queue(faults ...credittest.Fault)
}

// writableBackend is a Backend that other writers can write to, and at which writes can
// be late.
type writableBackend interface {
	Backend
	faultBackend
	Seed(record json.RawMessage) error
	Deliver() int
}

// Run tests that an Updater keeps what package credit promises of every Updater: it
// changes what the patch names and nothing else, it refuses what the vendor cannot do
// before it sends a request, and its errors have the right outcome whatever happens on
// the way. The vendor's state decides what the right outcome is, not its responses.
//
// newHarness is called for each case and returns the same credit each time. A case
// runs in a testing/synctest bubble, newHarness outside of it. Cases for which the
// harness has no means are skipped with the reason, and counted in a line at the end.
//
// A driver that serializes the updates of one credit must do so with a channel that it
// makes when it is called: a sync.Mutex, or a channel made by newHarness, would stop
// the clock of a bubble.
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
			for _, failure := range s.runCase(t, c) {
				t.Error(failure)
			}
		})
	}
	t.Logf("%s: %d cases, %d not applicable", s.vendor, len(cases)-skipped, skipped)
}

// quiescence is long enough for everything that a call may have left behind to
// come to its end.
const quiescence = time.Hour
