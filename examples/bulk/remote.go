package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
)

func submitCommand() *cli.Command {
	return &cli.Command{
		Name:   "submit",
		Usage:  "submit a file to a NATS server, for workers on any machine; after a crash, submit it again",
		Flags:  slices.Concat(inputFlags(), jobFlags(), natsFlags(true)),
		Action: withQueue(submitFile),
	}
}

func workCommand() *cli.Command {
	return &cli.Command{
		Name:   "work",
		Usage:  "work on a job of a NATS server until it is done",
		Flags:  slices.Concat(natsFlags(true), workFlags()),
		Action: withQueue(workOnJob),
	}
}

func statusCommand() *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "show the progress of a job of a NATS server, and write the files of -results and -report",
		Flags: slices.Concat(natsFlags(true), resultFlags("default: none is written", "default: none is written"), []cli.Flag{
			&cli.BoolFlag{Name: "watch", Usage: "show the progress until the job has ended"},
			&cli.BoolFlag{Name: "remove", Usage: "remove the job from the server if it has ended"},
		}),
		Action: withQueue(showStatus),
	}
}

type queueAction func(ctx context.Context, c *cli.Command, q *queue.Queue, s settings, out *terminal) error

func withQueue(do queueAction) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		s, err := newSettings(c)
		if err != nil {
			return err
		}
		if err := s.checkOutputs(); err != nil {
			return err
		}
		q, err := queue.Connect(s.nats, s.natsCreds)
		if err != nil {
			return err
		}
		defer q.Close()
		out := &terminal{file: os.Stdout}
		return cmp.Or(do(ctx, c, q, s, out), out.writeError())
	}
}

func submitFile(ctx context.Context, _ *cli.Command, q *queue.Queue, s settings, out *terminal) error {
	in, err := openInput(ctx, s, out)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := q.Create(ctx, in.job); err != nil {
		return err
	}
	in.job.Submitted = true
	if err := in.folder.SaveJob(in.job); err != nil {
		return err
	}
	j, stop, err := openJournal(ctx, q, in.job, nil)
	if err != nil {
		return unfinishedError{error: err}
	}
	defer stop()
	if err := submitRows(ctx, q, in, j); err != nil {
		return unfinishedError{error: err}
	}
	fmt.Fprintf(out, "job %s: %d rows to be sent, %d skipped\n", in.job.Name, in.job.GoodRows(), in.job.Bad)
	return nil
}

func workOnJob(ctx context.Context, _ *cli.Command, q *queue.Queue, s settings, out *terminal) error {
	began := time.Now()
	job, err := q.Job(ctx, s.job)
	if err != nil {
		return err
	}
	if err := s.checkCredentials(ctx, job.Vendors()); err != nil {
		return err
	}
	if job, err = q.Claim(ctx, job, s.targetOf(job)); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s\n", job.Input, job.Target)
	b := &backend{queue: q, job: job, errs: &holdingWriter{w: os.Stderr}}
	if err := b.loadJournal(ctx, s, nil); err != nil {
		return unfinishedSetup(err)
	}
	defer b.stop()
	defer b.rescue.Close()
	before := journalSnapshot(job, b.journal.Counts()).Ended()
	last, err := b.apply(ctx, nil, s, newView(out), nil)
	if err != nil {
		return b.runError(err)
	}
	return printSummary(out, last, progress.Session{Before: before, Now: time.Since(began), All: time.Since(job.Created)})
}

func showStatus(ctx context.Context, c *cli.Command, q *queue.Queue, s settings, out *terminal) error {
	jobs, err := q.Jobs(ctx)
	if err != nil {
		return err
	}
	if s.job == "" && len(jobs) != 1 {
		return printJobs(out, jobs)
	}
	job, err := q.Job(ctx, s.job)
	if err != nil {
		return err
	}
	if job, err = q.Claimed(ctx, job); err != nil {
		return err
	}
	j, stop, err := openJournal(ctx, q, job, nil)
	if err != nil {
		return err
	}
	defer stop()
	if c.Bool("watch") {
		if err := watchJob(ctx, j, job, out); err != nil {
			return err
		}
	}
	now := journalSnapshot(job, j.Counts())
	if err := writeResults(ctx, j, job, s); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s\njob %s\n", job.Input, job.Target, job.Name)
	switch complete, err := q.Submitted(ctx, job); {
	case err != nil:
		return err
	case !complete:
		fmt.Fprintln(out, "its rows are not all submitted yet: submit the file again, unless another process is submitting it")
	}
	end := printSummary(out, now, progress.Session{Before: now.Ended()})
	if !c.Bool("remove") {
		return end
	}
	if exitCode(end) == codeUnfinished {
		return errors.New("the job has not ended, so it is not removed")
	}
	return errors.Join(q.Remove(ctx, job), end)
}

// watchJob shows the progress of a job until all its rows have ended, or ctx ends.
func watchJob(ctx context.Context, j *journal.Journal, job queue.Job, out *terminal) error {
	b := &backend{errs: &holdingWriter{w: os.Stderr}}
	stop := b.startProgress(newView(out), func() progress.Snapshot {
		s := journalSnapshot(job, j.Counts())
		s.Title, s.Target, s.Elapsed = job.Input, job.Target.String(), time.Since(job.Created)
		return s
	}, nil)
	defer stop()
	err := j.Wait(ctx, func(counts map[string]journal.Counts) bool {
		return journalSnapshot(job, counts).Ended() >= job.Rows
	})
	if ctx.Err() != nil {
		return nil // the summary shows the rows so far
	}
	return err
}

func printJobs(out io.Writer, jobs []queue.Job) error {
	for _, j := range jobs {
		fmt.Fprintf(out, "%s\t%s\t%d rows\t%s\n", j.Name, j.Input, j.Rows, j.Created.Format(time.DateTime))
	}
	if len(jobs) == 0 {
		fmt.Fprintln(out, "the server has no jobs")
	}
	return nil
}
