package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/rescue"
	"github.com/creditkit/creditkit/examples/bulk/internal/reserve"
)

// A backend is what the workers depend on: the queue of a job, its journal, and the
// files that protect them.
type backend struct {
	queue   *queue.Queue
	job     queue.Job
	journal *journal.Journal
	marks   *mark.File    // nil if the queue is on a server
	reserve *reserve.File // nil without a state folder
	rescue  *rescue.Rescue
	errs    *holdingWriter // the standard error
	stop    context.CancelFunc
}

func (b *backend) Close() {
	if b.stop != nil {
		b.stop()
	}
	if b.rescue != nil {
		b.rescue.Close()
	}
	b.queue.Close()
	if b.marks != nil {
		_ = b.marks.Close() // the journal knows what a mark has lost
	}
	if b.reserve != nil {
		_ = b.reserve.Close() // each answer in it was synced
	}
}

// runError adds the answers that could not be recorded to the error of a run.
func (b *backend) runError(err error) error { return unfinishedError{err, b.rescue.Summary()} }

// newBackend opens the job's queue, verifies its journal, and imports what an
// earlier run could not record.
func newBackend(ctx context.Context, s settings, in *input) (*backend, error) {
	b, err := openBackend(ctx, s, in)
	if err == nil || !isDamage(err) {
		return b, err
	}
	damage := err
	if errors.Is(err, queue.ErrCannotOpen) {
		if full := checkFreeSpace(in.folder.Dir); full != nil {
			return nil, errors.Join(err, full)
		}
	}
	salvage, err := in.recoverJournal(ctx, s.rescued, s.acceptDamage)
	if err != nil {
		return nil, errors.Join(damage, err)
	}
	if !s.acceptDamage {
		return nil, in.reportDamage(os.Stderr, damage, salvage)
	}
	fmt.Fprintf(os.Stderr, "bulk: %v; continuing with %d rows as unknown. The damaged files are kept in %s.\n", damage, len(salvage.InDoubt), in.folder.Dir)
	return openBackend(ctx, s, in)
}

