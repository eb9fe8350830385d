package journal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

// What a store cannot do before the send is the error of a run that has sent nothing.
func TestStoreFailsBeforeTheSend(t *testing.T) {
	for _, test := range []struct {
		fail    string
		doubt   bool // of an earlier run
		outcome credit.Outcome
	}{
		{"events", false, credit.Unknown}, // what the store holds is not known
		{"starts", false, credit.NotSent},
		{"append started", false, credit.NotSent},
		{"events", true, credit.Unknown},
		{"starts", true, credit.Unknown},
		{"append started", true, credit.Unknown},
	} {
		name := test.fail
		if test.doubt {
			name += " in doubt"
		}
		t.Run(name, func(t *testing.T) {
			fake, store := newFake(), &failingStore{Store: journal.NewMemory()}
			calls := 0
			if test.doubt {
				fake.Fail(lostAnswer())
				_, _ = journal.Run(t.Context(), store, fake, balanceJob("a", 20))
				calls = 1
			}
			store.fail = test.fail
			_, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
			if !errors.Is(err, errStore) || credit.OutcomeOf(err) != test.outcome || credit.KindOf(err) != credit.ErrUnavailable {
				t.Errorf("%s: %v", credit.OutcomeOf(err), err)
			}
			if len(fake.Calls()) != calls {
				t.Errorf("%d calls", len(fake.Calls()))
			}
			store.fail = ""
			if test.doubt {
				return
			}
			entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
			checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		})
	}
}

// A start whose Append failed can be stored. Nothing was sent for it, and the next run
// sends the change.
func TestStoredStartOfAFailedAppendIsWithdrawn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fake, store := newFake(), &failingStore{Store: journal.NewMemory(), fail: "append started", after: true, onFail: cancel}
	if _, err := journal.Run(ctx, store, fake, balanceJob("a", 20)); credit.OutcomeOf(err) != credit.NotSent || !errors.Is(err, errStore) {
		t.Errorf("got %v", err)
	}
	store.fail = ""
	entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
	checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	if len(fake.Calls()) != 1 || entry.Starts != 2 || entry.Resolved {
		t.Errorf("%d calls, %d starts", len(fake.Calls()), entry.Starts)
	}
}

// An end that could not be recorded says so, with the outcome of the change.
func TestUnrecordedEnd(t *testing.T) {
	for _, test := range []struct {
		name    string
		fail    error // of the vendor
		doubt   bool  // of an earlier run
		outcome credit.Outcome
		later   credit.Outcome // of the next run
	}{
		{"made", nil, false, credit.Applied, credit.Applied},
		{"made, after a doubt", nil, true, credit.Applied, credit.Applied},
		{"rejected", failure(credit.ErrInvalid, credit.Rejected), false, credit.Rejected, credit.Unknown},
		{"rejected, after a doubt", failure(credit.ErrInvalid, credit.Rejected), true, credit.Unknown, credit.Applied},
		{"not sent", failure(credit.ErrUnavailable, credit.NotSent), false, credit.NotSent, credit.Unknown},
		{"unknown", lostAnswer(), false, credit.Unknown, credit.Unknown},
		{"mismatch", &credit.MismatchError{Vendor: "fake", ID: "c", Result: &credit.Result{}}, false, credit.Applied, credit.Applied},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, store := newFake(), &failingStore{Store: journal.NewMemory()}
				job := balanceJob("a", 20)
				if test.doubt {
					job = nameJob("a", "one") // can be repeated
					fake.Fail(lostAnswer())
					_, _ = journal.Run(t.Context(), store, fake, job)
				}
				if test.fail != nil {
					fake.Fail(test.fail)
				}
				store.fail = "append ended"
				entry, err := journal.Run(t.Context(), store, fake, job)
				unrecorded, ok := errors.AsType[*journal.UnrecordedError](err)
				if !ok || unrecorded.Outcome != test.outcome || credit.OutcomeOf(err) != test.outcome || !errors.Is(err, errStore) || entry.Outcome != test.outcome {
					t.Fatalf("%s: %v\n%+v", credit.OutcomeOf(err), err, entry)
				}
				if test.fail != nil && !errors.Is(err, test.fail) {
					t.Errorf("the vendor's error is not in %v", err)
				}
				store.fail = ""
				time.Sleep(time.Hour)
				entry, err = journal.Run(t.Context(), store, fake, job)
				state := journal.StateEnded
				if test.later == credit.Unknown {
					state = journal.StateInDoubt
				}
				checkRun(t, entry, err, state, test.later)
			})
		})
	}
}
