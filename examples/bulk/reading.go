package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/bulk/internal/plan"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/reading"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
)

// lookingAction returns the action of a command that sends no row. It parses the flags and
// starts the fakes, and returns the error of the output if the command has none.
func lookingAction(run func(ctx context.Context, c *cli.Command, s settings, out *terminal) error) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		s, err := newSettings(c)
		if err != nil {
			return err
		}
		if err := s.openFakes(); err != nil {
			return err
		}
		out := &terminal{file: os.Stdout}
		return cmp.Or(run(ctx, c, s, out), out.writeError())
	}
}

// readFlags are the flags of commands that read credits and write none.
func readFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "base-url", Usage: "another address of a vendor, as `vendor=URL`; may be repeated"},
		&cli.StringSliceFlag{Name: "limit-calls", Usage: "the maximum number of requests in a period, as `vendor=120/1m`; vendor=none for no limit"},
		&cli.StringSliceFlag{Name: "in-flight", Usage: "the maximum number of reads in flight, as `vendor=8`"},
		&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "the maximum time of one request"},
		&cli.DurationFlag{Name: "patience", Value: 10 * time.Minute, Usage: "how long every read of a vendor may fail before the command fails"},
		&cli.StringFlag{Name: "nats", OnlyOnce: true, Usage: "the `URL` of the NATS server whose jobs share the limit of requests with this command"},
		natsCredsFlag(),
	}
}

func outFlag(usage string) cli.Flag {
	return &cli.StringFlag{Name: "out", Usage: usage, Required: true, OnlyOnce: true}
}

// A readSession is a command that reads credits. Its limits are those of a run: of all
// processes that use the server of -nats, or of the command alone without it.
type readSession struct {
	settings
	dir   string // of temporary files
	queue *queue.Queue
}

func newReadSession(s settings) (*readSession, error) {
	dir, err := os.MkdirTemp("", "bulk-read-")
	if err != nil {
		return nil, err
	}
	r := &readSession{settings: s, dir: dir}
	if s.nats != "" {
		r.queue, err = queue.Connect(s.nats, s.natsCreds)
	} else {
		r.queue, err = queue.Embed(queue.Storage{Dir: filepath.Join(dir, "queue"), Lazy: true})
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return r, nil
}

func (r *readSession) Close() {
	r.queue.Close()
	_ = os.RemoveAll(r.dir) // in the folder of temporary files
}

// updater returns an Updater of the vendor that retries its reads, and its limiter.
func (r *readSession) updater(ctx context.Context, name string) (credit.Updater, *limit.Bucket, error) {
	calls, err := r.queue.Bucket(ctx, name+".calls", r.limits[name].Calls)
	if err != nil {
		return nil, nil, err
	}
	updater, err := r.newUpdater(ctx, name, calls, credit.WithRetry(credit.RetryPolicy{}))
	return updater, calls, err
}

// vendors returns what reads the credits of the vendors.
func (r *readSession) vendors(ctx context.Context, names []string) (map[string]*reading.Vendor, error) {
	vendors := make(map[string]*reading.Vendor)
	for _, name := range names {
		updater, calls, err := r.updater(ctx, name)
		if err != nil {
			return nil, err
		}
		vendors[name] = &reading.Vendor{Updater: updater, Calls: calls, InFlight: r.limits[name].InFlight, Patience: r.patience}
	}
	return vendors, nil
}

// planVendors returns what reads the credits of a plan.
func (r *readSession) planVendors(ctx context.Context, names []string, guardAll bool) (map[string]*plan.Vendor, error) {
	readers, err := r.vendors(ctx, names)
	vendors := make(map[string]*plan.Vendor)
	for name, v := range readers {
		vendors[name] = &plan.Vendor{Vendor: v, GuardAll: guardAll}
	}
	return vendors, err
}

// realTarget returns the target of changes of the vendors.
func (s settings) realTarget(vendors []string) target.Target {
	return target.New(target.ModeOf(s.fakes != nil, false), vendors, s.baseURLs, s.getenv)
}

// checkOutput returns an error if a file cannot be written, or would replace a file that
// the command reads or writes.
func checkOutput(file flagFile, others []flagFile) error {
	for _, other := range others {
		if other.path != "" && sameFile(other.path, file.path) {
			return fmt.Errorf("%s %s and %s %s are the same file: use another name", other.flag, other.path, file.flag, file.path)
		}
	}
	if info, err := os.Stat(file.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %s is not a regular file: use another name", file.flag, file.path)
	}
	if err := checkWritable(filepath.Dir(file.path)); err != nil {
		return fmt.Errorf("%s: cannot write a file into the folder of %s, create it or use another: %w", file.flag, file.path, err)
	}
	return nil
}

// A limitedList prints the first lines of a list and counts the others.
type limitedList struct {
	out  io.Writer
	seen int
}

func (l *limitedList) add(format string, args ...any) {
	if l.seen++; l.seen <= maxListedRows {
		fmt.Fprintf(l.out, format+"\n", args...)
	}
}

// end prints the number of lines that were not printed; all of them are in the file.
func (l *limitedList) end(file string) {
	if n := l.seen - maxListedRows; n > 0 {
		fmt.Fprintf(l.out, "and %d more, which are in %s\n", n, file)
	}
}
