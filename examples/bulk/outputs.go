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

	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/report"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// writeResults writes the results file and the report, if they have a name, from
// the job's journal.
func writeResults(ctx context.Context, j *journal.Journal, job queue.Job, s settings) error {
	if s.results == "" && s.report == "" {
		return nil
	}
	store, err := result.OpenStore(filepath.Dir(cmp.Or(s.results, s.report)))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }() // its files are temporary
	if err := j.Results(ctx, store.Add); err != nil {
		return err
	}
	return errors.Join(
		writeFile(s.results, func(w io.Writer) error {
			return store.WriteCSV(w, result.CSVOptions{About: job.Target.String(), Rows: job.Rows, BOM: s.bom})
		}),
		writeFile(s.report, func(w io.Writer) error {
			header := report.Header{
				Title: job.Input, Digest: "sha256:" + job.Digest, Rows: job.Rows,
				DryRun: job.DryRun, Fake: job.Target.Mode.IsFake(), Target: job.Target.String(),
				Started: job.Created, Ended: time.Now().UTC(),
			}
			if s.results != "" {
				header.Results = filepath.Base(s.results)
			}
			return report.Write(w, header, store.All(job.Rows))
		}))
}

func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	return result.WriteFile(name, write)
}

// A flagFile is a file that a flag names.
type flagFile struct{ flag, path string }

// checkOutputs returns an error if the results file or the report cannot be
// written, or would replace a file that the command needs. It runs before the work.
func (s settings) checkOutputs() error {
	if s.state != "" {
		if err := folder.Validate(s.state); err != nil {
			return err
		}
	}
	others := []flagFile{{"-in", s.in}, {"-nats-creds", s.natsCreds}, {"-rescued", s.rescued}}
	for _, file := range []flagFile{{"-results", s.results}, {"-report", s.report}} {
		if file.path == "" {
			continue
		}
		if s.state != "" && isInside(file.path, s.state) {
			return fmt.Errorf("%s %s is in the state folder %s: use another name", file.flag, file.path, s.state)
		}
		if err := checkOutput(file, others); err != nil {
			return err
		}
		others = append(others, file)
	}
	return nil
}

// sameFile compares files and not their names, so that it recognizes links and
// different spellings. Files that do not exist are the same if they have the same
// name in the same folder.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	switch {
	case errA == nil && errB == nil:
		return os.SameFile(infoA, infoB)
	case errA == nil || errB == nil || filepath.Base(a) != filepath.Base(b):
		return false
	}
	infoA, errA = os.Stat(filepath.Dir(a))
	infoB, errB = os.Stat(filepath.Dir(b))
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// isInside reports whether a file is in a folder or below it.
func isInside(file, dir string) bool {
	want, err := os.Stat(dir)
	if err != nil {
		return false // a missing folder contains nothing
	}
	for _, file := range []string{file, resolvePath(file)} {
		for at := filepath.Dir(file); ; at = filepath.Dir(at) {
			if info, err := os.Stat(at); err == nil && os.SameFile(info, want) {
				return true
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return false
}

// resolvePath returns the absolute path of a file, without symbolic links in its
// folder or its name.
func resolvePath(file string) string {
	if path, err := filepath.EvalSymlinks(file); err == nil {
		file = path
	} else if dir, err := filepath.EvalSymlinks(filepath.Dir(file)); err == nil {
		file = filepath.Join(dir, filepath.Base(file))
	}
	if path, err := filepath.Abs(file); err == nil {
		return path
	}
	return file
}

// checkWritable creates a file in a folder and removes it.
func checkWritable(dir string) error {
	f, err := os.CreateTemp(dir, ".bulk-*.tmp")
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			return failed.Err // the name of the temporary file means nothing to the user
		}
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
