package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	job     queue.Job
	journal *journal.Journal
	vendors []*work.Vendor
}

func newCrew(ctx context.Context, q *queue.Queue, job queue.Job, j *journal.Journal, s settings) (*crew, error) {
	c := &crew{job: job, journal: j}
	for _, name := range job.Vendors() {
		v, err := newVendor(ctx, q, name, job, s)
		if err != nil {
			return nil, err
		}
		v.Journal = j
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
	getenv := s.getenv
	if url := s.baseURLs[name]; url != "" {
		opts = append(opts, credit.WithBaseURL(url))
	}
	if s.fakes != nil {
		getenv = vendor.FakeEnv(name)
	}
	return vendor.Updater(ctx, name, getenv, opts...)
}

// ready says what this process lacks to work on the rows of the vendors, all of
// it at once. One that lacks a vendor's credentials works on none: it would end
// as if there were no more to do.
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
		err := c.journal.Wait(ctx, c.over)
		if ctx.Err() != nil {
			return nil
		}
		return err
	})
	return group.Wait()
}

// over says whether there is nothing left to do in this process.
func (c *crew) over(counts map[string]journal.Counts) bool {
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
	for i := range s.Vendors {
		for _, v := range c.vendors {
			if v.Name == s.Vendors[i].Name {
				s.Vendors[i].Waiting += v.Waiting()
				s.Vendors[i].Paused = c.hindrance(v)
			}
		}
	}
	return s
}

// hindrance is why nothing is sent to the vendor.
func (c *crew) hindrance(v *work.Vendor) string {
	if err := v.Stopped(); err != nil {
		return err.Error()
	}
	if c.journal.Silent() {
		return "the queue gives no answer: its server is away, or its disk full"
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
