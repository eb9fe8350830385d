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

// writeResults makes the files of results and the report from the job's journal, those
// that have a name.
func writeResults(ctx context.Context, j *journal.Journal, job queue.Job, s settings) error {
	if s.results == "" && s.report == "" {
		return nil
	}
	store, err := result.OpenStore(filepath.Dir(cmp.Or(s.results, s.report)))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }() // its files are scratch
	if err := j.Results(ctx, store.Add); err != nil {
		return err
	}
	return errors.Join(
		writeFile(s.results, func(w io.Writer) error { return store.WriteCSV(w, job.Target.String(), job.Rows) }),
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

// A named file is one of a flag.
type flagFile struct{ flag, path string }

// checkOutputs finds out before the work that the files of results and the report
// cannot be written, or would replace a file that the command needs.
func (s settings) checkOutputs() error {
	others := []flagFile{{"-in", s.in}, {"-nats-creds", s.natsCreds}, {"-rescued", s.rescued}}
	for _, file := range []flagFile{{"-results", s.results}, {"-report", s.report}} {
		if file.path == "" {
			continue
		}
		for _, other := range others {
			if other.path != "" && sameFile(other.path, file.path) {
				return fmt.Errorf("%s %s and %s %s are the same file: name another", other.flag, other.path, file.flag, file.path)
			}
		}
		others = append(others, file)
		if s.state != "" && isInside(file.path, s.state) {
			return fmt.Errorf("%s %s is in the state folder %s: name another file", file.flag, file.path, s.state)
		}
		if info, err := os.Stat(file.path); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s: %s is not a regular file: name another", file.flag, file.path)
		}
		if err := checkWritable(filepath.Dir(file.path)); err != nil {
			return fmt.Errorf("%s: no file can be written in the folder of %s, make it or name another: %w", file.flag, file.path, err)
		}
	}
	return nil
}

// sameFile compares files and not their names, so that links and other spellings
// of a folder do not count. Files that do not exist are the same if they have one
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
		return false // nothing is in it
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

// resolvePath is the absolute path of a file without links in its folder or in its
// own name.
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

// checkWritable writes a file into a folder, and removes it.
func checkWritable(dir string) error {
	f, err := os.CreateTemp(dir, ".bulk-*.tmp")
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			return failed.Err // its name means nothing to the user
		}
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
