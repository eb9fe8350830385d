package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

const polls = 1000

// countEvents returns the number of events of all keys.
func countEvents(t *testing.T, store journal.Store) (n int) {
	t.Helper()
	for key, err := range store.Keys(t.Context(), false) {
		if err != nil {
			t.Fatal(err)
		}
		events, err := store.Events(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		n += len(events)
	}
	return n
}

// A doubt that is polled stores its reason once, and then nothing until the credit shows
// something else.
func TestPolledDoubtDoesNotGrowTheStore(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, store journal.Store, fake *credittest.Fake)
		reads   func(n int) error // the error of the n-th read; nil if reads succeed
		events  int               // that the polls add
	}{
		{name: "a lost answer", prepare: loseBalance, events: 2},
		{name: "a crash", prepare: func(t *testing.T, store journal.Store, fake *credittest.Fake) {
			fake.Fail(lostAnswer())
			crashing := &failingStore{Store: store, fail: "append ended"}
			if _, err := journal.Run(t.Context(), crashing, fake, balanceJob("a", 20)); err == nil {
				t.Fatal("the end was recorded")
			}
			time.Sleep(time.Hour)
		}, events: 2},
		{name: "another key since", prepare: func(t *testing.T, store journal.Store, fake *credittest.Fake) {
			loseBalance(t, store, fake)
			if _, err := journal.Run(t.Context(), store, fake, balanceJob("b", 30)); err != nil {
				t.Fatal(err)
			}
		}, events: 2},
		{name: "reads that fail, each in its own way", prepare: loseBalance, reads: func(n int) error {
			return fmt.Errorf("connection %d refused", n)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				folder := t.TempDir()
				store, err := journal.OpenDir(folder)
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				fake := newFake()
				test.prepare(t, store, fake)
				before, calls := countEvents(t, store), len(fake.Calls())
				reader := &readingUpdater{Fake: fake, fail: test.reads}
				var size int64
				for n := range polls {
					entry, err := journal.Run(t.Context(), store, reader, balanceJob("a", 20))
					checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
					if n == 0 {
						size = fileSize(t, folder)
					}
				}
				if got := countEvents(t, store) - before; got != test.events {
					t.Errorf("%d polls added %d events, want %d", polls, got, test.events)
				}
				if got := fileSize(t, folder); got != size {
					t.Errorf("the file has %d bytes after the first poll and %d after the last", size, got)
				}
				if reader.reads != polls || len(fake.Calls()) != calls {
					t.Errorf("%d reads, %d updates, want %d and none", reader.reads, len(fake.Calls())-calls, polls)
				}

				// What the polls did not store does not hide what the credit shows later.
				setBalance(t, fake, 20)
				reader.fail = nil
				entry, err := journal.Run(t.Context(), store, reader, balanceJob("a", 20))
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
				if !entry.Resolved {
					t.Error("the doubt was not resolved by reading")
				}
			})
		})
	}
}

// loseBalance leaves the key "a" in doubt. The change was not made.
func loseBalance(t *testing.T, store journal.Store, fake *credittest.Fake) {
	t.Helper()
	fake.Fail(lostAnswer())
	entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
}

func fileSize(t *testing.T, folder string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(folder, "journal.log"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A readingUpdater counts reads, and lets them fail.
type readingUpdater struct {
	*credittest.Fake
	fail   func(n int) error
	onRead func() // may be nil
	reads  int
}

func (u *readingUpdater) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	u.reads++
	if u.onRead != nil {
		u.onRead()
	}
	if u.fail != nil {
		if err := u.fail(u.reads); err != nil {
			return nil, err
		}
	}
	return u.Fake.Read(ctx, ref)
}

// A poll that sends nothing takes no lease: it keeps no other key of the credit waiting.
func TestPollKeepsNoOtherKeyWaiting(t *testing.T) {
	store, fake := journal.NewMemory(), newFake()
	loseBalance(t, store, fake)
	if _, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20)); err == nil {
		t.Fatal("the doubt is gone")
	}
	reader := &readingUpdater{Fake: fake, onRead: func() {
		if _, err := journal.Run(t.Context(), store, fake, nameJob("b", "two")); err != nil {
			t.Errorf("another key during the poll: %v", err)
		}
	}}
	entry, err := journal.Run(t.Context(), store, reader, balanceJob("a", 20))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	if reader.reads != 1 {
		t.Errorf("%d reads, want 1", reader.reads)
	}
}

