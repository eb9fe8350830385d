package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "apply a file; run it again after a crash, and it goes on",
		Description: "The queue is in this process, or on the server that -nats names, where others\n" +
			"can work on the job meanwhile.",
		Flags: slices.Concat(inputFlags(), jobFlags(), workFlags(), resultFlags(), natsFlags(false), []cli.Flag{
			&cli.BoolFlag{Name: "accept-damage", Usage: "continue although the journal is damaged: rows that may have been sent end as unknown"},
			&cli.BoolFlag{Name: "fake", Usage: "call fakes of the vendors in this process, which have a credit for each row"},
			&cli.BoolFlag{Name: "lazy-sync", Usage: "faster, and safe against a killed process, but not against a power cut"},
			&cli.Int64Flag{Name: "max-store", Usage: "the most that the queue may take of the disk, in `bytes`"},
		}),
		Action: func(ctx context.Context, c *cli.Command) error {
			s, err := newSettings(c)
			if err != nil {
				return err
			}
			if c.Bool("fake") {
				if s.fakes, err = newFakes(); err != nil {
					return err
				}
			}
			s.sendsRows = true
			return runFile(ctx, s, &terminal{file: os.Stdout})
		},
	}
}

func runFile(ctx context.Context, s settings, out *terminal) error {
	if s.nats != "" && (s.lazySync || s.maxStore != 0 || s.acceptDamage) {
		return errors.New("-lazy-sync, -max-store and -accept-damage are for the queue in the state folder: leave them out beside -nats")
	}
	if err := s.checkOutputs(); err != nil {
		return err
	}
	in, err := openInput(ctx, s, out)
	if err != nil {
		return err
	}
	defer in.Close()
	if s.fakes != nil {
		if err := s.fakes.seedRecords(in.goodRows()); err != nil {
			return err
		}
	}
	b, err := newBackend(ctx, s, in)
	if err != nil {
		return unfinishedSetup(err)
	}
	defer b.Close()
	return b.runJob(ctx, s, in, out)
}

// unfinishedSetup is the error of a run that has sent nothing: rows are left, unless the
// command itself is wrong.
func unfinishedSetup(err error) error {
	_, isExit := errors.AsType[exitError](err)
	_, isRefused := errors.AsType[setupError](err)
	if isExit || isRefused {
		return err
	}
	return unfinishedError{error: err}
}

// runJob works on the job, and writes its files whatever the end, so that they show
// the rows so far.
func (b *backend) runJob(ctx context.Context, s settings, in *input, out *terminal) error {
	clock := in.folder.StartClock()
	defer clock.Save()
	before := snapshot(b.job, b.journal.Counts()).Ended()
	last, err := b.apply(ctx, in, s, newView(out), clock)
	if errors.Is(err, errRowsLost) && s.nats == "" {
		fmt.Fprintf(b.errs, "bulk: %v; they are put into the queue again\n", err)
		if err = b.queue.ResetRows(ctx, b.job); err == nil {
			last, err = b.apply(ctx, in, s, newView(out), clock)
		}
	}
	if err != nil {
		return b.runError(err)
	}
	if err := writeResults(context.WithoutCancel(ctx), b.journal, b.job, s); err != nil {
		return unfinishedError{error: fmt.Errorf("the results cannot be written: %w", err)}
	}
	session := progress.Session{Before: before, Now: clock.Now(), All: clock.Worked(), Runs: clock.Runs()}
	if s.nats != "" {
		session.All, session.Runs = time.Since(b.job.Created), 0
	}
	status := printSummary(out, last, session)
	fmt.Fprintf(out, "\nresults: %s\nreport: %s\n", s.results, s.report)
	out.warnIfFailed(s.results)
	return status
}

func newView(out *terminal) progress.View {
	fd := int(out.file.Fd())
	return progress.New(out, term.IsTerminal(fd), func() (width, height int) {
		width, height, err := term.GetSize(fd)
		if err != nil {
			return 80, 0
		}
		return width, height
	})
}
