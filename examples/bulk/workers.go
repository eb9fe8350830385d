package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/work"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A pool is the workers of all vendors of a job, in this process.
type pool struct {
	job          queue.Job
	queue        *queue.Queue
	journal      *journal.Journal
	vendors      []*work.Vendor
	allSubmitted atomic.Bool // the whole file is in the queue
}

func newPool(ctx context.Context, b *backend, s settings) (*pool, error) {
	p := &pool{job: b.job, queue: b.queue, journal: b.journal}
	for _, name := range b.job.Vendors() {
		v, err := newVendor(ctx, b.queue, name, b.job, s)
		if err != nil {
			return nil, err
		}
		v.Journal, v.OnLost = b.journal, b.rescue.RecordLost
		p.vendors = append(p.vendors, v)
	}
	return p, nil
}

func newVendor(ctx context.Context, q *queue.Queue, name string, job queue.Job, s settings) (*work.Vendor, error) {
	limits := s.limits[name]
	writes, err := q.Bucket(ctx, name+".writes", limits.Writes)
	if err != nil {
		return nil, err
	}
	calls, err := q.Bucket(ctx, name+".calls", limits.Calls)
	if err != nil {
		return nil, err
	}
	rows, err := q.Rows(ctx, job, name, limits.InFlight)
	if err != nil {
		return nil, err
	}
	updater, err := s.newUpdater(ctx, name, calls)
	if err != nil {
		return nil, err
	}
	return &work.Vendor{
		Name: name, Updater: updater, Rows: rows, Writes: writes, Calls: calls,
		InFlight: limits.InFlight, Job: job, Patience: s.patience, Grace: s.grace,
	}, nil
}

// newUpdater returns an Updater that makes one attempt at each call. The queue
// retries, because it knows of the other processes. more can replace that.
func (s settings) newUpdater(ctx context.Context, name string, calls credit.Limiter, more ...credit.Option) (credit.Updater, error) {
	opts := []credit.Option{
		credit.WithUserAgent("creditkit-bulk/" + credit.Version),
		credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}),
		credit.WithLimiter(calls),
		credit.WithAttemptTimeout(s.timeout),
	}
	getenv, url := s.getenv, s.baseURLs[name]
	if s.fakes != nil {
		getenv, url = vendor.FakeEnv(name), s.fakes[name].URL
	}
	if url != "" {
		opts = append(opts, credit.WithBaseURL(url))
	}
	return vendor.Updater(ctx, name, getenv, append(opts, more...)...)
}

// checkCredentials returns an error that names all missing credentials of the
// vendors.
func (s settings) checkCredentials(ctx context.Context, vendors []string) error {
	var lacking []error
	for _, name := range vendors {
		_, err := s.newUpdater(ctx, name, limit.NewBucket(nil, name, nil)) // nothing is sent
		lacking = append(lacking, err)
	}
	return errors.Join(lacking...)
}

// run works until all rows of the job have ended, all vendors are given up, or ctx
// ends.
func (p *pool) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for _, v := range p.vendors {
		group.Go(func() error { return v.Run(ctx) })
	}
	group.Go(func() error {
		defer stop()
		err := p.journal.Wait(ctx, p.done)
		if ctx.Err() != nil {
			return nil
		}
		return err
	})
	group.Go(func() error { return p.watchForLostRows(ctx) })
	return group.Wait()
}

// errRowsLost reports that the queue does not deliver rows that have not ended.
var errRowsLost = errors.New("the queue has lost rows that have not ended")

// The queue has lost rows if, for maxIdleChecks intervals, no row changes its state and
// no row is delivered.
const (
	watchInterval = 2 * time.Second
	maxIdleChecks = 4
)

// watchForLostRows returns errRowsLost if the queue does not deliver the remaining
// rows. It checks only if the whole file was submitted by this process.
func (p *pool) watchForLostRows(ctx context.Context) error {
	var idle int
	var before map[string]journal.Counts
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchInterval):
		}
		counts := p.journal.Counts()
		moved := !maps.Equal(counts, before)
		before = counts
		if moved || !p.allSubmitted.Load() || !p.hasIdleVendor(ctx, counts) {
			idle = 0
			continue
		}
		if idle++; idle == maxIdleChecks {
			return errRowsLost
		}
	}
}

// hasIdleVendor reports whether a vendor has rows left that no process has or will
// get.
func (p *pool) hasIdleVendor(ctx context.Context, counts map[string]journal.Counts) bool {
	for _, v := range p.vendors {
		if v.Stopped() != nil || v.Waiting() > 0 || v.Paused() > 0 || counts[v.Name].Ended() >= p.job.VendorRows[v.Name] {
			continue
		}
		if out, err := v.Rows.AckPending(ctx); err == nil && out == 0 {
			return true
		}
	}
	return false
}

// done reports whether every vendor of the job has finished or was given up.
func (p *pool) done(counts map[string]journal.Counts) bool {
	for _, v := range p.vendors {
		if v.Stopped() == nil && counts[v.Name].Ended() < p.job.VendorRows[v.Name] {
			return false
		}
	}
	return true
}

// snapshot returns the progress of the job, with what only this process knows.
func (p *pool) snapshot() progress.Snapshot {
	s := journalSnapshot(p.job, p.journal.Counts())
	s.Title, s.Target = p.job.Input, p.job.Target.String()
	for i := range s.Vendors {
		for _, v := range p.vendors {
			if v.Name == s.Vendors[i].Name {
				s.Vendors[i].Waiting += v.Waiting()
				s.Vendors[i].Paused = p.pauseReason(v)
			}
		}
	}
	return s
}

// pauseReason returns why nothing is sent to the vendor, or "".
func (p *pool) pauseReason(v *work.Vendor) string {
	if err := v.Stopped(); err != nil {
		return err.Error()
	}
	if p.journal.Unanswered() {
		return "the queue does not answer: its server is not reachable, or its disk is full"
	}
	if d := v.Paused(); d > 0 {
		return fmt.Sprintf("rate limit, %v", d.Round(time.Second))
	}
	return ""
}

// journalSnapshot returns the progress of the job according to its journal.
func journalSnapshot(job queue.Job, counts map[string]journal.Counts) progress.Snapshot {
	s := progress.Snapshot{Time: time.Now()}
	names := slices.Collect(maps.Keys(counts)) // vendors of bad rows, too
	names = append(names, job.Vendors()...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		c := counts[name]
		s.Vendors = append(s.Vendors, progress.Vendor{
			Name: name, Total: job.VendorRows[name] + c.Skipped,
			Done: c.Applied + c.Planned, Failed: c.Rejected + c.NotSent, Unknown: c.Unknown,
			Skipped: c.Skipped, Waiting: c.Waiting, InFlight: c.Open,
		})
	}
	return s
}
