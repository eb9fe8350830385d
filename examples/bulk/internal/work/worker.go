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

// processBlock makes one try of each row of the block that has no result, and returns the
// block to the queue if rows are left. After two failures in a row it waits with the rest:
// the vendor is probably away.
func (v *Vendor) processBlock(taking, calls context.Context, b *queue.Block) error {
	keeping, stop := context.WithCancel(context.WithoutCancel(calls))
	var kept sync.WaitGroup
	kept.Go(func() { b.Heartbeat(keeping) })
	defer kept.Wait()
	defer stop()

	// The results must be recorded, also when the time of the calls is over. They are stored
	// while the next rows are tried: until then the journal has the end of the change.
	recording, cancel := withGrace(calls, v.Grace)
	defer cancel()
	var results []func() error
	left, delay, err := v.processRows(taking, calls, b.Rows, func(e journal.Event) {
		results = append(results, v.finishRow(recording, e))
	})
	for _, wait := range results {
		err = errors.Join(err, wait())
	}
	switch {
	case err != nil:
		b.Nak(0)
	case left:
		b.Nak(delay)
	default:
		b.Ack()
	}
	return err
}

// processRows makes one try of each row that has no result, and passes the results to
// finish. It reports whether rows are left, and how long to wait before their next try.
func (v *Vendor) processRows(taking, calls context.Context, rows []row.Row, finish func(journal.Event)) (left bool, delay time.Duration, err error) {
	failures := 0
	for _, r := range rows {
		if v.Journal.IsDone(r.Number) {
			continue
		}
		if taking.Err() != nil || v.Stopped() != nil || failures == 2 {
			return true, delay, nil //nolint:nilerr // the end of taking is not a failure
		}
		e, next, err := v.processRow(taking, calls, r)
		if err != nil {
			return true, 0, err
		}
		if next.delay > 0 {
			failures++
		} else {
			failures = 0
		}
		switch {
		case next.done:
		case next.final:
			finish(e)
		default:
			left, delay = true, max(delay, next.delay)
		}
	}
	return left, delay, nil
}

// processRow makes one try of a row. The end of taking ends the wait for a limit, and the
// row is then not started; the end of calls ends the call, and a grace period later its
// recording.
func (v *Vendor) processRow(taking, calls context.Context, r row.Row) (journal.Event, decision, error) {
	err := v.waitForLimits(taking)
	if taking.Err() != nil || v.Stopped() != nil { // another row has given up the vendor meanwhile
		return journal.Event{}, decision{}, nil // it is delivered again
	}
	if err != nil {
		return journal.Event{}, decision{}, err
	}
	e, next, err := v.newTry(r).run(v.Calls.WithReservation(calls))
	if err == nil && next.pause > 0 {
		recording, cancel := withGrace(calls, v.Grace)
		defer cancel()
		err = v.Calls.Pause(recording, next.pause)
	}
	return e, next, err
}

// decide decides about a try, and gives the vendor up if no other row can succeed.
func (v *Vendor) decide(err error, outcome result.Outcome, tries int, repeatable bool) decision {
	next := decide(err, outcome, tries, repeatable, v.health.answeredLately())
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

// finishRow begins to record a result. The returned function waits for that.
func (v *Vendor) finishRow(ctx context.Context, e journal.Event) (wait func() error) {
	stored := v.Journal.BeginFinish(ctx, e)
	return func() error {
		err := stored()
		if err != nil {
			v.reportLost(e, *e.Result)
		}
		return err
	}
}

func (v *Vendor) reportLost(e journal.Event, r result.Result) {
	if v.OnLost != nil {
		v.OnLost(e, r)
	}
}

func (v *Vendor) giveUp(reason error) {
	v.stopped.CompareAndSwap(nil, &reason)
	v.Journal.Recheck() // the pool may wait for the rows of this vendor
}

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
