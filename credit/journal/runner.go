package journal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/typednil"
)

// A Runner runs jobs. The zero value of Lease and Wait is a good one. It is safe for
// concurrent use.
type Runner struct {
	Store   Store
	Updater credit.Updater
	// Lease is how long a start is respected without an end. After it another worker
	// concludes that this one has crashed. A call ends after three quarters of it, so
	// that the clocks of two workers may differ by a quarter. 0 means 10 minutes.
	Lease time.Duration
	// Wait is how long Run waits for another worker that runs the key, or another key of
	// the credit. 0 means that Run returns a [RunningError] at once.
	Wait time.Duration
	// Grace is how long recording an end may take, also after the context has ended. With
	// Exclusive it begins at the end of the context: until then Run waits for the store. 0
	// means 30 seconds.
	Grace time.Duration
	// Exclusive reports that only one worker has a key at a time, by something outside the
	// journal such as the lease of a queue's message: a start without an end is of a worker
	// that has crashed or has lost its message. Lease is not used then, and does not limit
	// the call; to [List] and [Settle] a key that runs is in doubt. Other keys of the credit
	// do not wait for the key, so a job with [Job.Add] must have its credit alone, too.
	Exclusive bool
	// ResolveOnly makes Run read the credit of a change in doubt and send nothing, also
	// where sending the change again does no harm. For a change that has not ended and is
	// not in doubt Run returns an error with the outcome NotSent.
	ResolveOnly bool
}

// Run makes the change of a job once, with the zero options of a [Runner]. See
// [Runner.Run].
func Run(ctx context.Context, s Store, u credit.Updater, job Job, opts ...credit.CallOption) (*Entry, error) {
	r := Runner{Store: s, Updater: u}
	return r.Run(ctx, job, opts...)
}

const (
	defaultLease = 10 * time.Minute
	// maxConflicts is how often the sum of Job.Add is computed again because another
	// writer has changed the amount.
	maxConflicts = 3
	defaultGrace = 30 * time.Second
	// pollInterval is the time between two looks at a key that another worker runs.
	pollInterval = time.Second
)

