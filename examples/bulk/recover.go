package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/rescue"
	"github.com/creditkit/creditkit/examples/bulk/internal/reserve"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// recoverJournal finds out what is still known of a job whose journal is damaged.
// If keep is set, it also writes the entries of a new journal: what is known, and
// unknown for each row in doubt. finishRecovery then replaces the damaged files.
func (in *input) recoverJournal(ctx context.Context, rescued string, keep bool) (*journal.Salvage, error) {
	unrecorded, err := in.unrecorded(rescued)
	if err != nil {
		return nil, err
	}
	if !keep {
		return in.salvageJournal(ctx, unrecorded, func([]byte) error { return nil })
	}
	var salvage *journal.Salvage
	err = result.WriteFile(in.folder.Recovery(), func(w io.Writer) (err error) {
		if err := in.copyRestored(w); err != nil {
			return err
		}
		salvage, err = in.salvageJournal(ctx, unrecorded, func(text []byte) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
		return err
	})
	return salvage, err
}

// unrecorded returns the answers that the journal did not accept: those of the reserve, and
// those of a rescue file unless its name is empty.
func (in *input) unrecorded(rescued string) ([][]byte, error) {
	entries, err := reserve.Read(in.folder.Reserve())
	if err != nil || rescued == "" {
		return entries, err
	}
	more, err := rescue.Read(rescued, in.job)
	if err != nil {
		return nil, setupError{fmt.Errorf("-rescued: %w", err)}
	}
	return append(entries, more...), nil
}

// copyRestored copies the entries of an earlier recovery that was interrupted.
func (in *input) copyRestored(w io.Writer) error {
	f, err := os.Open(in.folder.Restored())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return errors.Join(err, f.Close())
}

// salvageJournal reads the readable part of the journal, the unrecorded answers and the
// marks.
func (in *input) salvageJournal(ctx context.Context, unrecorded [][]byte, keep func(text []byte) error) (*journal.Salvage, error) {
	var log journal.Log
	q, err := queue.Embed(queue.Storage{Dir: in.folder.Queue(), Lazy: true})
	if err == nil {
		defer q.Close()
		if log, err = q.JournalLog(ctx, in.job); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, queue.ErrCannotOpen) {
		return nil, err
	}
	marks, err := mark.Open(in.folder.Marks(), in.job.Digest, in.job.Rows)
	if err != nil && !errors.Is(err, mark.ErrDamaged) {
		return nil, err
	}
	if marks != nil {
		defer func() { _ = marks.Close() }() // it was only read
	}
	describe, stop := in.rowLookup()
	defer stop()
	return journal.Recover(ctx, log, unrecorded, marks, in.job.Rows, in.job.DryRun, describe, keep)
}

// rowLookup returns a function that returns the position and credit of a row. The
// row numbers of its calls must rise.
func (in *input) rowLookup() (describe func(int64) (result.Result, error), stop func()) {
	next, stop := iter.Pull2(in.allRows())
	return func(number int64) (result.Result, error) {
		for {
			r, err, more := next()
			switch {
			case err != nil:
				return result.Result{}, err
			case !more:
				return result.Result{}, fmt.Errorf("the file has no row %d", number)
			case r.Number == number:
				return result.Result{Row: r.Number, Line: r.Line, Vendor: r.Vendor, ID: r.Ref.ID, Owner: r.Ref.Owner, Key: r.Key, Changes: changesOf(r.Row)}, nil
			}
		}
	}, stop
}

// changesOf returns the changes of a row whose answer is lost: the values before are those
// that the row expects, or unknown.
func changesOf(r row.Row) []result.Change {
	return result.ChangesOf(&credit.Record{Values: r.Expect}, r.Patch)
}

// finishRecovery replaces a damaged journal by a recovery, if there is one. It can
// be interrupted and repeated at any point.
func (in *input) finishRecovery() error {
	if _, err := os.Lstat(in.folder.Recovery()); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, path := range []string{in.folder.Queue(), in.folder.Marks()} {
		if err := in.folder.MoveAway(path); err != nil {
			return err
		}
	}
	if err := mark.Create(in.folder.Marks(), in.job.Digest, in.job.Rows); err != nil {
		return err
	}
	return os.Rename(in.folder.Recovery(), in.folder.Restored())
}

// maxListedRows is the number of rows in doubt on the screen; the file lists all.
const maxListedRows = 50

// reportDamage prints what is damaged, which rows are in doubt, and how to
// continue.
func (in *input) reportDamage(w io.Writer, damage error, s *journal.Salvage) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "bulk: the state folder %s is damaged, and nothing was sent by this run.\n", in.folder.Dir)
	fmt.Fprintf(out, "  cause: %v\n", damage)
	fmt.Fprintf(out, "  the journal has %d entries that can be read, and %d that cannot\n", s.Entries, s.Missing)
	if s.Restored > 0 {
		fmt.Fprintf(out, "  %d rows whose results are lost have an outcome that is known from what is left\n", s.Restored)
	}
	if len(s.InDoubt) == 0 {
		fmt.Fprintln(out, "No row is in doubt: the outcome of every row that was sent is known.")
	} else {
		fmt.Fprintf(out, "These %d rows were sent or may have been sent, and their outcome is not known. Look at their credits in the vendor's system:\n", len(s.InDoubt))
	}
	var list strings.Builder
	for i, r := range s.InDoubt {
		line := fmt.Sprintf("line %d: %s credit %q\n", r.Line, r.Vendor, r.ID)
		list.WriteString(line)
		if i < maxListedRows {
			fmt.Fprintf(out, "  %s", line)
		}
	}
	err := result.WriteFile(in.folder.InDoubt(), func(w io.Writer) error {
		_, err := io.WriteString(w, list.String())
		return err
	})
	if n := len(s.InDoubt) - maxListedRows; n > 0 && err == nil {
		fmt.Fprintf(out, "  and %d more, which are listed in %s\n", n, in.folder.InDoubt())
	}
	fmt.Fprintf(out, "To continue with these rows as unknown, without sending them again, run the same command with -accept-damage.\n")
	_ = out.Flush() // the terminal may be closed
	return exitError(codeDamaged)
}
