package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

func TestRunMakesTheChangeOnce(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	job := nameJob("a", "one")
	job.Actor, job.Reason = "shop", "order 1842"
	entry, err := journal.Run(t.Context(), store, fake, job)
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	before, _ := entry.Before.Name.Get()
	after, _ := entry.Result.After.Name.Get()
	if before != "before" || after != "one" || entry.Attempts != 1 || entry.Starts != 1 || entry.Result.Raw != nil || entry.Before.Raw != nil {
		t.Errorf("%+v", entry)
	}

	job.Actor = "queue"
	again, err := journal.Run(t.Context(), store, fake, job)
	checkRun(t, again, err, journal.StateEnded, credit.Applied)
	if len(fake.Calls()) != 1 || again.Starts != 1 || !again.EndedAt.Equal(entry.EndedAt) || again.Job.Actor != "shop" {
		t.Errorf("%d calls, %+v", len(fake.Calls()), again)
	}
	events, err := store.Events(t.Context(), "a")
	if err != nil || len(events) != 2 || events[0].Actor != "shop" || events[0].Reason != "order 1842" {
		t.Errorf("%v: %+v", err, events)
	}
}

func TestRefusalsEndAKeyOrPass(t *testing.T) {
	for _, test := range []struct {
		kind    credit.Kind
		outcome credit.Outcome
		ends    bool
	}{
		{credit.ErrInvalid, credit.Rejected, true},
		{credit.ErrNotFound, credit.Rejected, true},
		{credit.ErrConflict, credit.Rejected, true},
		{credit.ErrRateLimited, credit.Rejected, false},
		{credit.ErrUnauthorized, credit.Rejected, false},
		{credit.ErrForbidden, credit.Rejected, false},
		{credit.ErrUnavailable, credit.Rejected, false},
		{credit.ErrUnavailable, credit.NotSent, false},
	} {
		t.Run(string(test.kind)+" "+test.outcome.String(), func(t *testing.T) {
			fake, store := newFake(), journal.NewMemory()
			fake.Fail(failure(test.kind, test.outcome))
			entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
			state := journal.StateQueued
			if test.ends {
				state = journal.StateEnded
			}
			checkRun(t, entry, err, state, test.outcome)

			entry, err = journal.Run(t.Context(), store, fake, balanceJob("a", 20))
			if !test.ends {
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
				return
			}
			checkRun(t, entry, err, journal.StateEnded, test.outcome)
			if len(fake.Calls()) != 1 || credit.KindOf(err) != test.kind {
				t.Errorf("%d calls, %v", len(fake.Calls()), err)
			}
		})
	}
}

func TestKeyStandsForOneChange(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	if _, err := journal.Run(t.Context(), store, fake, nameJob("a", "one")); err != nil {
		t.Fatal(err)
	}
	entry, err := journal.Run(t.Context(), store, fake, nameJob("a", "two"))
	wrong, ok := errors.AsType[*journal.JobError](err)
	if !ok || wrong.Stored.Ref != ref || credit.OutcomeOf(err) != credit.NotSent || !errors.Is(err, credit.ErrConflict) {
		t.Errorf("%+v, %v", entry, err)
	}
	if len(fake.Calls()) != 1 {
		t.Errorf("%d calls", len(fake.Calls()))
	}
	if wrong.Stored.Patch.Name != nameJob("a", "one").Patch.Name {
		t.Errorf("stored %+v", wrong.Stored)
	}
}

// A worker that runs keeps others from its key and its credit, until its lease ends.
func TestOneWorkerAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newFake(), journal.NewMemory()
		slow := &hookedUpdater{Fake: fake, before: func(context.Context) { time.Sleep(time.Minute) }}
		done := make(chan error)
		go func() {
			_, err := journal.Run(t.Context(), store, slow, balanceJob("a", 20))
			done <- err
		}()
		synctest.Wait()
		until := time.Now().Add(10 * time.Minute)

		entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
		running, ok := errors.AsType[*journal.RunningError](err)
		if !ok || !errors.Is(err, journal.ErrRunning) || running.Other != "a" || !running.Until.Equal(until) || credit.OutcomeOf(err) != credit.Unknown {
			t.Errorf("the key: %+v, %v", entry, err)
		}
		entry, err = journal.Run(t.Context(), store, fake, nameJob("b", "two"))
		running, ok = errors.AsType[*journal.RunningError](err)
		if !ok || running.Other != "a" || credit.OutcomeOf(err) != credit.NotSent || entry.State != journal.StateQueued {
			t.Errorf("another key of the credit: %+v, %v", entry, err)
		}
		if events, _ := store.Events(t.Context(), "b"); len(events) > 0 {
			t.Errorf("a key that did not run has the events %+v", events)
		}
		elsewhere := nameJob("c", "three")
		elsewhere.Vendor = "fake/b"
		if _, err := journal.Run(t.Context(), store, fake, elsewhere); err != nil {
			t.Errorf("another credit: %v", err)
		}

		waiting := journal.Runner{Store: store, Updater: fake, Wait: 2 * time.Minute}
		entry, err = waiting.Run(t.Context(), balanceJob("a", 20))
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		entry, err = waiting.Run(t.Context(), nameJob("b", "two"))
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		if err := <-done; err != nil || countApplied(fake) != 3 {
			t.Errorf("%v, %d changes", err, countApplied(fake))
		}
	})
}

func TestWaitEndsWithItsTimeOrContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newFake(), journal.NewMemory()
		slow := &hookedUpdater{Fake: fake, before: func(context.Context) { time.Sleep(5 * time.Minute) }}
		go journal.Run(t.Context(), store, slow, balanceJob("a", 20))
		synctest.Wait()
		runner := journal.Runner{Store: store, Updater: fake, Wait: time.Minute}
		start := time.Now()
		if _, err := runner.Run(t.Context(), nameJob("b", "two")); !errors.Is(err, journal.ErrRunning) || time.Since(start) > time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start = time.Now()
		if _, err := runner.Run(ctx, nameJob("b", "two")); !errors.Is(err, journal.ErrRunning) || time.Since(start) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		time.Sleep(5 * time.Minute) // the slow worker ends
	})
}

// A worker that crashed is replaced when its lease ends.
func TestLeaseIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newFake(), journal.NewMemory()
		crashing := &hookedUpdater{Fake: fake, after: func(error) error { runtime.Goexit(); return nil }}
		runner := journal.Runner{Store: store, Updater: crashing, Lease: time.Minute}
		go runner.Run(t.Context(), nameJob("a", "one"))
		synctest.Wait()
		if _, err := journal.Run(t.Context(), store, fake, nameJob("a", "one")); !errors.Is(err, journal.ErrRunning) {
			t.Errorf("before the lease ended: %v", err)
		}
		start := time.Now()
		waiting := journal.Runner{Store: store, Updater: fake, Wait: time.Hour}
		entry, err := waiting.Run(t.Context(), nameJob("a", "one"))
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		if entry.Starts != 2 || time.Since(start) != time.Minute {
			t.Errorf("%d starts, after %v", entry.Starts, time.Since(start))
		}
	})
}

// A worker that is slower than its lease returns what the journal knows by then.
func TestSlowWorkerReturnsTheRecordedOutcome(t *testing.T) {
	for _, test := range []struct {
		name    string
		late    error // of the slow worker's call
		applied bool  // the worker that took over has made the change
		outcome credit.Outcome
	}{
		{"the other one made the change", lostAnswer(), true, 0},
		{"the other one is running", failure(credit.ErrRateLimited, credit.Rejected), false, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, store := newFake(), journal.NewMemory()
				slow := &hookedUpdater{Fake: fake, after: func(error) error { time.Sleep(15 * time.Minute); return test.late }}
				done := make(chan error)
				go func() {
					_, err := journal.Run(t.Context(), store, slow, nameJob("a", "one"))
					done <- err
				}()
				time.Sleep(11 * time.Minute)
				other := &hookedUpdater{Fake: fake, before: func(context.Context) {
					if !test.applied {
						time.Sleep(5 * time.Minute)
					}
				}}
				entry, err := journal.Run(t.Context(), store, other, nameJob("a", "one"))
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
				if err := <-done; credit.OutcomeOf(err) != test.outcome {
					t.Errorf("the slow worker: %v", err)
				}
			})
		})
	}
}

// A slow worker records its success while another one has taken over and is about to send
// the change once more. Another key of the credit must wait, or that repeat would undo it.
func TestLateSuccessKeepsTheCreditBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newFake(), journal.NewMemory()
		slow := &hookedUpdater{Fake: fake, after: func(err error) error { time.Sleep(12 * time.Minute); return err }}
		second := &hookedUpdater{Fake: fake, before: func(context.Context) { time.Sleep(5 * time.Minute) }}
		done := make(chan error, 2)
		run := func(u credit.Updater) {
			_, err := journal.Run(t.Context(), store, u, nameJob("a", "one"))
			done <- err
		}
		go run(slow)
		time.Sleep(11 * time.Minute)
		go run(second)
		time.Sleep(2 * time.Minute)
		if err := <-done; err != nil {
			t.Fatalf("the slow worker: %v", err)
		}
		entry, err := journal.Run(t.Context(), store, fake, nameJob("a", "one"))
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		_, err = journal.Run(t.Context(), store, fake, nameJob("b", "two"))
		if busy, ok := errors.AsType[*journal.RunningError](err); !ok || busy.Other != "a" {
			t.Errorf("another key while the second worker sends: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("the second worker: %v", err)
		}
		entry, err = journal.Run(t.Context(), store, fake, nameJob("b", "two"))
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		if name, _ := readValues(t, fake, ref).Name.Get(); name != "two" {
			t.Errorf("the name is %s, want that of the later key", name)
		}
	})
}

func TestCallEndsBeforeTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left time.Duration
		updater := &hookedUpdater{Fake: newFake(), before: func(ctx context.Context) {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
		}}
		if _, err := journal.Run(t.Context(), journal.NewMemory(), updater, nameJob("a", "one")); err != nil || left != 450*time.Second {
			t.Errorf("%v, %v left of 10 minutes", err, left)
		}
	})
}

func TestPanicLeavesADoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, store := newFake(), journal.NewMemory()
		updater := &hookedUpdater{Fake: fake, after: func(error) error { panic("boom") }}
		func() {
			defer func() {
				if recover() != "boom" {
					t.Error("the panic did not reach the caller")
				}
			}()
			_, _ = journal.Run(t.Context(), store, updater, balanceJob("a", 20))
		}()
		time.Sleep(time.Hour)
		for entry, err := range journal.Doubts(t.Context(), store) {
			if err != nil || entry.Job.Key != "a" {
				t.Errorf("%+v, %v", entry, err)
			}
			return
		}
		t.Error("the key is not in doubt")
	})
}

func TestOptions(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	for name, option := range map[string]credit.CallOption{
		"WithIdempotencyKey": credit.WithIdempotencyKey("k"),
		"WithDryRun":         credit.WithDryRun(),
		"WithRecord":         credit.WithRecord(json.RawMessage("{}")),
		"WithExpect":         credit.WithExpect(credit.Record{Values: credit.Values{Name: credit.Set("n")}}),
		"nil":                nil,
	} {
		if entry, err := journal.Run(t.Context(), store, fake, nameJob("a", "one"), option); entry != nil || !errors.Is(err, credit.ErrInvalid) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%s: %+v, %v", name, entry, err)
		}
	}
	if _, err := journal.Run(t.Context(), nil, fake, nameJob("a", "one")); !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("without a store: %v", err)
	}
	if _, err := journal.Run(t.Context(), store, nil, nameJob("a", "one")); !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("without an updater: %v", err)
	}
	if len(fake.Calls()) > 0 {
		t.Errorf("%d calls", len(fake.Calls()))
	}

	var info credit.CallInfo
	entry, err := journal.Run(t.Context(), store, fake, nameJob("a", "one"), credit.WithInfo(&info), credit.WithVerify(), credit.WithBefore())
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	if info.Attempts != 1 || info.Before == nil {
		t.Errorf("%+v", info)
	}
	if _, err := journal.Run(t.Context(), store, fake, nameJob("a", "one"), credit.WithInfo(&info)); err != nil || info.Attempts != 0 || info.Before != nil {
		t.Errorf("a run that sent nothing: %v, %+v", err, info)
	}
}

// A change that was made, and shows other values, is Applied and recorded with its text.
func TestMismatchIsRecorded(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	result := &credit.Result{Vendor: "fake", ID: "c", RequestID: "r-7"}
	fake.Fail(&credit.MismatchError{Vendor: "fake", ID: "c", Result: result, Fields: []credit.FieldMismatch{{Field: credit.FieldBalance, Want: "20", Got: "19"}}})
	entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
	if _, ok := errors.AsType[*credit.MismatchError](err); !ok || entry.Outcome != credit.Applied || entry.Result.RequestID != "r-7" {
		t.Errorf("%+v, %v", entry, err)
	}
	_, err = journal.Run(t.Context(), store, fake, balanceJob("a", 20))
	if credit.OutcomeOf(err) != credit.Applied || credit.KindOf(err) != credit.KindMismatch || !strings.Contains(err.Error(), "balance is 19, not 20") || len(fake.Calls()) != 1 {
		t.Errorf("%d calls: %v", len(fake.Calls()), err)
	}
}

// The end is recorded although the context has ended.
func TestCanceledContextRecordsTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	store := journal.NewMemory()
	updater := &hookedUpdater{Fake: newFake(), after: func(error) error { cancel(); return ctx.Err() }}
	entry, err := journal.Run(ctx, store, updater, balanceJob("a", 20))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	if !errors.Is(err, context.Canceled) || entry.ErrorKind != credit.KindCanceled {
		t.Errorf("%v, kind %s", err, entry.ErrorKind)
	}
	events, err := store.Events(t.Context(), "a")
	if err != nil || len(events) != 2 || events[1].Outcome != credit.Unknown {
		t.Errorf("%v: %+v", err, events)
	}
	if entry, err := journal.Run(ctx, store, updater, nameJob("b", "two")); err == nil || credit.OutcomeOf(err) == credit.Applied || len(updater.Calls()) != 1 {
		t.Errorf("a run whose context had ended: %+v, %v", entry, err)
	}
}
