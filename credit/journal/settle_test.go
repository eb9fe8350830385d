package journal_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

// newDoubt returns a fake and a store with the key "a" in doubt. The change was not made.
func newDoubt(t *testing.T) (*credittest.Fake, *journal.Memory) {
	t.Helper()
	fake, store := newFake(), journal.NewMemory()
	fake.Fail(lostAnswer())
	entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	return fake, store
}

func TestSettle(t *testing.T) {
	for _, test := range []struct {
		outcome credit.Outcome
		state   journal.State
		sends   int // of the next run
		err     credit.Outcome
	}{
		{credit.Applied, journal.StateEnded, 0, 0},
		{credit.Rejected, journal.StateEnded, 0, credit.Rejected},
		{credit.NotSent, journal.StateQueued, 1, 0},
	} {
		t.Run(test.outcome.String(), func(t *testing.T) {
			fake, store := newDoubt(t)
			if err := journal.Settle(t.Context(), store, "a", test.outcome, "ann", "I looked"); err != nil {
				t.Fatal(err)
			}
			for entry, err := range journal.List(t.Context(), store, false) {
				if err != nil || entry.State != test.state || entry.Outcome != test.outcome || entry.SettledBy != "ann" {
					t.Errorf("%+v, %v", entry, err)
				}
			}
			if err := journal.Settle(t.Context(), store, "a", credit.Rejected, "bob", "twice"); err == nil || !strings.Contains(err.Error(), "is not in doubt") {
				t.Errorf("a second decision: %v", err)
			}
			entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
			if entry.State != journal.StateEnded || credit.OutcomeOf(err) != test.err || len(fake.Calls()) != 1+test.sends {
				t.Errorf("%d calls, %+v, %v", len(fake.Calls()), entry, err)
			}
		})
	}
}

func TestSettleRefuses(t *testing.T) {
	fake, store := newDoubt(t)
	if _, err := journal.Run(t.Context(), store, fake, nameJob("ended", "one")); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Enqueue(t.Context(), store, nameJob("queued", "two")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, key     string
		outcome       credit.Outcome
		actor, reason string
		want          string
	}{
		{"unknown outcome", "a", credit.Unknown, "ann", "why", "invalid outcome"},
		{"no outcome", "a", 0, "ann", "why", "invalid outcome"},
		{"no actor", "a", credit.Applied, "", "why", "invalid actor"},
		{"actor of two lines", "a", credit.Applied, "ann\nbob", "why", "invalid actor"},
		{"no reason", "a", credit.Applied, "ann", "", "invalid reason"},
		{"too long a reason", "a", credit.Applied, "ann", strings.Repeat("x", 2001), "invalid reason"},
		{"unknown key", "nothing", credit.Applied, "ann", "why", `key "nothing" is unknown`},
		{"ended key", "ended", credit.Rejected, "ann", "why", "it is ended"},
		{"queued key", "queued", credit.Rejected, "ann", "why", "it is queued"},
	} {
		err := journal.Settle(t.Context(), store, test.key, test.outcome, test.actor, test.reason)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if events, _ := store.Events(t.Context(), "nothing"); len(events) > 0 {
		t.Errorf("an unknown key has the events %+v", events)
	}
	broken := &failingStore{Store: store, fail: "append settled"}
	if err := journal.Settle(t.Context(), broken, "a", credit.Applied, "ann", "why"); !errors.Is(err, errStore) {
		t.Errorf("a store that fails: %v", err)
	}
}

// A key whose worker may still be alive is not for people yet.
func TestSettleWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		crashing := &hookedUpdater{Fake: newFake(), before: func(context.Context) { runtime.Goexit() }}
		go journal.Run(t.Context(), store, crashing, balanceJob("a", 20))
		synctest.Wait()
		if err := journal.Settle(t.Context(), store, "a", credit.NotSent, "ann", "why"); !errors.Is(err, journal.ErrRunning) {
			t.Errorf("while running: %v", err)
		}
		time.Sleep(10 * time.Minute)
		if err := journal.Settle(t.Context(), store, "a", credit.NotSent, "ann", "why"); err != nil {
			t.Error(err)
		}
	})
}

// Of several decisions and runs at the same time one counts, and each of the others gets
// an error.
func TestSettleRaces(t *testing.T) {
	for range 50 {
		fake, store := newDoubt(t)
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i, outcome := range []credit.Outcome{credit.Applied, credit.Rejected, credit.NotSent} {
			wait.Go(func() { errs[i] = journal.Settle(t.Context(), store, "a", outcome, "ann", "why") })
		}
		wait.Go(func() { _, errs[3] = journal.Run(t.Context(), store, fake, balanceJob("a", 20)) })
		wait.Wait()
		settled := 0
		for _, err := range errs[:3] {
			if err == nil {
				settled++
			}
		}
		entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
		switch {
		case settled > 1:
			t.Fatalf("%d decisions: %v", settled, errs)
		case settled == 1 && entry.State != journal.StateEnded || settled == 0 && entry.Outcome != credit.Unknown:
			t.Fatalf("%d decisions, then %+v, %v", settled, entry, err)
		case countApplied(fake) > 1 || countApplied(fake) == 1 && entry.Outcome != credit.Applied:
			t.Fatalf("made %d times: %+v", countApplied(fake), entry)
		}
	}
}