// checkFreeSpace returns an error if a file of a megabyte cannot be written into
// the folder.
func checkFreeSpace(dir string) error {
	f, err := os.CreateTemp(dir, ".room-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 1<<20))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

func isDamage(err error) bool { return journal.IsDamage(err) || errors.Is(err, queue.ErrCannotOpen) }

func openBackend(ctx context.Context, s settings, in *input) (b *backend, err error) {
	b = &backend{job: in.job, errs: &holdingWriter{w: os.Stderr}}
	if s.nats != "" {
		err = b.useServer(ctx, s, in)
	} else {
		err = b.useEmbedded(ctx, s, in)
	}
	if err != nil {
		if b.queue != nil {
			b.Close()
		}
		return nil, err
	}
	return b, nil
}

// A setupError is the error of a command that is wrong, before anything was sent.
type setupError struct{ error }

func (r setupError) Unwrap() error { return r.error }

// An unconfirmedError is the error of a job that must not begin. Nothing was sent.
type unconfirmedError struct{ error }

func (u unconfirmedError) Unwrap() error { return u.error }

// confirmWith returns an unconfirmedError if the job must not begin.
func (in *input) confirmWith(ctx context.Context, q *queue.Queue) error {
	if err := in.confirm(ctx, q); err != nil {
		return setupError{unconfirmedError{err}}
	}
	return nil
}

// useServer uses the queue of a server. A job that was submitted and removed must
// not begin again.
func (b *backend) useServer(ctx context.Context, s settings, in *input) (err error) {
	if b.queue, err = queue.Connect(s.nats, s.natsCreds); err != nil {
		return err
	}
	if in.job.Submitted {
		if _, err := b.queue.Job(ctx, in.job.Name); errors.Is(err, queue.ErrNoJob) {
			return setupError{fmt.Errorf("the job %s was submitted to the server %s, but the server of -nats does not have it: use the first server; if the job was removed there, it has ended",
				in.job.Name, in.job.Server)}
		}
	}
	if err := in.confirmWith(ctx, b.queue); err != nil {
		return err
	}
	if err := b.queue.Create(ctx, in.job); err != nil {
		return setupError{err}
	}
	in.job.Submitted = true
	if err := in.folder.SaveJob(in.job); err != nil {
		return err
	}
	if b.job, err = b.queue.Claim(ctx, in.job, in.job.Target); err != nil {
		return setupError{err}
	}
	return b.loadJournal(ctx, s, in)
}

// useEmbedded uses the queue in the state folder.
func (b *backend) useEmbedded(ctx context.Context, s settings, in *input) (err error) {
	if err := in.finishRecovery(); err != nil {
		return err
	}
	b.queue, err = queue.Embed(queue.Storage{Dir: in.folder.Queue(), Lazy: s.lazySync, Max: s.maxStore})
	if err != nil {
		return err
	}
	if err := in.confirmWith(ctx, b.queue); err != nil {
		return err
	}
	if err := b.queue.Create(ctx, in.job); err != nil {
		return err
	}
	if b.marks, err = mark.Open(in.folder.Marks(), in.job.Digest, in.job.Rows); err != nil {
		return err
	}
	return b.loadJournal(ctx, s, in)
}

// loadJournal reads and verifies the journal, imports entries that it does not
// have, and creates the reserve. in is nil for a process without a state folder.
func (b *backend) loadJournal(ctx context.Context, s settings, in *input) (err error) {
	b.rescue = &rescue.Rescue{Job: b.job, Dirs: rescueDirs(s), Out: b.errs}
	b.journal, b.stop, err = openJournal(ctx, b.queue, b.job, func(j *journal.Journal) {
		j.Marks, j.Spill = b.marks, b.rescue.Spill
	})
	if err != nil {
		return err
	}
	if err := b.journal.Verify(); err != nil {
		return err
	}
	if in != nil {
		if err := b.importReserve(ctx, s, in); err != nil {
			return err
		}
	}
	if s.rescued == "" {
		return nil
	}
	entries, err := rescue.Read(s.rescued, b.job)
	if err != nil {
		return setupError{fmt.Errorf("-rescued: %w", err)}
	}
	return b.importAll(ctx, entries)
}

// importReserve imports the entries of a recovery and of the reserve, and creates
// an empty reserve.
func (b *backend) importReserve(ctx context.Context, s settings, in *input) error {
	if f, err := os.Open(in.folder.Restored()); err == nil {
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() && err == nil {
			err = b.journal.Import(ctx, lines.Bytes())
		}
		if err := errors.Join(err, lines.Err(), f.Close()); err != nil {
			return fmt.Errorf("%s: %w", in.folder.Restored(), err)
		}
		if err := os.Remove(in.folder.Restored()); err != nil {
			return err
		}
	}
	entries, err := reserve.Read(in.folder.Reserve())
	if err != nil {
		return err
	}
	if err := b.importAll(ctx, entries); err != nil {
		return err
	}
	if len(entries) > 0 {
		fmt.Fprintf(b.errs, "bulk: %d answers that an earlier run could not record are recorded now\n", len(entries))
	}
	b.reserve, err = reserve.Create(in.folder.Reserve(), reserveSize(s, b.job))
	if err != nil {
		return fmt.Errorf("cannot create the reserve in the state folder, the disk may be full: %w", err)
	}
	b.rescue.Reserve = b.reserve
	return nil
}

func (b *backend) importAll(ctx context.Context, entries [][]byte) error {
	for _, text := range entries {
		if err := b.journal.Import(ctx, text); err != nil {
			return err
		}
	}
	return b.journal.CatchUp(ctx)
}

// reserveSize returns a size for the answers of all rows that can be in flight.
// Most answers take less than 1 KiB.
func reserveSize(s settings, job queue.Job) int64 {
	size := int64(16 << 10)
	for _, name := range job.Vendors() {
		size += int64(s.limits[name].InFlight) * 4 << 10
	}
	return size
}

// rescueDirs returns the folders that are tried for a rescue file.
func rescueDirs(s settings) []string {
	dirs := []string{os.TempDir()}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, home)
	}
	if s.results != "" {
		dirs = append(dirs, filepath.Dir(s.results))
	}
	return append(dirs, ".")
}
