package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/check"
	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// An input is the file of a job, as it was when the job was created.
type input struct {
	job    queue.Job
	format row.Format
	folder *folder.Folder
	// created reports that the job is new.
	created bool
	// confirm returns an error if the rows must not be sent. It is called before the
	// first of them is in the queue.
	confirm func(context.Context, *queue.Queue) error
}

// openInput returns the job of the state folder, or checks the file and creates a
// job. It prints the target of the job, and all bad rows, which are an error unless
// they may be skipped. A refused file leaves no state folder.
func openInput(ctx context.Context, s settings, out io.Writer) (*input, error) {
	format, err := inputFormat(s)
	if err != nil {
		return nil, err
	}
	f, err := folder.Open(s.state)
	if err != nil {
		return nil, err
	}
	in := &input{format: format, folder: f, created: true}
	job, found, err := f.Job()
	if err != nil {
		f.Close()
		return nil, err
	}
	if !found {
		if err := in.createJob(ctx, s, out); err != nil {
			f.Discard()
			return nil, err
		}
		return in, nil
	}
	in.job, in.created = job, false
	if err := in.resumeJob(ctx, s, out); err != nil {
		f.Close()
		return nil, err
	}
	return in, nil
}

// inputFormat returns the format of the input, which must be a regular file.
func inputFormat(s settings) (row.Format, error) {
	format, err := row.Plan, error(nil)
	if s.sha256 == "" {
		format, err = row.FormatOf(s.in)
	}
	if err != nil {
		return format, err
	}
	if format == row.CSV && s.allowExponents {
		format = row.CSVWithExponents
	}
	info, err := os.Stat(s.in)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", s.in)
	}
	return format, err
}

// resumeJob refuses a folder of another job or another target, and restores damaged
// files that can be created again.
func (in *input) resumeJob(ctx context.Context, s settings, out io.Writer) error {
	digest, err := folder.Digest(s.in)
	switch {
	case err != nil:
		return err
	case digest != in.job.Digest:
		return fmt.Errorf("the state folder %s belongs to another file, or %s was changed: it was created for %s on %s; use another folder with -state, or continue with the original file",
			in.folder.Dir, s.in, in.job.Input, in.job.Created.Format(time.DateTime))
	case in.job.Bad > 0 && !s.skipBad:
		return fmt.Errorf("the job in %s skips %d bad rows: repeat -skip-bad", in.folder.Dir, in.job.Bad)
	case in.job.Exponents != s.allowExponents && in.format != row.JSONLines:
		return fmt.Errorf("the job in %s was created with -allow-exponents=%v: use the same flag", in.folder.Dir, in.job.Exponents)
	case s.job != "" && s.job != in.job.Name:
		return fmt.Errorf("the state folder %s belongs to the job %s, and -job names %s", in.folder.Dir, in.job.Name, s.job)
	case in.job.Server != "" && s.nats == "":
		return fmt.Errorf("the job in %s was submitted to the server %s: repeat -nats", in.folder.Dir, in.job.Server)
	case in.job.Server == "" && s.nats != "":
		return fmt.Errorf("the job in %s has its queue in the state folder: remove -nats", in.folder.Dir)
	case s.before != in.job.Before:
		return fmt.Errorf("the job in %s was created with -before=%v: use the same flag", in.folder.Dir, in.job.Before)
	case s.dryRun != in.job.DryRun:
		return fmt.Errorf("the state folder %s belongs to a job with -dry-run=%v: use another with -state", in.folder.Dir, in.job.DryRun)
	}
	if s.sendsRows {
		if err := s.checkCredentials(ctx, in.job.Vendors()); err != nil {
			return err
		}
		if in.job.Target.Mode == "" { // the job was created by the command submit
			in.job.Target = s.targetOf(in.job)
		}
		if err := in.job.Target.Check(s.targetOf(in.job)); err != nil {
			return fmt.Errorf("the state folder %s cannot be continued: %w\nuse another folder with -state, or use the flags and variables of the first run", in.folder.Dir, err)
		}
	}
	in.printTarget(out)
	return in.restoreCopies(ctx, s)
}

// printTarget prints the target of the job, as the first line of the output.
func (in *input) printTarget(out io.Writer) {
	if in.job.Target.Mode != "" {
		fmt.Fprintf(out, "%s: %s\n", in.job.Input, in.job.Target)
	}
}

// restoreCopies restores the copy of the input and the result of the check if they
// were damaged. Both depend on the file only.
func (in *input) restoreCopies(ctx context.Context, s settings) error {
	if digest, err := folder.Digest(in.folder.Input()); err != nil || digest != in.job.Digest {
		if digest, err = in.folder.Copy(s.in); err != nil {
			return err
		}
		if digest != in.job.Digest {
			return fmt.Errorf("%s was changed just now: start again with the original file", s.in)
		}
	}
	if digest, err := folder.Digest(in.problemsPath()); err == nil && digest == in.job.Problems {
		return nil
	}
	summary, err := in.checkCopy(ctx)
	if err != nil {
		return err
	}
	if digest, err := folder.Digest(in.problemsPath()); err != nil || digest != in.job.Problems {
		return errors.Join(fmt.Errorf("%s has %d bad rows, and had %d when the job was made: the job was created by another version of this program, which must continue it",
			s.in, summary.Bad, in.job.Bad), err)
	}
	return nil
}

func (in *input) problemsPath() string { return filepath.Join(in.folder.Check(), check.ProblemsFile) }

