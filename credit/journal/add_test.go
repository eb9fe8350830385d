package journal_test

import (
	"context"
	"errors"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

func addJob(key string, amount int64) journal.Job {
	return journal.Job{Key: key, Vendor: "fake", Ref: ref, Add: journal.Amounts{Balance: credit.NewDecimal(amount), Total: credit.NewDecimal(amount)}}
}

func setBalance(t *testing.T, fake *credittest.Fake, balance int64) {
	t.Helper()
	if _, err := fake.Update(t.Context(), ref, balanceJob("", balance).Patch); err != nil {
		t.Fatal(err)
	}
}

func checkBalance(t *testing.T, fake *credittest.Fake, want int64) {
	t.Helper()
	values := readValues(t, fake, ref)
	if balance, _ := values.Balance.Get(); !balance.Equal(credit.NewDecimal(want)) {
		t.Errorf("the balance is %s, want %d", balance, want)
	}
}

// The sum is stored before anything is sent, with the amount that it was made of.
func TestAddStoresTheSumFirst(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	updater := &hookedUpdater{Fake: fake, before: func(ctx context.Context) {
		events, err := store.Events(ctx, "a")
		if err != nil || len(events) != 2 || events[0].Claim != events[1].Claim {
			t.Fatalf("%v: %+v", err, events)
		}
		target, _ := events[1].Target.Balance.Get()
		expect, _ := events[1].Expect.Balance.Get()
		if target.String() != "15" || expect.String() != "10" {
			t.Errorf("target %s, expects %s", target, expect)
		}
	}}
	entry, err := journal.Run(t.Context(), store, updater, addJob("a", 5))
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	checkBalance(t, fake, 15)
	entry, err = journal.Run(t.Context(), store, fake, addJob("a", 5))
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	entry, err = journal.Run(t.Context(), store, fake, addJob("b", -20))
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	checkBalance(t, fake, -5)
}

// A repeat sets the same sum, and only if the amount is as it was.
func TestAddIsRepeatedWithTheSameSum(t *testing.T) {
	total := journal.Job{Key: "a", Vendor: "fake", Ref: ref, Add: journal.Amounts{Total: credit.NewDecimal(5)}}
	for _, test := range []struct {
		name    string
		made    bool
		now     int64 // the total before the second run, 0 for that of the first
		want    int64
		outcome credit.Outcome
	}{
		{"made", true, 0, 15, credit.Applied},
		{"not made", false, 0, 15, credit.Applied},
		{"made, and changed since", true, 40, 40, credit.Unknown},
		{"not made, and changed since", false, 40, 40, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake, store := newFake(), journal.NewMemory()
			if test.made {
				fake.FailAfter(lostAnswer())
			} else {
				fake.Fail(lostAnswer())
			}
			entry, err := journal.Run(t.Context(), store, fake, total)
			checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
			if test.now != 0 {
				if _, err := fake.Update(t.Context(), ref, totalPatch(test.now)); err != nil {
					t.Fatal(err)
				}
			}
			entry, err = journal.Run(t.Context(), store, fake, total)
			state := journal.StateEnded
			if test.outcome == credit.Unknown {
				state = journal.StateInDoubt
			}
			checkRun(t, entry, err, state, test.outcome)
			values := readValues(t, fake, ref)
			if got, _ := values.Total.Get(); !got.Equal(credit.NewDecimal(test.want)) {
				t.Errorf("the total is %s, want %d", got, test.want)
			}
		})
	}
}

// A was not made, and B added the same amount: the credit shows the sum of A, which is the
// work of B.
func TestAddIsNotTakenForThatOfAnotherKey(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	fake.Fail(lostAnswer())
	entry, err := journal.Run(t.Context(), store, fake, addJob("a", 5))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	entry, err = journal.Run(t.Context(), store, fake, addJob("b", 5))
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	entry, err = journal.Run(t.Context(), store, fake, addJob("a", 5))
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	checkBalance(t, fake, 15)
}

