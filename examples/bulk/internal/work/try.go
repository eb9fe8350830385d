package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A try is what this worker does with one row. The change is a key of package
// credit/journal, which knows what earlier tries have done, sends the change or reads the
// credit, and says what is known about the change. The vendor's own key is the row's key,
// so that it is the same in every process.
type try struct {
	vendor *Vendor
	row    row.Row
	job    changes.Job
	store  *journal.Row
	call   updater
	entry  *changes.Entry // after the last run; nil if the job was refused
}

func (v *Vendor) newTry(r row.Row) *try {
	key := Key(v.Job, r)
	t := &try{
		vendor: v, row: r, store: v.Journal.Row(r.Number, v.Name, key),
		job:  changes.Job{Key: key, Vendor: v.Name, Ref: r.Ref, Patch: r.Patch},
		call: updater{Updater: v.Updater, dryRun: v.Job.DryRun},
	}
	if r.HasExpect() {
		t.job.Expect = &credit.Record{Values: r.Expect}
	}
	return t
}

// run makes the change, unless the journal has its end, and decides what follows. It returns
// the entry of the row's result. Its error is one of the journal: the result may not be
// recorded.
func (t *try) run(ctx context.Context) (journal.Event, decision, error) {
	res, err, failed := t.runJob(ctx, false)
	if errors.Is(err, journal.ErrDone) {
		return journal.Event{}, decision{done: true}, nil
	}
	if failed != nil {
		return journal.Event{}, decision{}, failed
	}
	tries := res.Attempts
	if !t.call.called && readFailed(err) != nil {
		tries += t.vendor.health.countFailedRead(t.row.Number) // the journal has no entry of it
	}
	next := t.vendor.decide(err, t.call.outcome(res), tries, t.mayRepeat())
	if next.final && res.Outcome == result.Unknown && t.call.called && !t.vendor.Job.DryRun {
		// The change is not sent again: a read may show it.
		var read result.Result
		read, err, failed = t.runJob(ctx, true)
		// Without a look at the credit, such as at the end of ctx, the first result knows more.
		if _, looked := errors.AsType[*changes.UnresolvedError](err); looked || err == nil {
			read.Error, read.Attempts = afterDoubt(res.Error, t.entry, err), res.Attempts
			res = read
		}
	}
	return t.store.NewDoneEvent(res), next, failed
}

// runJob makes one run of the job. The queue gives a row to one worker at a time, so a
// start without an end is of a worker that has crashed or was overtaken. err is the error of
// the run, and failed one of the journal.
func (t *try) runJob(ctx context.Context, resolveOnly bool) (res result.Result, err, failed error) {
	runner := changes.Runner{
		Store: t.store, Updater: &t.call,
		Exclusive: true, ResolveOnly: resolveOnly, Grace: t.vendor.Grace,
	}
	var opts []credit.CallOption
	if t.vendor.Job.Before {
		opts = append(opts, credit.WithBefore())
	}
	t.entry, err = runner.Run(ctx, t.job, opts...)
	res = t.result(err)
	lost, failed := t.store.Err()
	for _, e := range lost {
		t.vendor.reportLost(e, res)
	}
	return res, err, failed
}

// readFailed returns the error of a read that was to resolve a doubt, nil if there was none.
func readFailed(err error) error {
	if unresolved, ok := errors.AsType[*changes.UnresolvedError](err); ok && unresolved.Resolution == nil {
		return unresolved.Err
	}
	return nil
}

// mayRepeat reports whether the next run may send the change again while it is in doubt.
func (t *try) mayRepeat() bool {
	return t.entry != nil && changes.MayRepeat(t.vendor.Updater.Support(), t.row.Patch, t.entry.FirstStart, t.entry.KeyUsedUp)
}

