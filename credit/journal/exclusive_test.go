package journal_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

// A worker that has a key alone takes a start without an end over at once, and its call
// has no deadline.
func TestExclusiveWorkerNeedsNoLease(t *testing.T) {
	for _, test := range []struct {
		name  string
		job   journal.Job
		calls int
	}{
		{"repeated", nameJob("a", "one"), 2},
		{"resolved", balanceJob("a", 20), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, store := newFake(), journal.NewMemory()
				crashing := &hookedUpdater{
					Fake: fake,
					before: func(ctx context.Context) {
						if _, limited := ctx.Deadline(); limited {
							t.Error("the call has a deadline")
						}
					},
					after: func(error) error { runtime.Goexit(); return nil },
				}
				first := journal.Runner{Store: store, Updater: crashing, Exclusive: true}
				go first.Run(t.Context(), test.job)
				synctest.Wait()

				next := journal.Runner{Store: store, Updater: fake, Exclusive: true}
				entry, err := next.Run(t.Context(), test.job)
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
				if len(fake.Calls()) != test.calls || entry.Resolved != (test.calls == 1) {
					t.Errorf("%d calls, %+v", len(fake.Calls()), entry)
				}
			})
		})
	}
}

// Sums are stored and sent without a lease, too, and a doubt about them is resolved.
func TestExclusiveWorkerAdds(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	job := journal.Job{Key: "a", Vendor: "fake", Ref: ref, Add: journal.Amounts{Balance: credit.NewDecimal(5)}}
	lost := journal.Runner{Store: store, Exclusive: true, Updater: &hookedUpdater{Fake: fake, after: func(error) error { return lostAnswer() }}}
	entry, err := lost.Run(t.Context(), job)
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	next := journal.Runner{Store: store, Exclusive: true, Updater: fake}
	entry, err = next.Run(t.Context(), job)
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	if values := readValues(t, fake, ref); values.Balance != credit.Set(credit.NewDecimal(15)) || countApplied(fake) != 1 || !entry.Resolved {
		t.Errorf("balance %v after %d changes, %+v", values.Balance, countApplied(fake), entry)
	}
}

// A slowStore takes a while for each append.
type slowStore struct {
	journal.Store
	delay time.Duration
}

func (s slowStore) Append(ctx context.Context, e journal.Event) (journal.Prior, error) {
	select {
	case <-time.After(s.delay):
		return s.Store.Append(ctx, e)
	case <-ctx.Done():
		return journal.Prior{}, ctx.Err()
	}
}

// An exclusive worker waits for the store as long as its context lives, and then for the
// grace period.
func TestExclusiveWorkerWaitsForTheStore(t *testing.T) {
	for _, test := range []struct {
		name     string
		timeout  time.Duration // of the context
		recorded bool
	}{
		{"the context lives", 3 * time.Hour, true},
		{"the context ends", 65 * time.Minute, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runner := journal.Runner{
					Store: slowStore{journal.NewMemory(), time.Hour}, Updater: newFake(),
					Exclusive: true, Grace: 5 * time.Minute,
				}
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				begun := time.Now()
				entry, err := runner.Run(ctx, nameJob("a", "one"))
				_, unrecorded := errors.AsType[*journal.UnrecordedError](err)
				if unrecorded == test.recorded || entry.Outcome != credit.Applied {
					t.Errorf("%+v, %v", entry, err)
				}
				if took := time.Since(begun); !test.recorded && took != 70*time.Minute {
					t.Errorf("after %v", took)
				}
			})
		})
	}
}

// A doubt that could be sent again is read instead.
func TestResolveOnlySendsNothing(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	lost := &hookedUpdater{Fake: fake, after: func(error) error { return lostAnswer() }}
	entry, err := journal.Run(t.Context(), store, lost, nameJob("a", "one"))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	reads := journal.Runner{Store: store, Updater: fake, ResolveOnly: true}
	entry, err = reads.Run(t.Context(), nameJob("a", "one"))
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	if len(fake.Calls()) != 1 || !entry.Resolved {
		t.Errorf("%d calls, %+v", len(fake.Calls()), entry)
	}
}

// A change that is not in doubt is not sent either, also if a person settles it during the
// run.
func TestResolveOnlySendsNoQueuedChange(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	reads := journal.Runner{Store: store, Updater: fake, ResolveOnly: true}
	entry, err := reads.Run(t.Context(), nameJob("a", "one"))
	if entry.State != journal.StateQueued || credit.OutcomeOf(err) != credit.NotSent || len(fake.Calls()) != 0 {
		t.Errorf("new: %d calls, %+v, %v", len(fake.Calls()), entry, err)
	}

	lost := &hookedUpdater{Fake: fake, after: func(error) error { return lostAnswer() }}
	_, _ = journal.Run(t.Context(), store, lost, nameJob("b", "two"))
	if _, err := fake.Update(t.Context(), ref, credit.Patch{Name: credit.Set("other")}); err != nil {
		t.Fatal(err)
	}
	calls := len(fake.Calls())
	reads.Store = settlingStore{store}
	entry, err = reads.Run(t.Context(), nameJob("b", "two"))
	if entry.State != journal.StateQueued || credit.OutcomeOf(err) != credit.NotSent || len(fake.Calls()) != calls {
		t.Errorf("settled: %d calls, %+v, %v", len(fake.Calls()), entry, err)
	}
}

// A settlingStore settles each key before its start.
type settlingStore struct{ *journal.Memory }

func (s settlingStore) Append(ctx context.Context, e journal.Event) (journal.Prior, error) {
	if e.Kind == journal.Started {
		if err := journal.Settle(ctx, s.Memory, e.Key, credit.NotSent, "ops", "it is not there"); err != nil {
			return journal.Prior{}, err
		}
	}
	return s.Memory.Append(ctx, e)
}

// The clock of the worker before can be ahead: its start is taken over.
func TestExclusiveWorkerComparesNoClocks(t *testing.T) {
	fake, store, job := newFake(), journal.NewMemory(), nameJob("a", "one")
	ahead := time.Now().Add(time.Hour)
	_, err := store.Append(t.Context(), journal.Event{
		Kind: journal.Started, Key: job.Key, Claim: "crashed", At: ahead, Lease: ahead, Job: &job, Target: job.Patch,
	})
	if err != nil {
		t.Fatal(err)
	}
	next := journal.Runner{Store: store, Updater: fake, Exclusive: true}
	entry, err := next.Run(t.Context(), job)
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
}

// The error of a doubt that stays says what the read showed.
func TestUnresolvedErrorHasTheVerdict(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	lost := &hookedUpdater{Fake: fake, after: func(error) error { return lostAnswer() }}
	if _, err := journal.Run(t.Context(), store, lost, balanceJob("a", 20)); credit.OutcomeOf(err) != credit.Unknown {
		t.Fatal(err)
	}
	if _, err := fake.Update(t.Context(), ref, credit.Patch{Balance: credit.Set(credit.NewDecimal(5))}); err != nil {
		t.Fatal(err)
	}
	entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	unresolved, ok := errors.AsType[*journal.UnresolvedError](err)
	if !ok || unresolved.Key != "a" || unresolved.Resolution == nil || unresolved.Resolution.Verdict != credit.Neither || unresolved.Err != nil {
		t.Errorf("got %+v, %v", unresolved, err)
	}
}
