package work

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

const note = `"set":{"note":"new"}`

func TestChangedCreditIsNotWritten(t *testing.T) {
	s := newScene(t, "knox", note+`,"expect":{"total":9}`)
	r, err := s.run()
	if err != nil || r.Outcome != result.NotSent || r.Kind != "conflict" || len(s.fake.Writes()) != 0 {
		t.Fatalf("got %+v, %v, after %d writes", r, err, len(s.fake.Writes()))
	}
	if !strings.Contains(r.Error, "total is now 2.50") {
		t.Errorf("the error does not say what changed: %s", r.Error)
	}
}

func TestExpectedCreditIsWritten(t *testing.T) {
	s := newScene(t, "knox", note+`,"expect":{"total":2.5}`)
	if got := s.outcome(); got != result.Applied || len(s.fake.Writes()) != 1 {
		t.Errorf("%s after %d writes", got, len(s.fake.Writes()))
	}
}

// The retry of a row finds the row's own change. That is an answer and not the change of
// another writer, and the values before are those that the row expects.
func TestRetryThatFindsItsOwnChangeIsApplied(t *testing.T) {
	s := newScene(t, "thoughtindustries", `"set":{"name":"Autumn"},"expect":{"name":"Spring training"}`)
	s.fake.Queue(credittest.LostAfter().OnWrite())
	r, err := s.run()
	if err != nil || r.Outcome != result.Applied || len(s.fake.Writes()) != 1 {
		t.Fatalf("got %+v, %v, after %d writes", r, err, len(s.fake.Writes()))
	}
	if len(r.Changes) != 1 || r.Changes[0].After != `"Autumn"` || r.Changes[0].Before == `"Autumn"` {
		t.Errorf("got %+v", r.Changes)
	}
}

// Without its change an unknown row could not be resolved.
func TestUnknownRowHasItsChange(t *testing.T) {
	s := newScene(t, "knox", note)
	s.vendor.Updater = notRepeatable{s.vendor.Updater}
	s.fake.Queue(credittest.LostBefore().OnWrite())
	r, err := s.run()
	if err != nil || r.Outcome != result.Unknown || len(r.Changes) != 1 || r.Changes[0].Before == "unknown" || r.Changes[0].After != `"new"` {
		t.Errorf("got %+v, %v", r, err)
	}
}

// An earlier try may have made the change, so that the read of this try does not show
// how the credit was before.
func TestValueBeforeIsUnknownAfterDoubt(t *testing.T) {
	s := newScene(t, "knox", note)
	s.startedBefore(time.Second)
	r, err := s.run()
	want := []result.Change{{Field: "note", Before: "unknown", After: `"new"`}}
	if err != nil || r.Outcome != result.Applied || !reflect.DeepEqual(r.Changes, want) {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestJobCanReadEachCreditFirst(t *testing.T) {
	s := newSceneOf(t, queue.Job{Before: true}, "metronome", name)
	r, err := s.run()
	if err != nil || r.Outcome != result.Applied || len(r.Changes) != 1 || r.Changes[0].Before == "unknown" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// The queue's lease is the only one: a row that the queue delivers again is not held by the
// worker before.
func TestStartHoldsNoLease(t *testing.T) {
	s := newScene(t, "knox", note)
	if got := s.outcome(); got != result.Applied {
		t.Fatal(got)
	}
	job := s.vendor.newTry(s.row).job
	events, err := s.journal.Row(1, s.vendor.Name, job.Key).Events(t.Context(), job.Key)
	if err != nil || len(events) != 2 || events[0].Lease.After(events[0].At) {
		t.Errorf("got %+v, %v", events, err)
	}
}

// notRepeatable is an Updater whose changes cannot be repeated.
type notRepeatable struct{ credit.Updater }

func (u notRepeatable) Support() credit.Support {
	s := u.Updater.Support()
	for f, ability := range s.Fields {
		ability.NotIdempotent = true
		s.Fields[f] = ability
	}
	return s
}
