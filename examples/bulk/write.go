package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/report"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// write makes the files of results and the report from the job's journal, those
// that have a name.
func write(ctx context.Context, j *journal.Journal, job queue.Job, s settings) error {
	if s.results == "" && s.report == "" {
		return nil
	}
	book, err := result.OpenBook(filepath.Dir(cmp.Or(s.results, s.report)))
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }() // its files are scratch
	if err := j.Results(ctx, book.Add); err != nil {
		return err
	}
	return errors.Join(
		writeFile(s.results, func(w io.Writer) error { return book.WriteCSV(w, job.Rows) }),
		writeFile(s.report, func(w io.Writer) error {
			header := report.Header{
				Title: job.Input, Digest: "sha256:" + job.Digest, Rows: job.Rows, DryRun: job.DryRun,
				Started: job.Made, Ended: time.Now().UTC(),
			}
			if s.results != "" {
				header.Results = filepath.Base(s.results)
			}
			return report.Write(w, header, book.All(job.Rows))
		}))
}

func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	return result.WriteFile(name, write)
}

// writable finds out before the work what would else be known after it: that
// the files of results and the report cannot be written, or would be written
// over something.
func (s settings) writable() error {
	others := map[string]string{absolute(s.in): "-in"}
	for _, file := range []struct{ flag, name string }{{"-results", s.results}, {"-report", s.report}} {
		if file.name == "" {
			continue
		}
		if other, taken := others[absolute(file.name)]; taken {
			return fmt.Errorf("%s and %s are the same file, %s: name another", other, file.flag, file.name)
		}
		others[absolute(file.name)] = file.flag
		if info, err := os.Stat(file.name); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s: %s is no file that can be replaced: name another", file.flag, file.name)
		}
		if err := probe(filepath.Dir(file.name)); err != nil {
			return fmt.Errorf("%s: no file can be written in the folder of %s, make it or name another: %w", file.flag, file.name, err)
		}
	}
	return nil
}

// probe writes a file into a folder, and takes it away.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, ".bulk-*.tmp")
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			return failed.Err // its name means nothing to the user
		}
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// absolute tells files apart, but for links. No name stays none.
func absolute(name string) string {
	if path, err := filepath.Abs(name); err == nil && name != "" {
		return path
	}
	return name
}