// Run makes the change of job, unless the journal has recorded its end. It returns what
// the journal knows about the key afterwards, also with most errors.
//
// The error is nil if the change was applied, by this run or by an earlier one, and the
// vendor's answer did not contradict it (see [credit.MismatchError]). For an error,
// [credit.OutcomeOf] says whether the change happened; the error of an earlier run is
// [Entry.Err]. If the store failed before this run sent anything, the outcome is
// NotSent, or Unknown if the key is in doubt. An [UnrecordedError] says that the
// outcome is known and could not be stored.
//
// The options are those of [credit.Updater]. WithIdempotencyKey, WithDryRun, WithRecord
// and WithExpect are refused: the journal chooses the key, a dry run is not a change, a
// record would be out of date in a later run, and [Job.Expect] stores what is expected.
func (r *Runner) Run(ctx context.Context, job Job, opts ...credit.CallOption) (*Entry, error) {
	run, err := r.newRun(ctx, job, opts)
	if err != nil {
		return nil, err
	}
	ended := time.Now().Add(r.Wait)
	for conflicts := 0; ; {
		entry, err := run.try(ctx)
		if busy, ok := errors.AsType[*RunningError](err); ok {
			// Two keys of a credit that wait for each other must not look at the same time.
			wait := min(time.Until(busy.Until), pollInterval/2+mathrand.N(pollInterval))
			if time.Now().Add(wait).Before(ended) && sleep(ctx, max(wait, 0)) {
				continue
			}
			return entry, err
		}
		if _, ok := errors.AsType[*credit.ChangedError](err); ok && !job.Add.IsZero() && credit.OutcomeOf(err) < credit.Unknown && conflicts < maxConflicts {
			conflicts++
			continue
		}
		return entry, err
	}
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A run is one call of Run.
type run struct {
	runner  *Runner
	store   Store
	updater credit.Updater
	reader  credit.Reader // nil if the updater cannot read
	lease   time.Duration
	grace   time.Duration
	job     Job
	opts    []credit.CallOption
	info    *credit.CallInfo
}

func (r *Runner) newRun(ctx context.Context, job Job, opts []credit.CallOption) (*run, error) {
	if r == nil || typednil.Is(r.Store) || typednil.Is(r.Updater) {
		return nil, &credit.InvalidError{Vendor: "journal", Field: "runner", Reason: "has no Store or no Updater"}
	}
	if err := checkArguments(ctx, r.Store); err != nil {
		return nil, err
	}
	if err := job.validate(); err != nil {
		return nil, err
	}
	cfg, err := credit.NewCallConfig("journal", opts...)
	if err != nil {
		return nil, err
	}
	if cfg.IdempotencyKey != "" || cfg.DryRun || cfg.Record != nil || cfg.Expect != nil {
		return nil, &credit.InvalidError{Vendor: "journal", Field: "options", Reason: "WithIdempotencyKey, WithDryRun, WithRecord and WithExpect cannot be used with a journal"}
	}
	if cfg.Info != nil {
		*cfg.Info = credit.CallInfo{} // not that of an earlier call
	}
	job.Expect = withoutRaw(job.Expect)
	out := &run{runner: r, store: r.Store, updater: r.Updater, lease: r.Lease, grace: r.Grace, job: job, opts: opts, info: cfg.Info}
	if out.lease <= 0 {
		out.lease = defaultLease
	}
	if out.grace <= 0 {
		out.grace = defaultGrace
	}
	if r.Exclusive {
		out.lease = 0 // a start that another run finds has no worker any more
	}
	out.reader, _ = r.Updater.(credit.Reader)
	if !job.Add.IsZero() && out.reader == nil {
		return nil, &credit.InvalidError{Vendor: job.Vendor, Field: "add", Reason: "the vendor's amounts cannot be read"}
	}
	return out, nil
}

// try makes one run of the key, from the look at the store to the record of the end.
func (r *run) try(ctx context.Context) (*Entry, error) {
	events, err := r.store.Events(ctx, r.job.Key)
	if err != nil {
		return nil, storeError(r.job.Key, "read", true, err) // what the store holds is not known
	}
	entry, known := NewEntry(events, time.Now())
	if known {
		if done, err := r.ended(entry); done {
			return entry, err
		}
	} else {
		entry = &Entry{Job: r.job, State: StateQueued}
	}
	if r.runner.ResolveOnly && entry.State != StateInDoubt {
		return entry, r.notInDoubt()
	}
	starts, err := r.store.Starts(ctx, creditName(&r.job))
	if err != nil {
		return entry, storeError(r.job.Key, "read", entry.State == StateInDoubt, err)
	}
	if err := r.otherRunning(ctx, starts); err != nil {
		return r.doubtful(entry, err)
	}
	var found decision
	if entry.State == StateInDoubt {
		found = r.decide(ctx, entry, starts.Last == r.job.Key, nil)
		if found.isKnown(entry) {
			return r.doubtful(entry, found.cause)
		}
	}
	if entry.State == StateQueued && entry.claim != "" {
		if err := r.endUnprepared(ctx, entry); err != nil {
			return entry, err
		}
	}
	start := r.newStart(entry)
	prior, err := r.store.Append(ctx, start)
	if err != nil {
		r.withdraw(ctx, start.Claim, err)
		return entry, storeError(r.job.Key, "start", entry.State == StateInDoubt, err)
	}
	entry, _ = NewEntry(append(prior.Events, start), start.At)
	if entry.claim != start.Claim {
		_, err := r.ended(entry)
		return entry, err
	}
	if err := r.otherRunning(ctx, prior.Starts); err != nil {
		return r.recordEnd(ctx, entry, Event{Outcome: credit.NotSent}, err)
	}
	if entry.doubt {
		if len(prior.Events) != len(events) || prior.Starts.Last != starts.Last {
			found.resolution = nil // it may be about another start
		}
		// Another key may start when the lease ends: what is read later can be its work.
		calls, cancel := r.withinLease(ctx, entry)
		defer cancel()
		return r.recover(ctx, entry, r.decide(calls, entry, prior.Starts.Last == r.job.Key, found.resolution))
	}
	if r.runner.ResolveOnly { // a person has settled the key meanwhile
		return r.recordEnd(ctx, entry, Event{Outcome: credit.NotSent}, r.notInDoubt())
	}
	if !r.job.Add.IsZero() {
		var ready bool
		if entry, ready, err = r.prepare(ctx, entry); !ready {
			return entry, err
		}
	}
	return r.send(ctx, entry)
}

// notInDoubt is the error of a run that has nothing to resolve.
func (r *run) notInDoubt() error {
	return &credit.Error{
		Vendor: "journal", Op: "resolve " + r.job.Key, Kind: credit.ErrConflict, Outcome: credit.NotSent,
		Err: errors.New("the change is not in doubt, and ResolveOnly sends nothing"),
	}
}

// withGrace returns the context of recording an end. Without Exclusive it is short, so that
// the end is recorded before the lease ends and another worker starts the key.
func (r *run) withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	if !r.runner.Exclusive {
		return context.WithTimeout(context.WithoutCancel(ctx), r.grace)
	}
	recording, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(r.grace, cancel)
		<-recording.Done()
		timer.Stop()
	})
	return recording, func() { stop(); cancel() }
}