// result returns the row's result after a run.
func (t *try) result(err error) result.Result {
	entry := t.entry
	var updated *credit.Result
	if entry != nil {
		updated = entry.Result
	}
	r := result.FromUpdate(updated, err)
	if err != nil && t.call.err != nil {
		outcome := r.Outcome
		r = result.FromUpdate(updated, t.call.err)
		if r.Outcome != outcome {
			r.Outcome, r.Error = outcome, "another try may have made the change; this one: "+r.Error
		}
	}
	if entry != nil {
		r.IdempotencyKey = entry.IdempotencyKey
		r.RequestID = cmp.Or(r.RequestID, entry.RequestID)
		r.Changes = t.changes(entry, r)
		if entry.Resolved && err == nil {
			r.Kind = result.KindResolved
		}
	}
	if t.call.dryRun && r.Outcome == result.Applied {
		r.Outcome = result.Planned // without a Result, which had no JSON
	}
	if !t.call.called && r.Outcome == result.Unknown {
		r.Kind = result.KindInterrupted
	}
	if !t.call.called {
		r.Error = afterDoubt(interrupted, entry, err)
	}
	r.Row, r.Line, r.Key = t.row.Number, t.row.Line, t.row.Key
	r.Vendor, r.ID, r.Owner = t.row.Vendor, t.row.Ref.ID, t.row.Ref.Owner
	r.Attempts, r.Took, r.At = max(t.store.Tries(), 1), t.call.took, time.Now().UTC()
	return r
}

// changes returns the changes of a result after which the change was made or may have been
// made, so that it can be resolved and undone. Where an earlier try may have made the
// change, what this try has read does not show how the credit was before: only the entry
// knows that, or the values that the row expects.
func (t *try) changes(entry *changes.Entry, r result.Result) []result.Change {
	if r.Outcome != result.Unknown && r.Outcome != result.Applied || len(r.Changes) > 0 && entry.Starts == 1 {
		return r.Changes
	}
	before := entry.Before
	if before == nil {
		before = entry.Expect
	}
	all := result.ChangesOf(before, t.row.Patch)
	for i := range all {
		for _, c := range r.Changes {
			if c.Field == all[i].Field {
				all[i].After = c.After
			}
		}
	}
	return all
}

// interrupted is the error of a row in doubt whose answer no process has.
const interrupted = "the process that sent the change ended before the answer, and sending it again is not safe"

// afterDoubt returns the error of a row whose credit was read after a doubt: what the doubt
// is about, and what the read showed. If there was no such read, it returns the text of err.
func afterDoubt(doubt string, entry *changes.Entry, err error) string {
	unresolved, ok := errors.AsType[*changes.UnresolvedError](err)
	switch {
	case err == nil && entry != nil && entry.Resolved:
		return "the credit has the values of the row, which was in doubt: " + doubt
	case ok && unresolved.Resolution == nil:
		return result.OneLine(fmt.Sprintf("%s; look at the credit: it could not be read: %v", doubt, unresolved.Err))
	case ok:
		return doubt + "; look at the credit: it does not have all values of the row"
	case err != nil:
		return result.OneLine(err.Error())
	}
	return ""
}

// An updater makes the call of a try, and keeps whether there was one and how long the last
// one took.
type updater struct {
	credit.Updater
	dryRun bool

	called bool
	err    error // of the last call
	took   time.Duration
}

// outcome returns the outcome of the call alone: if an earlier try may have made the
// change, the row's outcome is unknown after a refusal, too.
func (u *updater) outcome(r result.Result) result.Outcome {
	if u.err != nil && r.Outcome == result.Unknown {
		return result.Outcome(credit.OutcomeOf(u.err).String())
	}
	return r.Outcome
}

// Update implements [credit.Updater].
func (u *updater) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	if u.dryRun {
		opts = append(opts, credit.WithDryRun())
	}
	u.called = true
	began := time.Now()
	res, err := u.Updater.Update(ctx, ref, patch, opts...)
	u.err, u.took = err, time.Since(began)
	return res, err
}

// Read implements [credit.Reader].
func (u *updater) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	reader, ok := u.Updater.(credit.Reader)
	if !ok {
		return nil, fmt.Errorf("the vendor's credits cannot be read: %w", errors.ErrUnsupported)
	}
	return reader.Read(ctx, ref)
}
