package journal

import (
	"context"
	"errors"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A job that adds to an amount reads it and stores the sum between its start and the send,
// when no other key of the credit is running. If it read before its start, another key
// could add the same amount meanwhile. After a crash, the credit would then show the sum of
// the first key, although that key has sent nothing.

// errNotPrepared is the error of a run that was slower than its lease.
var errNotPrepared = errors.New("the lease ended before the sum was stored: nothing was sent")

// prepare reads the credit and stores the sums to send. If they must not be sent, ready is
// false, and the entry and the error are those of Run.
func (r *run) prepare(ctx context.Context, entry *Entry) (after *Entry, ready bool, err error) {
	calls, cancel := r.withinLease(ctx, entry) // later, another worker may conclude that nothing was sent
	defer cancel()
	claim := entry.claim
	e := Event{Kind: Prepared, Key: r.job.Key, Claim: claim, Target: r.job.Patch}
	if err := r.addAmounts(calls, &e); err != nil {
		entry, err = r.recordEnd(ctx, entry, Event{Outcome: credit.NotSent}, err)
		return entry, false, err
	}
	e.At = time.Now()
	prior, err := r.store.Append(calls, e)
	if err != nil {
		r.withdraw(ctx, claim, err)
		return entry, false, storeError(r.job.Key, "prepare", false, err)
	}
	entry, _ = NewEntry(append(prior.Events, e), e.At)
	if entry.claim == claim && entry.prepared {
		return entry, true, nil
	}
	if done, err := r.ended(entry); done {
		return entry, false, err // another worker has taken over
	}
	return entry, false, storeError(r.job.Key, "prepare", entry.State == StateInDoubt, errNotPrepared)
}

// endUnprepared ends the start of a worker that crashed before it stored its sum. The next
// start is then not a restart: it counts for [Starts.Last].
func (r *run) endUnprepared(ctx context.Context, entry *Entry) error {
	_, err := r.store.Append(ctx, Event{
		Kind: Ended, Key: r.job.Key, Claim: entry.claim, At: time.Now(),
		Outcome: credit.NotSent, ErrorKind: credit.ErrUnavailable, Error: "the worker ended before it sent the change",
	})
	if err != nil {
		return storeError(r.job.Key, "start", false, err)
	}
	return nil
}

// addAmounts reads the credit, and sets the target and the expected amounts.
func (r *run) addAmounts(ctx context.Context, e *Event) error {
	now, err := r.reader.Read(ctx, r.job.Ref)
	if err != nil {
		return err
	}
	// A sum of another amount than the expected one must not be stored: the amount can
	// be as expected again when the update reads it.
	cfg := credit.CallConfig{Expect: r.job.Expect}
	if err := cfg.CheckExpect(r.job.Vendor, now); err != nil {
		return err
	}
	expect := credit.Record{}
	if r.job.Expect != nil {
		expect.Values = r.job.Expect.Values
	}
	add := func(field credit.Field, amount credit.Decimal, was credit.Opt[credit.Decimal], target, expected *credit.Opt[credit.Decimal]) error {
		if !amount.IsSet() {
			return nil
		}
		held, ok := was.Get()
		sum := held.Add(amount)
		if !ok || !sum.IsSet() {
			return &credit.InvalidError{Vendor: r.job.Vendor, Field: string(field), Reason: "the credit shows no amount to add to, or the sum has too many digits"}
		}
		*target = credit.Set(sum)
		if expected.IsZero() {
			*expected = was
		}
		return nil
	}
	if err := add(credit.FieldTotal, r.job.Add.Total, now.Total, &e.Target.Total, &expect.Total); err != nil {
		return err
	}
	if err := add(credit.FieldBalance, r.job.Add.Balance, now.Balance, &e.Target.Balance, &expect.Balance); err != nil {
		return err
	}
	e.Expect = &expect
	return nil
}
