package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/check"
	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// An input is a job's file, as it was when the job was made.
type input struct {
	job    queue.Job
	format row.Format
	folder *folder.Folder
}

// openInput finds the job of the state folder, or checks the file and makes one.
// bad rows go to out, all of them, and make it fail unless they may be skipped.
func openInput(ctx context.Context, s settings, out io.Writer) (*input, error) {
	format, err := formatOf(s.in)
	if err != nil {
		return nil, err
	}
	f, err := folder.Open(s.state)
	if err != nil {
		return nil, err
	}
	in := &input{format: format, folder: f}
	job, found, err := f.Job()
	switch {
	case err != nil:
	case found:
		in.job = job
		err = in.recognize(s)
	default:
		err = in.create(ctx, s, out)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return in, nil
}

// formatOf is the format of a file that is there.
func formatOf(path string) (row.Format, error) {
	format, err := row.FormatOf(path)
	if err != nil {
		return format, err
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	return format, err
}

// recognize refuses a folder of another job.
func (in *input) recognize(s settings) error {
	digest, err := folder.Digest(s.in)
	switch {
	case err != nil:
		return err
	case digest != in.job.Digest:
		return fmt.Errorf("the state folder %s belongs to another input: %s, of %s; name another with -state, or finish that one with the file as it was",
			in.folder.Dir, in.job.Input, in.job.Made.Format(time.DateTime))
	case s.dryRun != in.job.DryRun:
		return fmt.Errorf("the state folder %s belongs to a run with -dry-run=%v; name another with -state", in.folder.Dir, in.job.DryRun)
	case in.job.Bad > 0 && !s.skipBad:
		return fmt.Errorf("the job in %s skips %d bad rows: say -skip-bad again", in.folder.Dir, in.job.Bad)
	case s.job != "" && s.job != in.job.Name:
		return fmt.Errorf("the state folder %s belongs to the job %s", in.folder.Dir, in.job.Name)
	}
	return nil
}

func (in *input) create(ctx context.Context, s settings, out io.Writer) error {
	digest, err := in.folder.Copy(s.in)
	if err != nil {
		return err
	}
	summary, err := in.check(ctx, out)
	if err != nil {
		return err
	}
	if summary.Bad > 0 && !s.skipBad {
		return badRows(summary)
	}
	if summary.Rows == 0 {
		return errors.New("the file has no rows")
	}
	in.job = queue.Job{
		Name: s.job, Input: filepath.Base(s.in), Digest: digest, DryRun: s.dryRun,
		Rows: summary.Rows, Bad: summary.Bad, Vendor: make(map[string]int64), Made: time.Now().UTC(),
	}
	for r, err := range in.good() {
		if err != nil {
			return err
		}
		in.job.Vendor[r.Vendor]++
	}
	if in.job.Name == "" {
		in.job.Name = digest[:16]
		if s.dryRun {
			in.job.Name += "-dry-run"
		}
	}
	return in.folder.Keep(in.job)
}

// badRows is the check's verdict; each of them has been named already.
type badRows check.Summary

func (b badRows) Error() string {
	return fmt.Sprintf("%d of %d rows are bad, and nothing was sent; -skip-bad sends the others", b.Bad, b.Rows)
}

func (in *input) check(ctx context.Context, out io.Writer) (check.Summary, error) {
	if err := os.MkdirAll(in.folder.Check(), 0o700); err != nil {
		return check.Summary{}, err
	}
	f, err := os.Open(in.folder.Input())
	if err != nil {
		return check.Summary{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return check.Run(ctx, f, in.format, checking(in.folder.Check()), func(p row.Problem) {
		fmt.Fprintln(out, p)
	})
}

func checking(dir string) check.Options {
	return check.Options{Updaters: vendor.Offline, Refused: vendor.Refused, Dir: dir}
}

// judged is a row with all that is wrong with it.
type judged struct {
	row.Row
	problems []row.Problem
}

// all are the rows with what the check found, in their order.
func (in *input) all() iter.Seq2[judged, error] {
	return func(yield func(judged, error) bool) {
		f, err := os.Open(in.folder.Input())
		if err != nil {
			yield(judged{}, err)
			return
		}
		defer func() { _ = f.Close() }()
		found, stop := iter.Pull2(check.Problems(filepath.Join(in.folder.Check(), check.ProblemsFile)))
		defer stop()
		problem, err, more := found()
		for r, problems := range row.Read(f, in.format) {
			if r.Number == 0 { // the check has met it, too
				yield(judged{}, fmt.Errorf("the copy of the input: %v", problems))
				return
			}
			j := judged{Row: r}
			for more && err == nil && problem.Number == r.Number {
				j.problems = append(j.problems, problem)
				problem, err, more = found()
			}
			if err != nil {
				yield(judged{}, err)
				return
			}
			if !yield(j, nil) {
				return
			}
		}
	}
}

// good are the rows to be sent.
func (in *input) good() iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		for j, err := range in.all() {
			if len(j.problems) == 0 && !yield(j.Row, err) {
				return
			}
		}
	}
}

func (in *input) Close() { in.folder.Close() }