func TestEnqueue(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	job := nameJob("a", "one")
	job.Actor = "shop"
	for range 2 {
		entry, err := journal.Enqueue(t.Context(), store, job)
		if err != nil || entry.State != journal.StateQueued || entry.Outcome != 0 || entry.Job.Actor != "shop" || entry.Err() != nil {
			t.Errorf("%+v, %v", entry, err)
		}
	}
	if events, _ := store.Events(t.Context(), "a"); len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
	if _, err := journal.Enqueue(t.Context(), store, nameJob("a", "two")); credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("another change: %v", err)
	}
	if _, err := journal.Run(t.Context(), store, fake, nameJob("a", "two")); credit.OutcomeOf(err) != credit.NotSent || len(fake.Calls()) > 0 {
		t.Errorf("a run of another change: %v", err)
	}
	if _, err := journal.Enqueue(t.Context(), store, journal.Job{Key: "b"}); !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("an invalid job: %v", err)
	}
	entry, err := journal.Run(t.Context(), store, fake, job)
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	entry, err = journal.Enqueue(t.Context(), store, job)
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	for _, fail := range []string{"events", "append queued"} {
		broken := &failingStore{Store: journal.NewMemory(), fail: fail}
		if _, err := journal.Enqueue(t.Context(), broken, job); !errors.Is(err, errStore) || credit.OutcomeOf(err) != credit.Unknown {
			t.Errorf("%s: %v", fail, err)
		}
	}
}

// Of jobs that are enqueued at the same time under one key, the first one counts.
func TestEnqueueRaces(t *testing.T) {
	for range 50 {
		store := journal.NewMemory()
		var wait sync.WaitGroup
		entries, errs := make([]*journal.Entry, 4), make([]error, 4)
		for i := range errs {
			wait.Go(func() { entries[i], errs[i] = journal.Enqueue(t.Context(), store, nameJob("a", fmt.Sprint(i/2))) })
		}
		wait.Wait()
		failed := 0
		for i, err := range errs {
			if _, ok := errors.AsType[*journal.JobError](err); ok {
				failed++
			} else if err != nil || entries[i].Job.Patch.Name != nameJob("a", fmt.Sprint(i/2)).Patch.Name {
				t.Fatalf("%+v, %v", entries[i], err)
			}
		}
		if failed != 2 {
			t.Fatalf("%d jobs were refused: %v", failed, errs)
		}
	}
}

// Many workers run the same keys at the same time: each change is made once.
func TestRunRaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newFake(), journal.NewMemory()
		runner := journal.Runner{Store: store, Updater: fake, Wait: time.Hour}
		const keys = 3
		var wait sync.WaitGroup
		for worker := range 2 * keys {
			wait.Go(func() {
				entry, err := runner.Run(t.Context(), addJob(fmt.Sprint(worker%keys), 1))
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
			})
		}
		wait.Wait()
		checkBalance(t, fake, 10+keys)
		if countApplied(fake) != keys {
			t.Errorf("%d changes", countApplied(fake))
		}
	})
}

func TestListAndDoubts(t *testing.T) {
	fake, store := newDoubt(t)
	if _, err := journal.Run(t.Context(), store, fake, nameJob("b", "one")); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Enqueue(t.Context(), store, nameJob("c", "two")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		list func(context.Context, journal.Store) string
		want string
	}{
		{"all", func(ctx context.Context, s journal.Store) string { return listed(journal.List(ctx, s, false)) }, "a: in doubt, b: ended, c: queued"},
		{"open", func(ctx context.Context, s journal.Store) string { return listed(journal.List(ctx, s, true)) }, "a: in doubt, c: queued"},
		{"doubts", func(ctx context.Context, s journal.Store) string { return listed(journal.Doubts(ctx, s)) }, "a: in doubt"},
	} {
		if got := test.list(t.Context(), store); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		if got := test.list(t.Context(), &failingStore{Store: store, fail: "events"}); got != "journal: list: the disk is full" {
			t.Errorf("%s, of a store that fails: %s", test.name, got)
		}
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		if got := test.list(canceled, store); got != "journal: list: context canceled" {
			t.Errorf("%s, canceled: %s", test.name, got)
		}
	}
	for range journal.List(t.Context(), store, false) {
		break // must end the iteration
	}
	for range journal.Doubts(t.Context(), store) {
		break
	}
}

// listed writes the entries of a list, up to its error.
func listed(entries func(func(*journal.Entry, error) bool)) string {
	var all []string
	for entry, err := range entries {
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		all = append(all, entry.Job.Key+": "+string(entry.State))
	}
	return strings.Join(all, ", ")
}
