package main

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/report"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// write makes the files of results and the report from the job's journal.
func write(ctx context.Context, q *queue.Queue, job queue.Job, s settings) error {
	_, stream, err := q.Journal(ctx, job)
	if err != nil {
		return err
	}
	book, err := result.OpenBook(filepath.Dir(s.results))
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }() // its files are scratch
	if err := journal.Results(ctx, stream, book.Add); err != nil {
		return err
	}
	err = result.WriteFile(s.results, func(w io.Writer) error { return book.WriteCSV(w, job.Rows) })
	if err != nil {
		return err
	}
	return result.WriteFile(s.report, func(w io.Writer) error {
		return report.Write(w, report.Header{
			Title: job.Input, Digest: "sha256:" + job.Digest, Results: filepath.Base(s.results), Rows: job.Rows, DryRun: job.DryRun,
			Started: job.Made, Ended: time.Now().UTC(),
		}, book.All(job.Rows))
	})
}
