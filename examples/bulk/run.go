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
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "apply a file; after a crash, run it again to continue",
		Description: "The queue is in this process, or on the NATS server of -nats, where other\n" +
			"processes can work on the same job.\n\n" +
			"On a terminal it reads the credits whose amounts the file changes first, shows the\n" +
			"sums, and asks if there are outliers, such as a total that becomes ten times what it\n" +
			"was. Without a yes nothing is sent, and the exit code is 2. A script is not asked:\n" +
			"-check-outliers makes it read and refuse outliers, -yes accepts them unread.",
		Flags: slices.Concat(inputFlags(), jobFlags(), workFlags(), natsFlags(false), runFlags(), []cli.Flag{
			yesFlag(), checkOutliersFlag(),
			&cli.BoolFlag{Name: "before", Usage: "read each credit before its change, so that the results show it and undo can put it back; one more request a row at most vendors"},
		}),
		Action: func(ctx context.Context, c *cli.Command) error {
			s, err := newSettings(c)
			if err != nil {
				return err
			}
			if err := s.openFakes(); err != nil {
				return err
			}
			s.sendsRows = true
			return runFile(ctx, s, &terminal{file: os.Stdout})
		},
	}
}

// runFlags are the flags of commands that apply a file, except those of the file.
func runFlags() []cli.Flag {
	return slices.Concat(resultFlags(
		"default: the file's name plus .results.csv, after .fake and .dry-run",
		"default: the file's name plus .report.html, after .fake and .dry-run",
	), []cli.Flag{
		&cli.BoolFlag{Name: "accept-damage", Usage: "continue although the state folder is damaged: rows that may have been sent end as unknown"},
		&cli.BoolFlag{Name: "fake", Usage: "call simulated vendors in this process, which have a credit for each row"},
		&cli.BoolFlag{Name: "lazy-sync", Usage: "do not sync each write: faster, and safe if the process is killed, but not after a power cut"},
		&cli.Int64Flag{Name: "max-store", Usage: "the maximum size of the queue on the disk in `bytes`, 0 for no limit", HideDefault: true},
	})
}

func runFile(ctx context.Context, s settings, out *terminal) error {
	if s.nats != "" && (s.lazySync || s.maxStore != 0 || s.acceptDamage) {
		return errors.New("-lazy-sync, -max-store and -accept-damage apply to the queue in the state folder: remove them, or remove -nats")
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
		if err := seedFakes(ctx, s, in); err != nil {
			return err
		}
	}
	in.confirm = newPreview(s, in, out).confirm
	b, err := newBackend(ctx, s, in)
	if err != nil {
		if _, isNew := errors.AsType[unconfirmedError](err); isNew && in.created {
			in.folder.Discard() // the file can be corrected and run again
		}
		return unfinishedSetup(err)
	}
	defer b.Close()
	return b.runJob(ctx, s, in, out)
}

// seedFakes gives the fakes a credit for each row. Those of a plan have the values that the
// plan has read.
func seedFakes(ctx context.Context, s settings, in *input) error {
	if in.format == row.Plan {
		return s.seedExpected(ctx, in.goodRows())
	}
	return s.fakes.seedRecords(in.goodRows())
}

// unfinishedSetup marks an error before the work as unfinished, because rows are
// left, unless the command itself is wrong.
func unfinishedSetup(err error) error {
	_, isExit := errors.AsType[exitError](err)
	_, isRefused := errors.AsType[setupError](err)
	if isExit || isRefused {
		return err
	}
	return unfinishedError{error: err}
}

// runJob works on the job, and always writes the results and the report, so that
// they show the rows so far.
func (b *backend) runJob(ctx context.Context, s settings, in *input, out *terminal) error {
	clock := in.folder.StartClock()
	defer clock.Save()
	before := journalSnapshot(b.job, b.journal.Counts()).Ended()
	last, err := b.apply(ctx, in, s, newView(out), clock)
	if errors.Is(err, errRowsLost) && s.nats == "" {
		fmt.Fprintf(b.errs, "bulk: %v; they are submitted again\n", err)
		if err = b.queue.ResetRows(ctx, b.job); err == nil {
			last, err = b.apply(ctx, in, s, newView(out), clock)
		}
	}
	if err != nil {
		return b.runError(err)
	}
	if err := writeResults(context.WithoutCancel(ctx), b.journal, b.job, s); err != nil {
		return unfinishedError{error: fmt.Errorf("cannot write the results: %w", err)}
	}
	session := progress.Session{Before: before, Now: clock.Now(), All: clock.Worked(), Runs: clock.Runs(), DryRun: s.dryRun}
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