func (in *input) createJob(ctx context.Context, s settings, out io.Writer) error {
	digest, err := in.folder.Copy(s.in)
	if err != nil {
		return err
	}
	in.job.Before = s.before
	summary, err := in.checkCopy(ctx)
	if errors.Is(err, check.ErrUnreadable) || err == nil && summary.Bad > 0 && !s.skipBad {
		return errors.Join(in.printProblems(s.in, out), err, newBadRowsError(summary, s))
	}
	if err != nil {
		return err
	}
	if summary.Rows == 0 {
		return errNoRows(s.in)
	}
	if s.sha256 != "" && digest != s.sha256 {
		return fmt.Errorf("%s was changed just now: its SHA-256 is %s", s.in, digest)
	}
	in.job = queue.Job{
		Name: s.job, Before: s.before, Input: filepath.Base(s.in), Digest: digest, DryRun: s.dryRun, Exponents: s.allowExponents,
		Server: serverAddress(s.nats), Rows: summary.Rows, Bad: summary.Bad, VendorRows: make(map[string]int64), Created: time.Now().UTC(),
	}
	if in.job.Problems, err = folder.Digest(in.problemsPath()); err != nil {
		return err
	}
	for r, err := range in.goodRows() {
		if err != nil {
			return err
		}
		in.job.VendorRows[r.Vendor]++
	}
	if in.job.Name == "" {
		in.job.Name = digest[:16]
		if suffix := s.fileSuffix(); suffix != "" {
			in.job.Name += strings.ReplaceAll(suffix, ".", "-")
		}
	}
	if s.sendsRows {
		if err := s.checkCredentials(ctx, in.job.Vendors()); err != nil {
			return err
		}
		in.job.Target = s.targetOf(in.job)
	}
	in.printTarget(out)
	if err := in.printProblems(s.in, out); err != nil {
		return err
	}
	if s.nats == "" {
		if err := mark.Create(in.folder.Marks(), in.job.Digest, in.job.Rows); err != nil {
			return fmt.Errorf("the state folder: %w", err)
		}
	}
	return in.folder.SaveJob(in.job)
}

// targetOf returns the target of the job's changes according to the settings.
func (s settings) targetOf(job queue.Job) target.Target {
	return target.New(target.ModeOf(s.mode.IsFake(), job.DryRun), job.Vendors(), s.baseURLs, s.getenv)
}

// serverAddress returns the address of a server without user name and password.
func serverAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return strings.TrimLeft(address[strings.LastIndex(address, "@")+1:], "/")
	}
	return u.Host
}

func errNoRows(file string) error {
	return fmt.Errorf("%s has no rows, so nothing was sent", file)
}

// printProblems prints the problems that the check has found.
func (in *input) printProblems(file string, out io.Writer) error {
	for p, err := range check.Problems(in.problemsPath()) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s, %s\n", file, p)
	}
	return nil
}

// newBadRowsError returns the error of a file with bad rows, each of which was printed. It
// is nil for a file that could not be read to its end, which has no count.
func newBadRowsError(found check.Summary, s settings) error {
	if found.Bad == 0 {
		return nil
	}
	advice := "correct them, or send the others with -skip-bad"
	if s.sha256 != "" {
		advice = "correct the file that was planned, and plan it again"
	}
	return fmt.Errorf("%d of %d rows are bad, so nothing was sent: %s", found.Bad, found.Rows, advice)
}

// checkCopy checks the copy of the input, and writes the problems to their file.
func (in *input) checkCopy(ctx context.Context) (check.Summary, error) {
	if err := os.MkdirAll(in.folder.Check(), 0o700); err != nil {
		return check.Summary{}, err
	}
	f, err := os.Open(in.folder.Input())
	if err != nil {
		return check.Summary{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return check.Run(ctx, f, in.format, checkOptions(in.folder.Check(), in.job.Before), func(row.Problem) {})
}

func checkOptions(dir string, before bool) check.Options {
	return check.Options{Updaters: vendor.Offline, IsRefusal: vendor.Refused, Dir: dir, Before: before}
}

// A checkedRow is a row with its problems.
type checkedRow struct {
	row.Row
	problems []row.Problem
}

// allRows returns all rows with their problems, in order.
func (in *input) allRows() iter.Seq2[checkedRow, error] {
	return func(yield func(checkedRow, error) bool) {
		f, err := os.Open(in.folder.Input())
		if err != nil {
			yield(checkedRow{}, err)
			return
		}
		defer func() { _ = f.Close() }()
		found, stop := iter.Pull2(check.Problems(in.problemsPath()))
		defer stop()
		problem, err, more := found()
		for r, problems := range row.Read(f, in.format) {
			if r.Number == 0 { // the check would have reported it
				yield(checkedRow{}, fmt.Errorf("the copy of the input: %v", problems))
				return
			}
			j := checkedRow{Row: r}
			for more && err == nil && problem.Number == r.Number {
				j.problems = append(j.problems, problem)
				problem, err, more = found()
			}
			if err != nil {
				yield(checkedRow{}, err)
				return
			}
			if !yield(j, nil) {
				return
			}
		}
	}
}

// goodRows returns the rows to send.
func (in *input) goodRows() iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		for j, err := range in.allRows() {
			if len(j.problems) == 0 && !yield(j.Row, err) {
				return
			}
		}
	}
}

func (in *input) Close() { in.folder.Close() }
