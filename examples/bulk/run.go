package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "apply a file; run it again after a crash, and it goes on",
		Description: "The queue is in this process, or on the server that -nats names, where others\n" +
			"can work on the job meanwhile.",
		Flags: slices.Concat(inputFlags(), jobFlags(), workFlags(), resultFlags(), natsFlags(false), []cli.Flag{
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
				s.baseURLs = s.fakes.urls()
			}
			return run(ctx, s, os.Stdout)
		},
	}
}

func run(ctx context.Context, s settings, out *os.File) error {
	began := time.Now()
	if s.nats != "" && (s.lazy || s.maxStore != 0) {
		return errors.New("-lazy-sync and -max-store are for the queue in this process: leave them out beside -nats")
	}
	if err := s.writable(); err != nil {
		return err
	}
	in, err := openInput(ctx, s, out)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := s.ready(ctx, in.job.Vendors()); err != nil {
		return err
	}
	if s.fakes != nil {
		if err := s.fakes.seed(in.good()); err != nil {
			return err
		}
	}
	q, err := s.queue(in.folder)
	if err != nil {
		return unfinished{err}
	}
	defer q.Close()
	if err := q.Create(ctx, in.job); err != nil {
		return unfinished{err}
	}
	snapshot, err := apply(ctx, q, in.job, in, s, newView(out))
	if err != nil {
		return unfinished{err}
	}
	if ctx.Err() == nil {
		j, err := q.Journal(ctx, in.job)
		if err == nil {
			err = write(ctx, j, in.job, s)
		}
		if err != nil {
			return unfinished{err}
		}
	}
	return tell(out, snapshot, time.Since(began))
}

// queue is the server that -nats names, or one in this process.
func (s settings) queue(f *folder.Folder) (*queue.Queue, error) {
	if s.nats != "" {
		return queue.Connect(s.nats, s.natsCreds)
	}
	return queue.Embed(queue.Storage{Dir: f.Queue(), Lazy: s.lazy, Max: s.maxStore})
}

func newView(out *os.File) progress.View {
	fd := int(out.Fd())
	return progress.New(out, term.IsTerminal(fd), func() int {
		width, _, err := term.GetSize(fd)
		if err != nil {
			return 80
		}
		return width
	})
}
