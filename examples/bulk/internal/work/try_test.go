package work

import (
	"context"
	"errors"
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

// A read that always fails does not keep a row forever, also where its change could be sent
// again.
func TestRowThatCannotBeReadEnds(t *testing.T) {
	s := newScene(t, "thoughtindustries", `"set":{"name":"Autumn"},"expect":{"name":"Spring training"}`)
	s.startedBefore(time.Second)
	s.vendor.health.recordSuccess() // the vendor answers about other rows
	for n := 1; n <= maxTries; n++ {
		s.fake.Queue(credittest.Respond(404, ""))
		e, next, err := s.vendor.newTry(s.row).run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if next.final {
			if n != maxTries-1 || e.Result.Outcome != result.Unknown || len(s.fake.Writes()) != 0 {
				t.Errorf("after %d reads and %d writes: %+v", n, len(s.fake.Writes()), e.Result)
			}
			return
		}
	}
	t.Error("the row has not ended")
}

// An endingUpdater ends a context with its call, whose answer is lost.
type endingUpdater struct {
	notRepeatable
	end context.CancelFunc
}

func (u endingUpdater) Update(context.Context, credit.Ref, credit.Patch, ...credit.CallOption) (*credit.Result, error) {
	u.end()
	return nil, &credit.Error{Vendor: "knox", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Err: errors.New("the answer is lost")}
}

// A row whose call ends with the context cannot be read any more. Its result has its change
// and the error of the call.
func TestUnknownRowAtTheEndHasItsChange(t *testing.T) {
	s := newScene(t, "knox", note)
	ctx, cancel := context.WithCancel(t.Context())
	s.vendor.Updater = endingUpdater{notRepeatable{s.vendor.Updater}, cancel}
	e, next, err := s.vendor.newTry(s.row).run(ctx)
	if err != nil || !next.final || e.Result.Outcome != result.Unknown || len(e.Result.Changes) != 1 || !strings.Contains(e.Result.Error, "the answer is lost") {
		t.Errorf("got %+v, %+v, %v", e.Result, next, err)
	}
}

// A lateUpdater returns credits with a time that has no JSON.
type lateUpdater struct{ credit.Updater }

func (u lateUpdater) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	res, err := u.Updater.Update(ctx, ref, patch, opts...)
	if err == nil {
		res.Before = &credit.Record{ID: ref.ID, Values: credit.Values{ExpiresAt: credit.Set(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}}
	}
	return res, err
}

// A dry run has applied nothing, also if its result cannot be stored.
func TestDryRunWithoutStoredResultIsPlanned(t *testing.T) {
	s := newSceneOf(t, queue.Job{DryRun: true}, "thoughtindustries", balance)
	s.vendor.Updater = lateUpdater{s.vendor.Updater}
	e, next, err := s.vendor.newTry(s.row).run(t.Context())
	if err != nil || !next.final || e.Result.Outcome != result.Planned || len(s.fake.Writes()) != 0 {
		t.Errorf("got %+v, %+v, %v", e.Result, next, err)
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