// A sum is computed again when another writer changed the amount, three times at most.
func TestAddIsComputedAgain(t *testing.T) {
	for _, changes := range []int{1, 3, 4} {
		fake, store := newFake(), journal.NewMemory()
		n := 0
		updater := &hookedUpdater{Fake: fake, before: func(context.Context) {
			if n++; n <= changes {
				setBalance(t, fake, int64(100*n))
			}
		}}
		entry, err := journal.Run(t.Context(), store, updater, addJob("a", 5))
		if changes > 3 {
			checkRun(t, entry, err, journal.StateQueued, credit.NotSent)
			if _, ok := errors.AsType[*credit.ChangedError](err); !ok || entry.Starts != 4 {
				t.Errorf("%d starts, %v", entry.Starts, err)
			}
			entry, err = journal.Run(t.Context(), store, updater, addJob("a", 5))
		}
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		checkBalance(t, fake, int64(100*changes)+5)
	}
}

// So it is if the attempt before the change was noticed was refused.
func TestAddIsComputedAgainAfterARefusedAttempt(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	refused := func() error {
		return &credit.ChangedError{Vendor: "fake", ID: "c", Err: failure(credit.ErrRateLimited, credit.Rejected)}
	}
	fake.Fail(refused())
	entry, err := journal.Run(t.Context(), store, fake, addJob("a", 5))
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	checkBalance(t, fake, 15)

	// Without a sum, the key has not ended.
	fake.Fail(refused())
	entry, err = journal.Run(t.Context(), store, fake, balanceJob("b", 30))
	checkRun(t, entry, err, journal.StateQueued, credit.Rejected)
}

func TestAddWithExpect(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	job := addJob("a", 5)
	job.Expect = &credit.Record{Values: credit.Values(balanceJob("", 12).Patch), Raw: []byte(`{"secret":1}`)}
	// The balance is as expected when the update reads it, but not when the sum is made.
	updater := &hookedUpdater{Fake: fake, before: func(context.Context) { setBalance(t, fake, 12) }}
	entry, err := journal.Run(t.Context(), store, updater, job)
	if _, ok := errors.AsType[*credit.ChangedError](err); !ok || credit.OutcomeOf(err) != credit.NotSent || len(fake.Calls()) != 0 {
		t.Errorf("%+v, %v", entry, err)
	}
	checkRun(t, entry, err, journal.StateQueued, credit.NotSent)
	checkBalance(t, fake, 10)

	setBalance(t, fake, 12)
	entry, err = journal.Run(t.Context(), store, fake, job)
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	checkBalance(t, fake, 17)
	if entry.Job.Expect.Raw != nil || entry.Expect.Raw != nil || job.Expect.Raw == nil {
		t.Error("the raw record was stored, or the caller's was changed")
	}
}

func TestAddNeedsAnAmount(t *testing.T) {
	fake := credittest.NewFake(newFake().Support(), credit.Record{ID: ref.ID})
	entry, err := journal.Run(t.Context(), journal.NewMemory(), fake, addJob("a", 5))
	if !errors.Is(err, credit.ErrInvalid) || len(fake.Calls()) != 0 {
		t.Errorf("%+v, %v", entry, err)
	}
	checkRun(t, entry, err, journal.StateQueued, credit.NotSent)
	if _, err := journal.Run(t.Context(), journal.NewMemory(), blind{fake}, addJob("a", 5)); !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("without reads: %v", err)
	}
}

// blind is an updater that cannot read.
type blind struct{ u credit.Updater }

func (b blind) Support() credit.Support { return b.u.Support() }

func (b blind) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	return b.u.Update(ctx, ref, patch, opts...)
}

// A change whose expectation is wrong is not sent, and can be run again.
func TestExpect(t *testing.T) {
	fake, store := newFake(), journal.NewMemory()
	job := balanceJob("a", 20)
	job.Expect = &credit.Record{Values: credit.Values(balanceJob("", 12).Patch)}
	entry, err := journal.Run(t.Context(), store, fake, job)
	checkRun(t, entry, err, journal.StateQueued, credit.NotSent)
	if _, ok := errors.AsType[*credit.ChangedError](err); !ok || entry.Starts != 1 {
		t.Errorf("%d starts, %v", entry.Starts, err)
	}
	setBalance(t, fake, 12)
	fake.Fail(lostAnswer())
	entry, err = journal.Run(t.Context(), store, fake, job)
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	calls := len(fake.Calls())
	entry, err = journal.Run(t.Context(), store, fake, job)
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown) // a balance is never repeated
	if len(fake.Calls()) != calls {
		t.Errorf("%d calls", len(fake.Calls()))
	}
}
