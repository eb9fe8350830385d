package journal_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

// leaveInDoubt runs a job whose answer is lost. made is whether the vendor makes the
// change.
func leaveInDoubt(t *testing.T, fake *credittest.Server, l *line, made bool, store journal.Store, updater credit.Updater, job journal.Job) *journal.Entry {
	t.Helper()
	if !made {
		fake.Queue(credittest.LostBefore().OnWrite())
	}
	l.lose.Store(true)
	entry, err := journal.Run(t.Context(), store, updater, job)
	checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
	l.down.Store(false)
	return entry
}

// A doubt is repeated where that is harmless, resolved by reading where it is not, and
// stays a doubt where the read does not show the change.
func TestDoubtIsRepeatedOrResolved(t *testing.T) {
	for _, v := range vendors {
		for _, made := range []bool{true, false} {
			name := v.name + ", not made"
			if made {
				name = v.name + ", made"
			}
			t.Run(name, func(t *testing.T) {
				fake := v.fake(t) // started outside: a listener would stop the bubble's clock
				synctest.Test(t, func(t *testing.T) {
					updater, l := v.connect(t, fake)
					store, job := journal.NewMemory(), v.job("a", fake.Ref, 77)
					doubt := leaveInDoubt(t, fake, l, made, store, updater, job)
					writes := len(fake.Writes())

					entry, err := journal.Run(t.Context(), store, updater, job)
					if !v.repeatable && !made {
						checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
					} else {
						checkRun(t, entry, err, journal.StateEnded, credit.Applied)
					}
					if got := len(fake.Writes()) - writes; v.repeatable && got != 1 || !v.repeatable && got != 0 {
						t.Errorf("%d writes", got)
					}
					if entry.Resolved != (made && !v.repeatable) {
						t.Errorf("resolved is %t", entry.Resolved)
					}
					for _, w := range fake.Writes() {
						if key := w.Header.Get("Idempotency-Key"); key != doubt.IdempotencyKey || (v.name == "metronome") != (key != "") {
							t.Errorf("sent with the key %q", key)
						}
					}
				})
			})
		}
	}
}

// A's answer is lost, B changes the same field, and A is run again: B's value stays.
func TestRecoveryDoesNotUndoALaterChange(t *testing.T) {
	for _, v := range vendors {
		for _, made := range []bool{true, false} {
			name := v.name + ", not made"
			if made {
				name = v.name + ", made"
			}
			t.Run(name, func(t *testing.T) {
				fake := v.fake(t)
				synctest.Test(t, func(t *testing.T) {
					updater, l := v.connect(t, fake)
					store, a := journal.NewMemory(), v.job("a", fake.Ref, 77)
					leaveInDoubt(t, fake, l, made, store, updater, a)
					if _, err := journal.Run(t.Context(), store, updater, v.job("b", fake.Ref, 88)); err != nil {
						t.Fatal(err)
					}
					writes := len(fake.Writes())
					for range 2 {
						entry, err := journal.Run(t.Context(), store, updater, a)
						checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
						if !strings.Contains(err.Error(), "settle the key") {
							t.Errorf("no advice in %v", err)
						}
					}
					values, want := credit.Patch(readValues(t, updater, fake.Ref)), v.patch(88)
					for field, op := range want.All() {
						if !op.Equal(values.Op(field)) || len(fake.Writes()) != writes {
							t.Errorf("%s is %s, after %d writes", field, values.Op(field), len(fake.Writes())-writes)
						}
					}
				})
			})
		}
	}
}

// A worker that crashed after the write leaves a start without an end.
func TestCrashedWorkerIsADoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, made := range []bool{true, false} {
			fake, store := newFake(), &failingStore{Store: journal.NewMemory(), fail: "append ended"}
			if !made {
				fake.Fail(lostAnswer())
			}
			if _, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20)); err == nil {
				t.Fatal("the end was recorded")
			}
			time.Sleep(time.Hour)
			store.fail = ""
			entry, err := journal.Run(t.Context(), store, fake, balanceJob("a", 20))
			if made {
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
			} else {
				checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
			}
			if len(fake.Calls()) != 1 || entry.Resolved != made {
				t.Errorf("%d calls, %+v", len(fake.Calls()), entry)
			}
		}
	})
}

