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
	Rows    queue.Source
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
				b, err := v.Rows.Next(taking)
				if errors.Is(err, queue.ErrNoBlock) || taking.Err() != nil {
					continue
				}
				if err == nil {
					err = v.processBlock(taking, calls, b)
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

// processBlock makes one try of each row of the block that has not ended, and returns the
// block to the queue if rows are left. After two failures in a row it waits with the rest:
// the vendor is probably away.
func (v *Vendor) processBlock(taking, calls context.Context, b *queue.Block) error {
	keeping, stop := context.WithCancel(context.WithoutCancel(calls))
	var kept sync.WaitGroup
	kept.Go(func() { b.Heartbeat(keeping) })
	defer kept.Wait()
	defer stop()

	var left bool
	var delay time.Duration
	failures := 0
	for _, r := range b.Rows {
		if v.Journal.HasEnded(r.Number) {
			continue
		}
		if taking.Err() != nil || v.Stopped() != nil || failures == 2 {
			left = true
			break
		}
		ended, wait, err := v.processRow(taking, calls, r)
		if err != nil {
			b.Nak(0)
			return err
		}
		if wait > 0 {
			failures++
		} else {
			failures = 0
		}
		left, delay = left || !ended, max(delay, wait)
	}
	if left {
		b.Nak(delay)
	} else {
		b.Ack()
	}
	return nil
}

// processRow makes one try of a row, and reports whether it has ended, or else how long to
// wait before the next try. The end of taking ends the wait for a limit; the end of calls
// ends the call, and a grace period later its recording.
func (v *Vendor) processRow(taking, calls context.Context, r row.Row) (ended bool, wait time.Duration, err error) {
	if err := v.waitForLimits(taking); err != nil {
		if taking.Err() != nil {
			return false, 0, nil // not started; it is delivered again
		}
		return false, 0, err
	}
	if v.Stopped() != nil {
		return false, 0, nil // another row has given up the vendor meanwhile
	}
	// The answer must be recorded, also when the time of the calls is over.
	recording, cancel := context.WithCancel(context.WithoutCancel(calls))
	defer cancel()
	defer context.AfterFunc(calls, func() { time.AfterFunc(v.Grace, cancel) })()

	start, err := v.Journal.Start(recording, r.Number, v.Name)
	if err != nil || start.Ended {
		return start.Ended, 0, err
	}
	calls = v.Calls.WithReservation(calls)
	repeatable := v.mayRepeat(r, start.Before)
	if start.Before.Doubt && !repeatable {
		return true, 0, v.finishRow(recording, r, withChanges(v.resolve(calls, r, interrupted), r, nil, true), start)
	}
	began := time.Now()
	var info credit.CallInfo
	updated, err := v.Updater.Update(calls, r.Ref, r.Patch, v.callOptions(r, &info)...)
	if start.Before.Doubt && showsOwnChange(r, err) {
		updated, err = nil, nil
	}
	res := withChanges(result.FromUpdate(updated, err), r, info.Before, start.Before.Doubt)
	res.Took = time.Since(began)
	next := v.decide(err, res, start.Before, repeatable)
	if next.final {
		if res.Outcome == result.Unknown {
			res = v.resolve(calls, r, res)
		}
		return true, 0, v.finishRow(recording, r, res, start)
	}
	return false, next.delay, v.releaseRow(recording, r, res, start, next)
}

// decide decides about a try, and gives the vendor up if no other row can succeed.
func (v *Vendor) decide(err error, r result.Result, before journal.Entry, repeatable bool) decision {
	next := decide(err, r.Outcome, before, repeatable, v.health.answeredLately())
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
	return next
}

// releaseRow records that the row is to be tried again, and pauses the vendor if it has
// asked for that.
func (v *Vendor) releaseRow(ctx context.Context, r row.Row, res result.Result, start journal.Start, next decision) error {
	if err := v.Journal.Release(ctx, start, next.doubt); err != nil {
		v.reportLost(journal.ReleaseEvent(start, next.doubt), r, res)
		return err
	}
	if next.pause > 0 {
		return v.Calls.Pause(ctx, next.pause)
	}
	return nil
}

func (v *Vendor) finishRow(ctx context.Context, r row.Row, res result.Result, start journal.Start) error {
	res = withRow(r, res)
	res.Attempts = start.Before.Starts + 1
	res.At = time.Now().UTC()
	err := v.Journal.Finish(ctx, res)
	if err != nil {
		v.reportLost(journal.FinishEvent(res), r, res)
	}
	return err
}

// withRow adds the row's position and credit to its result.
func withRow(row row.Row, r result.Result) result.Result {
	r.Row, r.Line, r.Key = row.Number, row.Line, row.Key
	r.Vendor, r.ID, r.Owner = row.Vendor, row.Ref.ID, row.Ref.Owner
	return r
}

func (v *Vendor) reportLost(e journal.Event, r row.Row, res result.Result) {
	if v.OnLost != nil {
		v.OnLost(e, withRow(r, res))
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
