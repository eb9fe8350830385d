package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

// Workers make the changes of the journal's open jobs. The orders of one credit are
// made one after the other, in the order of their arrival: one that has not ended holds
// the later ones. Several processes can share a journal.
type workers struct {
	store    journal.Store
	updaters map[string]credit.Updater // by vendor
	slots    map[string]chan struct{}  // by vendor: the changes that run at the same time
	lease    time.Duration
	poll     time.Duration // between two looks at the journal
	log      *slog.Logger

	wakeUp chan struct{}
	calls  context.Context // of the changes; ends after the grace period
	busy   sync.WaitGroup

	mu      sync.Mutex
	credits map[creditKey]bool // that a goroutine works on
	delays  map[string]delay   // by key
}

// A creditKey identifies a credit.
type creditKey struct {
	vendor string
	ref    credit.Ref
}

// A delay is how long a key that did not end waits for its next run.
type delay struct {
	failures int
	until    time.Time
}

// The longest waits before the next run of a key. A doubt that a run does not resolve
// most often needs a person.
const (
	maxDelay      = 10 * time.Minute
	maxDoubtDelay = 6 * time.Hour
)

func newWorkers(calls context.Context, store journal.Store, updaters map[string]credit.Updater, s settings, log *slog.Logger) *workers {
	w := &workers{
		store: store, updaters: updaters, slots: make(map[string]chan struct{}),
		lease: s.lease, poll: s.poll, log: log,
		wakeUp: make(chan struct{}, 1), calls: calls,
		credits: make(map[creditKey]bool), delays: make(map[string]delay),
	}
	for name := range updaters {
		w.slots[name] = make(chan struct{}, s.parallel)
	}
	return w
}

// wake makes the workers look at the journal at once.
func (w *workers) wake() {
	select {
	case w.wakeUp <- struct{}{}:
	default: // they are about to look
	}
}

// retry forgets the delay of a key, and wakes the workers.
func (w *workers) retry(key string) {
	w.mu.Lock()
	delete(w.delays, key)
	w.mu.Unlock()
	w.wake()
}

// run starts changes until ctx ends, and waits for those that it has started.
func (w *workers) run(ctx context.Context) {
	defer w.busy.Wait()
	for {
		if err := w.start(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("journal not read", "error", err)
		}
		timer := time.NewTimer(w.poll)
		select {
		case <-ctx.Done():
		case <-w.wakeUp:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// start looks at the open jobs, and starts a goroutine for each credit that has some.
func (w *workers) start(ctx context.Context) error {
	var order []creditKey // of the oldest job
	open := make(map[creditKey][]*journal.Entry)
	for entry, err := range journal.List(ctx, w.store, true) {
		if err != nil {
			return err
		}
		c := creditKey{entry.Job.Vendor, entry.Job.Ref}
		if len(open[c]) == 0 {
			order = append(order, c)
		}
		open[c] = append(open[c], entry)
	}
	w.forgetDelays(open)
	for _, c := range order {
		if w.updaters[c.vendor] == nil {
			w.log.Warn("orders wait for a vendor that is not in the catalogue", "vendor", c.vendor, "order", open[c][0].Job.Key)
			continue
		}
		if w.claim(c, open[c][0]) {
			w.busy.Go(func() { w.runCredit(ctx, c, open[c]) })
		}
	}
	return nil
}

// forgetDelays forgets the delays of keys that ended in another process.
func (w *workers) forgetDelays(open map[creditKey][]*journal.Entry) {
	keys := make(map[string]bool)
	for _, entries := range open {
		for _, entry := range entries {
			keys[entry.Job.Key] = true
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.DeleteFunc(w.delays, func(key string, _ delay) bool { return !keys[key] })
}

// claim reports whether the credit's first job can run now, and keeps other goroutines
// away from the credit if it can.
func (w *workers) claim(c creditKey, first *journal.Entry) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.credits[c] || first.State == journal.StateRunning || time.Now().Before(w.delays[first.Job.Key].until) {
		return false
	}
	w.credits[c] = true
	return true
}

// runCredit makes the changes of one credit until one does not end.
func (w *workers) runCredit(ctx context.Context, c creditKey, entries []*journal.Entry) {
	defer func() {
		w.mu.Lock()
		delete(w.credits, c)
		w.mu.Unlock()
	}()
	for _, entry := range entries {
		select {
		case w.slots[c.vendor] <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return
		}
		ended := w.runJob(entry.Job)
		<-w.slots[c.vendor]
		if !ended {
			return
		}
	}
}

// runJob makes one change, and reports whether its key has ended. It goes on after a
// signal to stop: the outcome of a request that was sent must be recorded.
func (w *workers) runJob(job journal.Job) (ended bool) {
	runner := journal.Runner{Store: w.store, Updater: w.updaters[job.Vendor], Lease: w.lease}
	entry, err := runner.Run(w.calls, job)
	log := w.log.With("order", job.Key, "vendor", job.Vendor)
	ended = entry != nil && entry.State == journal.StateEnded
	switch {
	case errors.Is(err, journal.ErrRunning):
		return false // another process has it
	case ended:
		w.mu.Lock()
		delete(w.delays, job.Key)
		w.mu.Unlock()
		log.Info("order ended", "outcome", entry.Outcome, "attempts", entry.Attempts, "error", err)
	default:
		longest := maxDelay
		if entry != nil && entry.State == journal.StateInDoubt {
			longest = maxDoubtDelay
		}
		d := w.postpone(job.Key, longest, err)
		log.Warn("order did not end", "outcome", credit.OutcomeOf(err), "next", d, "error", err)
	}
	return ended
}

// postpone sets when the key runs next: after twice the last wait, or when the vendor
// says.
func (w *workers) postpone(key string, longest time.Duration, err error) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.delays[key]
	wait := min(w.poll<<min(d.failures, 16), longest)
	wait += rand.N(wait/4 + 1)
	if failed, ok := errors.AsType[*credit.Error](err); ok {
		wait = max(wait, failed.RetryAfter)
	}
	w.delays[key] = delay{d.failures + 1, time.Now().Add(wait)}
	return wait
}