// withdraw ends a start that was stored although its Append failed, such as one whose
// context was canceled during the commit: nothing was sent for it. If the store fails
// again, the key is in doubt after the lease.
func (r *run) withdraw(ctx context.Context, claim string, cause error) {
	recording, cancel := r.withGrace(ctx)
	defer cancel()
	events, err := r.store.Events(recording, r.job.Key)
	if err == nil && slices.ContainsFunc(events, func(e Event) bool { return e.Claim == claim }) {
		_, _ = r.store.Append(recording, Event{
			Kind: Ended, Key: r.job.Key, Claim: claim, At: time.Now(),
			Outcome: credit.NotSent, ErrorKind: kindOf(cause), Error: cause.Error(),
		})
	}
}

// ended reports whether the key must not be run now, with the error of Run.
func (r *run) ended(entry *Entry) (bool, error) {
	switch {
	case !entry.Job.sameChange(&r.job):
		return true, &JobError{Key: r.job.Key, Stored: entry.Job}
	case entry.State == StateEnded:
		return true, entry.Err()
	case entry.State == StateRunning:
		return true, &RunningError{Key: r.job.Key, Other: r.job.Key, Until: entry.Lease}
	}
	return false, nil
}

// doubtful returns an error of this run. If another run may have made the change, its
// outcome is Unknown.
func (r *run) doubtful(entry *Entry, err error) (*Entry, error) {
	switch {
	case credit.OutcomeOf(err) >= credit.Unknown:
	case entry.State == StateInDoubt:
		return entry, errors.Join(err, entry.Err())
	case entry.State == StateRunning: // by a worker that took over
		return entry, errors.Join(err, &RunningError{Key: r.job.Key, Other: r.job.Key, Until: entry.Lease})
	}
	return entry, err
}

// newStart returns the event that starts the key.
func (r *run) newStart(entry *Entry) Event {
	start := Event{
		Kind: Started, Key: r.job.Key, Claim: rand.Text(), At: time.Now(),
		Actor: r.job.Actor, Reason: r.job.Reason, Job: &r.job,
		Target: r.job.Patch, Expect: r.job.Expect,
	}
	start.Lease = start.At.Add(r.lease)
	if entry.State == StateInDoubt {
		start.Target, start.Expect, start.IdempotencyKey = entry.Target, entry.Expect, entry.IdempotencyKey
	} else if r.updater.Support().IdempotencyKeys {
		start.IdempotencyKey = r.job.idempotencyKey(entry.usedKeys)
	}
	return start
}

// otherRunning returns a RunningError if another key of the credit is running: two
// writes of one credit at the same time could undo each other.
func (r *run) otherRunning(ctx context.Context, starts Starts) error {
	for _, key := range starts.Open {
		if key == r.job.Key {
			continue
		}
		events, err := r.store.Events(ctx, key)
		if err != nil {
			return storeError(r.job.Key, "read", false, err)
		}
		if other, ok := NewEntry(events, time.Now()); ok && other.isRunning(time.Now()) {
			return &RunningError{Key: r.job.Key, Other: key, Until: other.Lease}
		}
	}
	return nil
}

// withinLease returns a context that ends a quarter before the lease, if there is one.
func (r *run) withinLease(ctx context.Context, entry *Entry) (context.Context, context.CancelFunc) {
	if r.runner.Exclusive {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, entry.Lease.Add(-r.lease/4))
}

