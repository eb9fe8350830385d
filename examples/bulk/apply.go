package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// apply works on a job until it is done, given up or ctx ends, and shows how it
// goes. With an input it submits that as well.
func apply(ctx context.Context, q *queue.Queue, job queue.Job, in *input, s settings, view progress.View) (progress.Snapshot, error) {
	j, stop, err := follow(ctx, q, job)
	if err != nil {
		return progress.Snapshot{}, err
	}
	defer stop()
	c, err := newCrew(ctx, q, job, j, s)
	if err != nil {
		return progress.Snapshot{}, err
	}
	group, working := errgroup.WithContext(ctx)
	if in != nil {
		group.Go(func() error { return submit(working, q, in, j) })
	}
	group.Go(func() error { return c.run(working) })
	shown := show(view, c.snapshot)
	err = group.Wait()
	shown()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // the submission was told to end, and goes on the next time
	}
	return c.snapshot(), err
}

// follow opens the job's journal, and returns when all that it holds by now is
// known. It is followed until stop: beyond the end of ctx, because what is on its
// way then has to be recorded.
func follow(ctx context.Context, q *queue.Queue, job queue.Job) (j *journal.Journal, stop context.CancelFunc, err error) {
	if j, err = q.Journal(ctx, job); err != nil {
		return nil, nil, err
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() { _ = j.Follow(following) }() // whoever waits for the journal gets its error
	if err := j.CatchUp(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	return j, stop, nil
}

// show feeds the view until it is stopped.
func show(view progress.View, snapshot func() progress.Snapshot) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for {
			view.Show(snapshot())
			select {
			case <-ticker.C:
			case <-quit:
				view.Show(snapshot())
				view.Close()
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// submit stores the rows that are not stored yet, and what became of the bad
// ones.
func submit(ctx context.Context, q *queue.Queue, in *input, j *journal.Journal) error {
	if err := skip(ctx, in, j); err != nil {
		return err
	}
	for {
		err := q.Submit(ctx, in.job, in.good())
		if !errors.Is(err, queue.ErrOvertaken) {
			return err
		}
	}
}

func skip(ctx context.Context, in *input, j *journal.Journal) error {
	var known int64
	for _, c := range j.Counts() {
		known += c.Skipped
	}
	if known == in.job.Bad {
		return nil
	}
	for bad, err := range in.all() {
		if err != nil {
			return err
		}
		if len(bad.problems) == 0 {
			continue
		}
		if err := j.Finish(ctx, skipped(bad)); err != nil {
			return err
		}
	}
	return nil
}

func skipped(bad judged) result.Result {
	var reasons []string
	for _, p := range bad.problems {
		reasons = append(reasons, p.String())
	}
	return result.Result{
		Row: bad.Number, Line: bad.Line, Vendor: bad.Vendor, ID: bad.Ref.ID, Owner: bad.Ref.Owner, Key: bad.Key,
		Outcome: result.Skipped, Kind: result.KindBadRow, Error: strings.Join(reasons, "; "), At: time.Now().UTC(),
	}
}

// tell ends a run in words, and in its exit code.
func tell(out io.Writer, s progress.Snapshot, took time.Duration) error {
	fmt.Fprint(out, progress.Summary(s, took))
	var done, total int64
	settled := true
	for _, v := range s.Vendors {
		done += v.Done
		total += v.Total
		settled = settled && v.Left() == 0
		if v.Paused != "" {
			fmt.Fprintf(out, "%s: %s\n", v.Name, v.Paused)
		}
	}
	switch {
	case !settled:
		return exit(codeUnfinished)
	case done < total:
		return exit(codeNotAll)
	}
	return nil
}
