package work

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A Vendor works on the rows of one vendor.
type Vendor struct {
	Name string
	// Updater makes a single attempt at each call. Retries are decided here, for all
	// processes together.
	Updater credit.Updater
	Rows    *queue.Rows
	Journal *journal.Journal
	// Writes limits the changes. Calls is the limiter of the Updater.
	Writes, Calls *limit.Bucket
	InFlight      int
	Job           queue.Job
	// Patience is how long the vendor may fail before it is given up.
	Patience time.Duration
	// Grace is how long calls may continue after the context of Run has ended, and
	// then how long recording them may take.
	Grace time.Duration
	// OnLost is called with each answer that could not be recorded: the entry, and the
	// result it is about. It may be nil.
	OnLost func(e journal.Event, r result.Result)

	health  health
	waiting atomic.Int64
	stopped atomic.Pointer[error]
}

// Waiting returns the number of rows of this process that wait for a rate limit.
func (v *Vendor) Waiting() int64 { return v.waiting.Load() }

// Paused returns the remaining time of a pause that the vendor has asked for.
func (v *Vendor) Paused() time.Duration { return v.Calls.Paused() }

// Stopped returns why the vendor was given up, or nil. Its rows stay in the queue.
func (v *Vendor) Stopped() error {
	if p := v.stopped.Load(); p != nil {
		return *p
	}
	return nil
}

// Run works until ctx ends or the vendor is given up. Its error says that the
// journal or the queue has failed, so that nothing more may be sent.
func (v *Vendor) Run(ctx context.Context) error {
	taking, stop := context.WithCancel(ctx)
	defer stop()
	calls, end := withGrace(ctx, v.Grace)
	defer end()
	var group errgroup.Group
	for range v.InFlight {
		group.Go(func() error {
			for taking.Err() == nil && v.Stopped() == nil {
				d, err := v.Rows.Next(taking)
				if errors.Is(err, queue.ErrNoRow) || taking.Err() != nil {
					continue
				}
				if err == nil {
					err = v.processRow(taking, calls, d)
				}
				if err != nil {
					stop() // other workers must not send what cannot be recorded
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// withGrace returns a context that ends a grace period after its parent.
func withGrace(parent context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		timer := time.AfterFunc(grace, cancel)
		<-ctx.Done()
		timer.Stop()
	})
	return ctx, func() { stop(); cancel() }
}

// processRow makes one try of a row. The end of taking ends the wait for a limit;
// the end of calls ends the call, and a grace period later its recording.
func (v *Vendor) processRow(taking, calls context.Context, d *queue.Delivery) error {
	keeping, stop := context.WithCancel(context.WithoutCancel(calls))
	var kept sync.WaitGroup
	kept.Go(func() { d.Heartbeat(keeping) })
	defer kept.Wait()
	defer stop()

	if err := v.waitForLimits(taking); err != nil {
		d.Nak(0)
		if taking.Err() != nil {
			return nil // not started; it is delivered again
		}
		return err
	}
	if v.Stopped() != nil {
		d.Nak(0) // another row has given up the vendor meanwhile
		return nil
	}
	// The answer must be recorded, also when the time of the calls is over.
	recording, cancel := context.WithCancel(context.WithoutCancel(calls))
	defer cancel()
	defer context.AfterFunc(calls, func() { time.AfterFunc(v.Grace, cancel) })()

	start, err := v.Journal.Start(recording, d.Row.Number, v.Name)
	switch {
	case err != nil:
		d.Nak(0)
		return err
	case start.Ended:
		d.Ack()
		return nil
	}
	repeatable := v.Updater.Support().Repeatable(d.Row.Patch)
	if start.Before.Doubt && !repeatable {
		return v.finishRow(recording, d, withChanges(result.Result{
			Outcome: result.Unknown, Kind: result.KindInterrupted,
			Error: "the process that sent the change ended before the answer, and sending it again is not safe: look at the credit",
		}, d.Row, nil, true), start)
	}
	began := time.Now()
	var info credit.CallInfo
	updated, err := v.Updater.Update(v.Calls.WithReservation(calls), d.Row.Ref, d.Row.Patch, v.callOptions(d.Row, &info)...)
	if start.Before.Doubt && showsOwnChange(d.Row, err) {
		updated, err = nil, nil
	}
	r := withChanges(result.FromUpdate(updated, err), d.Row, info.Before, start.Before.Doubt)
	r.Took = time.Since(began)
	return v.applyDecision(recording, d, r, err, start, repeatable)
}

// applyDecision decides about a try and carries the decision out.
func (v *Vendor) applyDecision(ctx context.Context, d *queue.Delivery, r result.Result, err error, start journal.Start, repeatable bool) error {
	next := decide(err, r.Outcome, start.Before, repeatable, v.health.answeredLately())
	if next.outage {
		v.health.recordFailure(err)
	} else {
		v.health.recordSuccess()
	}
	if next.stop {
		v.giveUp(err)
	} else if away, reason := v.health.outage(); away > v.Patience {
		v.giveUp(fmt.Errorf("every request has failed for %v: %w", away.Round(time.Second), reason))
	}
	if next.final {
		return v.finishRow(ctx, d, r, start)
	}
	if err := v.Journal.Release(ctx, start, next.doubt); err != nil {
		v.reportLost(journal.ReleaseEvent(start, next.doubt), d, r)
		return err
	}
	if next.pause > 0 {
		if err := v.Calls.Pause(ctx, next.pause); err != nil {
			return err
		}
	}
	d.Nak(next.delay)
	return nil
}

func (v *Vendor) finishRow(ctx context.Context, d *queue.Delivery, r result.Result, start journal.Start) error {
	r = withRow(d.Row, r)
	r.Attempts = start.Before.Starts + 1
	r.At = time.Now().UTC()
	if err := v.Journal.Finish(ctx, r); err != nil {
		v.reportLost(journal.FinishEvent(r), d, r)
		return err
	}
	d.Ack()
	return nil
}

// withRow adds the row's position and credit to its result.
func withRow(row row.Row, r result.Result) result.Result {
	r.Row, r.Line, r.Key = row.Number, row.Line, row.Key
	r.Vendor, r.ID, r.Owner = row.Vendor, row.Ref.ID, row.Ref.Owner
	return r
}

func (v *Vendor) reportLost(e journal.Event, d *queue.Delivery, r result.Result) {
	if v.OnLost != nil {
		v.OnLost(e, withRow(d.Row, r))
	}
}

func (v *Vendor) giveUp(reason error) { v.stopped.CompareAndSwap(nil, &reason) }

// waitForLimits reserves the change and its first request, before the row is
// started: a process that dies while it waits has sent nothing.
func (v *Vendor) waitForLimits(ctx context.Context) error {
	v.waiting.Add(1)
	defer v.waiting.Add(-1)
	if err := v.Writes.Wait(ctx); err != nil {
		return err
	}
	return v.Calls.Wait(ctx)
}

// callOptions returns the options of a row's call, which fills info.
func (v *Vendor) callOptions(r row.Row, info *credit.CallInfo) []credit.CallOption {
	opts := []credit.CallOption{credit.WithInfo(info)}
	if v.Job.Before {
		opts = append(opts, credit.WithBefore())
	}
	if r.HasExpect() {
		opts = append(opts, credit.WithExpect(expectedRecord(r)))
	}
	switch {
	case v.Job.DryRun:
		opts = append(opts, credit.WithDryRun())
	case v.Updater.Support().IdempotencyKeys:
		opts = append(opts, credit.WithIdempotencyKey(IdempotencyKey(v.Job, r)))
	}
	return opts
}
