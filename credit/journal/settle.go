package journal

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// Settle records a person's decision about a change in doubt, after a look at the
// credit: Applied if it was made, Rejected if it was not made and shall not be made, and
// NotSent if it was not made and the next Run shall send it. actor is who decided, and
// reason why; both are required. A key that is not in doubt is an error and stays as it
// is.
//
// At a vendor with idempotency keys the Run after NotSent sends the same key, so that the
// first request cannot be applied too if it arrives late. If the vendor has stored a
// failure under the key, and the journal did not know it, the change is in doubt once more;
// after a second decision it is sent under another key.
func Settle(ctx context.Context, s Store, key string, outcome credit.Outcome, actor, reason string) error {
	errs := credit.InvalidError{Vendor: "journal"}
	if !decides(outcome) {
		errs.Add("outcome", "must be applied, rejected or not sent")
	}
	if actor == "" || len(actor) > maxText || !isPlainText(actor) {
		errs.Add("actor", "must be 1 to 2,000 bytes of UTF-8 without control characters")
	}
	if reason == "" || len(reason) > maxText || !isPlainText(reason) {
		errs.Add("reason", "must be 1 to 2,000 bytes of UTF-8 without control characters")
	}
	if err := errs.ErrorOrNil(); err != nil {
		return err
	}
	if err := checkArguments(ctx, s); err != nil {
		return err
	}
	events, err := s.Events(ctx, key)
	if err != nil {
		return fmt.Errorf("journal: key %q: %w", key, err)
	}
	now := time.Now()
	if err := checkInDoubt(key, events, now); err != nil {
		return err
	}
	prior, err := s.Append(ctx, Event{Kind: Settled, Key: key, At: now, Outcome: outcome, Actor: actor, Reason: reason})
	if err != nil {
		return fmt.Errorf("journal: key %q: the decision may not be stored: %w", key, err)
	}
	return checkInDoubt(key, prior.Events, now) // another worker can have been faster
}

func checkInDoubt(key string, events []Event, now time.Time) error {
	entry, ok := NewEntry(events, now)
	switch {
	case !ok:
		return fmt.Errorf("journal: key %q is unknown", key)
	case entry.State == StateRunning:
		return &RunningError{Key: key, Other: key, Until: entry.Lease}
	case entry.State != StateInDoubt:
		return fmt.Errorf("journal: key %q is not in doubt: it is %s", key, entry.State)
	}
	return nil
}

// Enqueue stores a job for a worker that will Run it, and returns what the journal knows
// about the key. With a store that appends in the caller's transaction, an order and
// its job are stored together. A job that is stored already is not stored again; a key
// that stands for another change is a [JobError]. After an error of the store the outcome
// is Unknown: the job may be stored, and a worker may run it.
func Enqueue(ctx context.Context, s Store, job Job) (*Entry, error) {
	if err := checkArguments(ctx, s); err != nil {
		return nil, err
	}
	if err := job.validate(); err != nil {
		return nil, err
	}
	job.Expect = withoutRaw(job.Expect)
	queued := Event{Kind: Queued, Key: job.Key, At: time.Now(), Actor: job.Actor, Reason: job.Reason, Job: &job}
	events, err := s.Events(ctx, job.Key)
	if err == nil && len(events) == 0 {
		var prior Prior
		prior, err = s.Append(ctx, queued)
		events = slices.Concat(prior.Events, []Event{queued})
	}
	if err != nil {
		return nil, storeError(job.Key, "enqueue", true, err)
	}
	entry, _ := NewEntry(events, queued.At)
	if !entry.Job.sameChange(&job) {
		return nil, &JobError{Key: job.Key, Stored: entry.Job}
	}
	return entry, nil
}

// List returns the entries of a store in the order of their first events. With open, it
// leaves out those that have ended.
func List(ctx context.Context, s Store, open bool) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		if err := checkArguments(ctx, s); err != nil {
			yield(nil, err)
			return
		}
		for key, err := range s.Keys(ctx, open) {
			var events []Event
			if err == nil {
				events, err = s.Events(ctx, key)
			}
			if err != nil {
				yield(nil, fmt.Errorf("journal: list: %w", err))
				return
			}
			entry, ok := NewEntry(events, time.Now())
			if !ok || open && entry.State == StateEnded {
				continue // it has ended meanwhile
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// Doubts returns the entries that are in doubt, for people and alarms. A Run of a key
// resolves its doubt where that is possible; [Settle] decides the others.
func Doubts(ctx context.Context, s Store) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		for entry, err := range List(ctx, s, true) {
			if err == nil && entry.State != StateInDoubt {
				continue
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}
