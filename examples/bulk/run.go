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
			s.works = true
			return run(ctx, s, &screen{file: os.Stdout})
		},
	}
}

func run(ctx context.Context, s settings, out *screen) error {
	if s.nats != "" && (s.lazy || s.maxStore != 0 || s.acceptDamage) {
		return errors.New("-lazy-sync, -max-store and -accept-damage are for the queue in the state folder: leave them out beside -nats")
	}
	if err := s.writable(); err != nil {
		return err
	}
	in, err := openInput(ctx, s, out)
	if err != nil {
		return err
	}
	defer in.Close()
	if s.fakes != nil {
		if err := s.fakes.seed(in.good()); err != nil {
			return err
		}
	}
	d, err := newBackend(ctx, s, in)
	if err != nil {
		return notBegun(err)
	}
	defer d.Close()
	return d.run(ctx, s, in, out)
}

// notBegun is the error of a run that has sent nothing: rows are left, unless the
// command itself is wrong.
func notBegun(err error) error {
	_, isExit := errors.AsType[exit](err)
	_, isRefused := errors.AsType[refused](err)
	if isExit || isRefused {
		return err
	}
	return unfinished{error: err}
}

// run works on the job, and writes its files whatever the end, so that they show
// the rows so far.
func (d *backend) run(ctx context.Context, s settings, in *input, out *screen) error {
	clock := in.folder.StartClock()
	defer clock.Save()
	before := snapshot(d.job, d.journal.Counts()).Settled()
	last, err := d.apply(ctx, in, s, newView(out), clock)
	if errors.Is(err, errRowsLost) && s.nats == "" {
		fmt.Fprintf(d.errs, "bulk: %v; they are put into the queue again\n", err)
		if err = d.queue.ResetRows(ctx, d.job); err == nil {
			last, err = d.apply(ctx, in, s, newView(out), clock)
		}
	}
	if err != nil {
		return d.failed(err)
	}
	if err := write(context.WithoutCancel(ctx), d.journal, d.job, s); err != nil {
		return unfinished{error: fmt.Errorf("the results cannot be written: %w", err)}
	}
	session := progress.Session{Before: before, Now: clock.Now(), All: clock.Worked(), Runs: clock.Runs()}
	if s.nats != "" {
		session.All, session.Runs = time.Since(d.job.Made), 0
	}
	status := printSummary(out, last, session)
	fmt.Fprintf(out, "\nresults: %s\nreport: %s\n", s.results, s.report)
	out.warn(s.results)
	return status
}

func newView(out *screen) progress.View {
	fd := int(out.file.Fd())
	return progress.New(out, term.IsTerminal(fd), func() (width, height int) {
		width, height, err := term.GetSize(fd)
		if err != nil {
			return 80, 0
		}
		return width, height
	})
}