// A refusal of a repeat says nothing about the first request.
func TestDoubtStaysAfterARefusal(t *testing.T) {
	for _, kind := range []credit.Kind{credit.ErrInvalid, credit.ErrRateLimited, credit.ErrNotFound} {
		fake, store := newFake(), journal.NewMemory()
		fake.FailAfter(lostAnswer())
		fake.Fail(failure(kind, credit.Rejected))
		fake.Fail(failure(kind, credit.NotSent))
		for range 3 {
			entry, err := journal.Run(t.Context(), store, fake, nameJob("a", "one"))
			checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
			if len(fake.Calls()) == 3 {
				break
			}
		}
		entry, err := journal.Run(t.Context(), store, fake, nameJob("a", "one"))
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	}
}

// A key that the vendor has stored a failure under is not sent again. After a decision,
// the change goes out under another key.
func TestUsedUpKeyIsNotRepeated(t *testing.T) {
	v := vendors[4]
	fake := v.fake(t)
	synctest.Test(t, func(t *testing.T) {
		updater, _ := v.connect(t, fake)
		store, job := journal.NewMemory(), v.job("a", fake.Ref, 77)
		fake.Queue(credittest.Respond(500, `{"message":"boom"}`).OnWrite())
		for range 2 {
			entry, err := journal.Run(t.Context(), store, updater, job)
			checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
			if !entry.KeyUsedUp || len(fake.Writes()) != 1 {
				t.Errorf("%d writes, %+v", len(fake.Writes()), entry)
			}
		}
		if err := journal.Settle(t.Context(), store, "a", credit.NotSent, "ann", "the total is as before"); err != nil {
			t.Fatal(err)
		}
		entry, err := journal.Run(t.Context(), store, updater, job)
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		first, second := fake.Writes()[0].Header.Get("Idempotency-Key"), fake.Writes()[1].Header.Get("Idempotency-Key")
		if first == second || second != first+"-1" || entry.IdempotencyKey != second || entry.KeyUsedUp {
			t.Errorf("the keys are %s and %s, %+v", first, second, entry)
		}
	})
}

// metronome forgets a key after 24 hours: a repeat would be a new change.
func TestForgottenKeyIsNotRepeated(t *testing.T) {
	v := vendors[4]
	for _, test := range []struct {
		age    time.Duration
		writes int
	}{
		{22 * time.Hour, 2},
		{23*time.Hour + time.Minute, 1},
	} {
		t.Run(test.age.String(), func(t *testing.T) {
			fake := v.fake(t)
			synctest.Test(t, func(t *testing.T) {
				updater, l := v.connect(t, fake)
				store, job := journal.NewMemory(), v.job("a", fake.Ref, 77)
				leaveInDoubt(t, fake, l, true, store, updater, job)
				time.Sleep(test.age)
				entry, err := journal.Run(t.Context(), store, updater, job)
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
				if len(fake.Writes()) != test.writes || entry.Resolved != (test.writes == 1) {
					t.Errorf("%d writes, resolved %t", len(fake.Writes()), entry.Resolved)
				}
			})
		})
	}
}

// The time counts from the start that may have made the change, and not from a refusal
// before it.
func TestKeyLifetimeStartsWithTheDoubt(t *testing.T) {
	v := vendors[4]
	fake := v.fake(t)
	synctest.Test(t, func(t *testing.T) {
		updater, l := v.connect(t, fake)
		store, job := journal.NewMemory(), v.job("a", fake.Ref, 77)
		fake.Queue(credittest.RateLimited(time.Hour).OnWrite())
		entry, err := journal.Run(t.Context(), store, updater, job)
		checkRun(t, entry, err, journal.StateQueued, credit.Rejected)
		time.Sleep(30 * time.Hour)
		leaveInDoubt(t, fake, l, true, store, updater, job)
		entry, err = journal.Run(t.Context(), store, updater, job)
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
		if len(fake.Writes()) != 3 || entry.Resolved {
			t.Errorf("%d writes, resolved %t", len(fake.Writes()), entry.Resolved)
		}
	})
}

// A read that fails leaves the doubt, with the reason.
func TestDoubtStaysIfTheReadFails(t *testing.T) {
	v := vendors[1]
	fake := v.fake(t)
	synctest.Test(t, func(t *testing.T) {
		updater, l := v.connect(t, fake)
		store, job := journal.NewMemory(), v.job("a", fake.Ref, 77)
		leaveInDoubt(t, fake, l, true, store, updater, job)
		l.down.Store(true)
		entry, err := journal.Run(t.Context(), store, updater, job)
		checkRun(t, entry, err, journal.StateInDoubt, credit.Unknown)
		if !strings.Contains(err.Error(), "ListCreditBatches") {
			t.Errorf("the failed call is not in %v", err)
		}
		l.down.Store(false)
		entry, err = journal.Run(t.Context(), store, updater, job)
		checkRun(t, entry, err, journal.StateEnded, credit.Applied)
	})
}
