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
	// Updater makes a single attempt at each call: what is to be done after a
	// failure is decided here, for the whole fleet.
	Updater credit.Updater
	Rows    *queue.Rows
	Journal *journal.Journal
	// Writes is waited for before each change; Calls is the Updater's limiter.
	Writes, Calls *limit.Bucket
	InFlight      int
	Job           queue.Job
	// Patience is how long the vendor may be away before it is given up.
	Patience time.Duration
	// Grace is how long calls may go on after Run was told to end, and then
	// how long it may take to record them.
	Grace time.Duration
	// Lost gets each answer that the journal did not take: the entry, and the
	// result that it is about. It may be nil.
	OnLost func(e journal.Event, r result.Result)

	health  health
	waiting atomic.Int64
	stopped atomic.Pointer[error]
}

// Waiting counts the rows of this process that wait for a limit.
func (v *Vendor) Waiting() int64 { return v.waiting.Load() }

// Paused is how long the vendor has asked to be left alone.
func (v *Vendor) Paused() time.Duration { return v.Calls.Paused() }

// Stopped is why the vendor is not called any more; its rows stay in the queue.
func (v *Vendor) Stopped() error {
	if p := v.stopped.Load(); p != nil {
		return *p
	}
	return nil
}

// Run works until ctx ends or the vendor has to be given up. Its error says that
// the journal or the queue has failed, and that nothing more may be sent.
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
					stop() // the others must not send what cannot be recorded
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// graceful is a context that outlives its parent for a while.
func withGrace(parent context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		timer := time.AfterFunc(grace, cancel)
		<-ctx.Done()
		timer.Stop()
	})
	return ctx, func() { stop(); cancel() }
}

// work makes one try at a row. The end of taking cuts short the wait for a
// limit; the end of calls the call, and a grace later what is recorded of it.
func (v *Vendor) processRow(taking, calls context.Context, d *queue.Delivery) error {
	keeping, stop := context.WithCancel(context.WithoutCancel(calls))
	var kept sync.WaitGroup
	kept.Go(func() { d.Heartbeat(keeping) })
	defer kept.Wait()
	defer stop()

	if err := v.waitForLimits(taking); err != nil {
		d.Nak(0)
		if taking.Err() != nil {
			return nil // not started, and it comes again
		}
		return err
	}
	if v.Stopped() != nil {
		d.Nak(0) // another row has found out meanwhile
		return nil
	}
	// A row that is being recorded has to be, whatever the calls' time is.
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
		return v.finishRow(recording, d, result.Result{
			Outcome: result.Unknown, Kind: result.KindInterrupted,
			Error: "the process that sent the change ended before it had the answer, and sending the change again might not be harmless: look at the credit",
		}, start)
	}
	began := time.Now()
	updated, err := v.Updater.Update(v.Calls.WithReservation(calls), d.Row.Ref, d.Row.Patch, v.callOptions(d.Row)...)
	r := result.FromUpdate(updated, err)
	r.Took = time.Since(began)
	return v.applyDecision(recording, d, r, err, start, repeatable)
}

// follow does what the verdict says.
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
		v.giveUp(fmt.Errorf("nothing but failures for %v: %w", away.Round(time.Second), reason))
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

// place adds to the result which row it is about.
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

// wait takes a place of the write and of its first call, before the row is
// started: a process that dies while it waits has sent nothing.
func (v *Vendor) waitForLimits(ctx context.Context) error {
	v.waiting.Add(1)
	defer v.waiting.Add(-1)
	if err := v.Writes.Wait(ctx); err != nil {
		return err
	}
	return v.Calls.Wait(ctx)
}

func (v *Vendor) callOptions(r row.Row) []credit.CallOption {
	if v.Job.DryRun {
		return []credit.CallOption{credit.WithDryRun()}
	}
	if v.Updater.Support().IdempotencyKeys {
		return []credit.CallOption{credit.WithIdempotencyKey(IdempotencyKey(v.Job, r))}
	}
	return nil
}
