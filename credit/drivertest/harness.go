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
	// Updater is the Updater under test. It must reach the vendor without a network,
	// as through Server.Transport, because the cases run in synctest bubbles.
	Updater credit.Updater
	// Ref is an existing credit with a value in every field that can be cleared.
	// Missing is a credit that does not exist.
	Ref, Missing credit.Ref
	// Patch sets every field that can be set to another value than the credit's.
	// Its texts must be unique: the suite checks that errors do not hold them.
	Patch credit.Patch
	// FieldPaths says where each field of the Patch is in the vendor's JSON.
	FieldPaths map[credit.Field]FieldPath
	// Always are the paths of members that every write holds, such as an id. It is
	// not needed if writes replace the record.
	Always []string
	// Computed are the paths of members of the record that the vendor sets itself
	// on a write.
	Computed []string
	// Commands are the paths of members of the record that no write must hold,
	// because the vendor acts on them.
	Commands []string
	// NonAtomic are the fields that the vendor writes after the others. A refusal
	// may come after those are written, so that its outcome is Unknown.
	NonAtomic []credit.Field
	// Invalid are patches with values that this vendor does not accept, by name.
	Invalid map[string]credit.Patch
	// Refusals are this vendor's own refusals, such as a 200 with an error. They
	// change nothing.
	Refusals map[string]credittest.Fault
	// Unclear are this vendor's own complete responses that are neither a success
	// nor a refusal, such as a 200 that reports an internal failure. The outcome is
	// Unknown, whether the vendor acted or not.
	Unclear map[string]credittest.Fault
	// NoContent reports that a 204 without a body is a success of this vendor.
	NoContent bool
	// Unnamed reports that the vendor's success does not hold the credit's id, so
	// that the response to another update looks the same.
	Unnamed bool
	// Secrets are the credentials of the Updater.
	Secrets []string
	// Repeats reports that the Updater retries writes: after a refusal with a
	// Retry-After, and after an unknown outcome if its Support says that the patch is
	// Repeatable.
	Repeats bool
	// Lists describes the vendor's lists if the Updater is a Finder. Without it the
	// suite does not test them.
	Lists *Lists
	// Backend is the vendor. A credittest.Server is one. If it has Queue, the suite
	// tests faults as well; if it also has Seed and Deliver, it tests other writers
	// and late writes.
	Backend Backend
}

// A FieldPath is where a field is in a vendor's JSON: names of members and indexes of
// lists, separated by slashes, as "schedule/0/amount".
type FieldPath struct {
	Record string // in a record as the Backend shows it
	Write  string // in the body of a write; "" if it is the same as Record
}

func (p FieldPath) writePath() string {
	if p.Write != "" {
		return p.Write
	}
	return p.Record
}

// A Backend returns the requests that reached a vendor, and the vendor's state.
type Backend interface {
	// Requests returns the requests in the order of arrival.
	Requests() []credittest.Request
	// Record returns a credit in the vendor's JSON.
	Record(id string) json.RawMessage
}

// faultBackend is a Backend with faults.
type faultBackend interface {
	Queue(faults ...credittest.Fault)
}

// writableBackend is a Backend with other writers and late writes.
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

// quiescence is how long the suite waits after a call, so that everything that the call
// started has ended.
const quiescence = time.Hour
