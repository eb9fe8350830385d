package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// apply works on the job until it is done, its vendors are given up or ctx ends,
// and shows the progress. If in is not nil, it submits the input as well.
func (b *backend) apply(ctx context.Context, in *input, s settings, view progress.View, clock *folder.Clock) (progress.Snapshot, error) {
	p, err := newPool(ctx, b, s)
	if err != nil {
		return progress.Snapshot{}, err
	}
	group, working := errgroup.WithContext(ctx)
	if in != nil {
		group.Go(func() error {
			defer p.allSubmitted.Store(true)
			return submitRows(working, b.queue, in, b.journal)
		})
	}
	group.Go(func() error { return p.run(working) })
	began := time.Now()
	now := func() progress.Snapshot {
		snapshot := p.snapshot()
		snapshot.Elapsed = time.Since(began)
		return snapshot
	}
	shown := b.startProgress(view, now, clock)
	err = group.Wait()
	shown()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // the submission was interrupted, and continues with the next run
	}
	return p.snapshot(), err
}

// openJournal opens the job's journal, and returns after it has read all its
// entries. The journal is followed until stop, also after the end of ctx, because
// answers that arrive then must be recorded. prepare can set fields of the journal.
func openJournal(ctx context.Context, q *queue.Queue, job queue.Job, prepare func(*journal.Journal)) (j *journal.Journal, stop context.CancelFunc, err error) {
	if j, err = q.Journal(ctx, job); err != nil {
		return nil, nil, err
	}
	if prepare != nil {
		prepare(j)
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() { _ = j.Follow(following) }() // the methods of the journal return its error
	if err := j.CatchUp(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	return j, stop, nil
}

// startProgress updates the view until it is stopped. If the view redraws a table,
// the standard error is held back meanwhile.
func (b *backend) startProgress(view progress.View, snapshot func() progress.Snapshot, clock *folder.Clock) (stop func()) {
	if progress.Redraws(view) {
		b.errs.hold()
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for ticks := 1; ; ticks++ {
			view.Show(snapshot())
			select {
			case <-ticker.C:
				if ticks%5 == 0 {
					clock.Save()
				}
			case <-quit:
				view.Show(snapshot())
				view.Close()
				b.errs.release()
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// submitRows stores the rows that are not stored yet, and the results of the bad
// rows.
func submitRows(ctx context.Context, q *queue.Queue, in *input, j *journal.Journal) error {
	if err := recordSkipped(ctx, in, j); err != nil {
		return err
	}
	for {
		err := q.Submit(ctx, in.job, in.goodRows())
		if !errors.Is(err, queue.ErrOvertaken) {
			return err
		}
	}
}

func recordSkipped(ctx context.Context, in *input, j *journal.Journal) error {
	var known int64
	for _, c := range j.Counts() {
		known += c.Skipped
	}
	if known == in.job.Bad {
		return nil
	}
	for bad, err := range in.allRows() {
		if err != nil {
			return err
		}
		if len(bad.problems) == 0 {
			continue
		}
		if err := j.Finish(ctx, journal.NewDoneEvent(skippedResult(bad), "")); err != nil {
			return err
		}
	}
	return nil
}

func skippedResult(bad checkedRow) result.Result {
	var reasons []string
	for _, p := range bad.problems {
		reasons = append(reasons, p.String())
	}
	return result.Result{
		Row: bad.Number, Line: bad.Line, Vendor: bad.Vendor, ID: bad.Ref.ID, Owner: bad.Ref.Owner, Key: bad.Key,
		Outcome: result.Skipped, Kind: result.KindBadRow, Error: strings.Join(reasons, "; "), At: time.Now().UTC(),
	}
}

// printSummary prints the end of a run, and returns its exit code.
func printSummary(out io.Writer, s progress.Snapshot, session progress.Session) error {
	fmt.Fprint(out, progress.Summary(s, session))
	var done, total int64
	ended := true
	for _, v := range s.Vendors {
		done += v.Done
		total += v.Total
		ended = ended && v.Left() == 0
		if v.Paused != "" {
			fmt.Fprintf(out, "%s: %s\n", v.Name, v.Paused)
		}
	}
	switch {
	case !ended:
		return exitError(codeUnfinished)
	case done < total:
		return exitError(codeNotAll)
	}
	return nil
}