// send sends the change and records its end.
func (r *run) send(ctx context.Context, entry *Entry) (*Entry, error) {
	calls, cancel := r.withinLease(ctx, entry)
	defer cancel()
	var info credit.CallInfo
	opts := slices.Concat(r.opts, []credit.CallOption{credit.WithInfo(&info)})
	if entry.IdempotencyKey != "" {
		opts = append(opts, credit.WithIdempotencyKey(entry.IdempotencyKey))
	}
	if entry.Expect != nil {
		opts = append(opts, credit.WithExpect(*entry.Expect))
	}
	result, err := r.updater.Update(calls, r.job.Ref, entry.Target, opts...)
	if r.info != nil {
		*r.info = info
	}
	end := Event{Outcome: credit.Applied, Attempts: info.Attempts, RequestID: info.RequestID, Before: withoutRaw(info.Before)}
	if err != nil {
		end.Outcome = credit.OutcomeOf(err)
		if failed, ok := errors.AsType[*credit.Error](err); ok {
			end.KeyUsedUp = failed.KeyUsedUp
		}
		result = resultOf(err)
	}
	if result != nil {
		end.Before = withoutRaw(result.Before)
		end.Result = compact(result)
	}
	return r.recordEnd(ctx, entry, end, err)
}

// resultOf returns the result of a change that was made, and is not what was expected.
func resultOf(err error) *credit.Result {
	if mismatch, ok := errors.AsType[*credit.MismatchError](err); ok {
		return mismatch.Result
	}
	if unverified, ok := errors.AsType[*credit.UnverifiedError](err); ok {
		return unverified.Result
	}
	return nil
}

// compact returns a copy without the vendor's own texts, which can be megabytes.
func compact(result *credit.Result) *credit.Result {
	c := *result
	c.Raw, c.Request = nil, nil
	c.Before, c.After = withoutRaw(c.Before), withoutRaw(c.After)
	return &c
}

func withoutRaw(record *credit.Record) *credit.Record {
	if record == nil {
		return nil
	}
	c := *record
	c.Raw = nil
	return &c
}

// dropUnencodable removes what has no JSON, such as a time after the year 9999: without
// it, the outcome would not be recorded, and that decides whether the change is sent again.
func dropUnencodable(end *Event) {
	if _, err := json.Marshal(end.Before); err != nil {
		end.Before = nil
	}
	if _, err := json.Marshal(end.Result); err != nil {
		end.Result = nil
	}
}

// recordEnd stores the end of the entry's start. cause is the error of Run, nil for a
// change that was made.
func (r *run) recordEnd(ctx context.Context, entry *Entry, end Event, cause error) (*Entry, error) {
	end.Kind, end.Key, end.Claim, end.At = Ended, r.job.Key, entry.claim, time.Now()
	if cause != nil {
		end.Error, end.ErrorKind = cause.Error(), kindOf(cause)
	}
	if _, err := end.Encode(); err != nil {
		dropUnencodable(&end)
	}
	wasInDoubt := entry.doubt
	recording, cancel := r.withGrace(ctx)
	defer cancel()
	prior, err := r.store.Append(recording, end)
	if err != nil {
		entry.add(&end)
		entry.State = entry.stateAt(end.At)
		outcome := end.Outcome
		if wasInDoubt {
			outcome = outcomeInDoubt(outcome)
		}
		return entry, &UnrecordedError{Key: r.job.Key, Outcome: outcome, Err: err, Update: cause}
	}
	entry, _ = NewEntry(append(prior.Events, end), end.At)
	if entry.State == StateEnded && entry.Outcome == credit.Applied && end.Outcome != credit.Applied {
		return entry, entry.Err() // another worker was faster
	}
	return r.doubtful(entry, cause)
}

// kindOf returns the kind of an error, as it can be stored: a driver outside this module
// may have kinds of its own.
func kindOf(err error) credit.Kind {
	if changed, ok := errors.AsType[*credit.ChangedError](err); ok && changed.Err != nil {
		err = changed.Err // the refusal of the attempt decides whether it passes
	}
	kind := credit.KindOf(err)
	if _, err := kind.MarshalText(); err != nil {
		return credit.KindOther
	}
	return kind
}
