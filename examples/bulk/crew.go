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

// A crew works on the rows of all vendors of a job, in this process.
type crew struct {
	job       queue.Job
	queue     *queue.Queue
	journal   *journal.Journal
	vendors   []*work.Vendor
	submitted atomic.Bool // the whole file is in the queue
}

func newCrew(ctx context.Context, d *backend, s settings) (*crew, error) {
	c := &crew{job: d.job, queue: d.queue, journal: d.journal}
	for _, name := range d.job.Vendors() {
		v, err := newVendor(ctx, d.queue, name, d.job, s)
		if err != nil {
			return nil, err
		}
		v.Journal, v.Lost = d.journal, d.rescue.Lost
		c.vendors = append(c.vendors, v)
	}
	return c, nil
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
	updater, err := s.updater(ctx, name, calls)
	if err != nil {
		return nil, err
	}
	return &work.Vendor{
		Name: name, Updater: updater, Rows: rows, Writes: writes, Calls: calls,
		InFlight: limits.InFlight, Job: job, Patience: s.patience, Grace: s.grace,
	}, nil
}

// updater makes one attempt at each call: a failure is for the queue, which
// knows of the other processes.
func (s settings) updater(ctx context.Context, name string, calls credit.Limiter) (credit.Updater, error) {
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
	return vendor.Updater(ctx, name, getenv, opts...)
}

// ready fails early if the credentials of some vendors are missing, and names all
// that is missing.
func (s settings) ready(ctx context.Context, vendors []string) error {
	var lacking []error
	for _, name := range vendors {
		_, err := s.updater(ctx, name, limit.NewBucket(nil, name, nil)) // nothing is sent
		lacking = append(lacking, err)
	}
	return errors.Join(lacking...)
}

// run works until all rows of the job have ended, or all vendors are given up,
// or ctx ends.
func (c *crew) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for _, v := range c.vendors {
		group.Go(func() error { return v.Run(ctx) })
	}
	group.Go(func() error {
		defer stop()
		err := c.journal.Wait(ctx, c.done)
		if ctx.Err() != nil {
			return nil
		}
		return err
	})
	group.Go(func() error { return c.watch(ctx) })
	return group.Wait()
}

// errRowsLost is the error of a queue that does not deliver rows which have not
// ended.
var errRowsLost = errors.New("the queue has lost rows that have not ended")

// The queue counts as one that has lost rows if nothing moves while it has no row
// on its way for so long.
const (
	watchEvery = 2 * time.Second
	mostIdle   = 4
)

// watch looks for rows that the queue does not deliver any more, where the queue is
// in this process and has the whole file.
func (c *crew) watch(ctx context.Context) error {
	var idle int
	var before map[string]journal.Counts
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
		counts := c.journal.Counts()
		moved := !maps.Equal(counts, before)
		before = counts
		if moved || !c.submitted.Load() || !c.idle(ctx, counts) {
			idle = 0
			continue
		}
		if idle++; idle == mostIdle {
			return errRowsLost
		}
	}
}

// idle reports whether some vendor has rows left, and no process has one of them
// or will get one.
func (c *crew) idle(ctx context.Context, counts map[string]journal.Counts) bool {
	for _, v := range c.vendors {
		if v.Stopped() != nil || v.Waiting() > 0 || v.Paused() > 0 || counts[v.Name].Ended() >= c.job.Vendor[v.Name] {
			continue
		}
		if out, err := v.Rows.OnTheirWay(ctx); err == nil && out == 0 {
			return true
		}
	}
	return false
}

// done reports whether every vendor of the job has finished or was given up.
func (c *crew) done(counts map[string]journal.Counts) bool {
	for _, v := range c.vendors {
		if v.Stopped() == nil && counts[v.Name].Ended() < c.job.Vendor[v.Name] {
			return false
		}
	}
	return true
}

// snapshot is where the job stands, with what only this process knows.
func (c *crew) snapshot() progress.Snapshot {
	s := snapshot(c.job, c.journal.Counts())
	s.Title, s.Target = c.job.Input, c.job.Target.String()
	for i := range s.Vendors {
		for _, v := range c.vendors {
			if v.Name == s.Vendors[i].Name {
				s.Vendors[i].Waiting += v.Waiting()
				s.Vendors[i].Paused = c.pauseReason(v)
			}
		}
	}
	return s
}

// pauseReason says why nothing is sent to the vendor.
func (c *crew) pauseReason(v *work.Vendor) string {
	if err := v.Stopped(); err != nil {
		return err.Error()
	}
	if c.journal.Silent() {
		return "the queue does not answer: its server is away, or its disk is full"
	}
	if d := v.Paused(); d > 0 {
		return fmt.Sprintf("rate limit, %v", d.Round(time.Second))
	}
	return ""
}

// snapshot is where the job stands in its journal.
func snapshot(job queue.Job, counts map[string]journal.Counts) progress.Snapshot {
	s := progress.Snapshot{Time: time.Now()}
	names := slices.Collect(maps.Keys(counts)) // of bad rows, too
	names = append(names, job.Vendors()...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		c := counts[name]
		s.Vendors = append(s.Vendors, progress.Vendor{
			Name: name, Total: job.Vendor[name] + c.Skipped,
			Done: c.Applied + c.Planned, Failed: c.Rejected + c.NotSent, Unknown: c.Unknown,
			Skipped: c.Skipped, Waiting: c.Waiting, InFlight: c.Open,
		})
	}
	return s
}