// A read before the start does not count if the key or the credit was started between the
// two.
func TestReadBeforeTheStartCanBeOutOfDate(t *testing.T) {
	sum := journal.Job{Key: "a", Vendor: "fake", Ref: ref, Add: journal.Amounts{Total: credit.NewDecimal(5)}}
	for _, test := range []struct {
		name    string
		made    bool // by the first run
		between func(t *testing.T, store journal.Store, fake *credittest.Fake)
		state   journal.State
		outcome credit.Outcome
		total   int64
	}{
		{"nothing", false, func(*testing.T, journal.Store, *credittest.Fake) {}, journal.StateEnded, credit.Applied, 15},
		{"another worker makes the change", false, func(t *testing.T, store journal.Store, fake *credittest.Fake) {
			if _, err := journal.Run(t.Context(), store, fake, sum); err != nil {
				t.Error(err)
			}
		}, journal.StateEnded, credit.Applied, 15},
		{"another key adds as much", false, func(t *testing.T, store journal.Store, fake *credittest.Fake) {
			other := sum
			other.Key = "b"
			if _, err := journal.Run(t.Context(), store, fake, other); err != nil {
				t.Error(err)
			}
		}, journal.StateInDoubt, credit.Unknown, 15},
		{"the change is taken back, and sent again without an answer", true, func(t *testing.T, store journal.Store, fake *credittest.Fake) {
			if _, err := fake.Update(t.Context(), ref, totalPatch(10)); err != nil {
				t.Error(err)
			}
			if err := journal.Settle(t.Context(), store, "a", credit.NotSent, "ann", "taken back"); err != nil {
				t.Error(err)
			}
			fake.Fail(lostAnswer())
			entry, err := journal.Run(t.Context(), store, fake, sum)
			checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
		}, journal.StateEnded, credit.Applied, 15},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, fake := journal.NewMemory(), newFake()
			if test.made {
				fake.FailAfter(lostAnswer())
			} else {
				fake.Fail(lostAnswer())
			}
			entry, err := journal.Run(t.Context(), store, fake, sum)
			checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
			late := &hookedStore{Store: store, beforeStart: func() { test.between(t, store, fake) }}
			entry, err = journal.Run(t.Context(), late, fake, sum)
			checkRun(t, entry, err, test.state, test.outcome)
			values := readValues(t, fake, ref)
			if got, _ := values.Total.Get(); !got.Equal(credit.NewDecimal(test.total)) {
				t.Errorf("the total is %s, want %d", got, test.total)
			}
		})
	}
}

// A start that is stored when its lease has ended does not keep other keys waiting. What the
// credit shows then can be the work of another key, and resolves nothing.
func TestDoubtIsNotResolvedAfterTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sum := journal.Job{Key: "a", Vendor: "fake", Ref: ref, Add: journal.Amounts{Total: credit.NewDecimal(5)}}
		other := sum
		other.Key = "b"
		store, fake := journal.NewMemory(), newFake()
		runLost := func() {
			fake.Fail(lostAnswer())
			entry, err := journal.Run(t.Context(), store, fake, sum)
			checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
		}
		runLost()
		slow := &hookedStore{Store: store, beforeStart: func() {
			runLost() // so that the credit is read once more
			time.Sleep(time.Hour)
		}}
		reader := &readingUpdater{Fake: fake}
		reader.onRead = func() {
			if reader.reads == 2 {
				if _, err := journal.Run(t.Context(), store, fake, other); err != nil {
					t.Error(err)
				}
			}
		}
		entry, err := journal.Run(t.Context(), slow, reader, sum)
		checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
		if reader.reads != 2 {
			t.Errorf("%d reads, want 2", reader.reads)
		}
	})
}

// A worker that crashed before it stored its sum has sent nothing: the next one computes the
// sum again, and the key is never in doubt.
func TestStartWithoutItsSumIsNotADoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, fake := journal.NewMemory(), newFake()
		crashing := &readingUpdater{Fake: fake, onRead: func() { runtime.Goexit() }}
		go journal.Run(t.Context(), store, crashing, addJob("a", 5))
		synctest.Wait()
		if _, err := journal.Run(t.Context(), store, fake, addJob("a", 5)); !errors.Is(err, journal.ErrRunning) {
			t.Errorf("before the lease ended: %v", err)
		}
		time.Sleep(time.Hour)
		for entry, err := range journal.List(t.Context(), store, true) {
			if err != nil || entry.State != journal.StateQueued {
				t.Errorf("%v, %+v", err, entry)
			}
		}
		if _, err := journal.Run(t.Context(), store, fake, nameJob("b", "two")); err != nil {
			t.Fatal(err)
		}
		setBalance(t, fake, 100)
		entry, err := journal.Run(t.Context(), store, fake, addJob("a", 5))
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		checkBalance(t, fake, 105)
		event := journal.Event{Job: &entry.Job}
		if starts, err := store.Starts(t.Context(), event.Credit()); err != nil || starts.Last != "a" {
			t.Errorf("the last start is that of %q, want a: %v", starts.Last, err)
		}
	})
}

// A hookedStore calls beforeStart before it stores a start.
type hookedStore struct {
	journal.Store
	beforeStart func()
}

func (s *hookedStore) Append(ctx context.Context, e journal.Event) (journal.Prior, error) {
	if e.Kind == journal.Started {
		s.beforeStart()
	}
	return s.Store.Append(ctx, e)
}

// A repeat that the vendor refuses is stored: its start must be, before it is sent.
func TestRepeatOfADoubtIsStored(t *testing.T) {
	store, fake := journal.NewMemory(), newFake()
	fake.Fail(lostAnswer())
	for n := range 3 {
		_, err := journal.Run(t.Context(), store, fake, nameJob("a", "one"))
		if credit.OutcomeOf(err) != credit.Unknown || countEvents(t, store) != 2*(n+1) {
			t.Fatalf("run %d: %d events, %v", n+1, countEvents(t, store), err)
		}
		fake.Fail(failure(credit.ErrRateLimited, credit.Rejected))
	}
}
