package check

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// Problems reads the problems that a check has written to [ProblemsFile], in the
// order of the rows.
func Problems(path string) iter.Seq2[row.Problem, error] {
	return func(yield func(row.Problem, error) bool) {
		file, err := os.Open(path) //nolint:gosec // the caller chooses it
		if err != nil {
			yield(row.Problem{}, err)
			return
		}
		defer func() { _ = file.Close() }()
		for d := json.NewDecoder(bufio.NewReader(file)); ; {
			var p row.Problem
			err := d.Decode(&p)
			if errors.Is(err, io.EOF) || !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// A problemWriter writes a file under a temporary name until it is complete.
type problemWriter struct {
	path string
	file *os.File
	out  *bufio.Writer
	json *json.Encoder
}

func newProblemWriter(dir string) (*problemWriter, error) {
	file, err := os.CreateTemp(dir, "problems-*.tmp")
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriter(file)
	return &problemWriter{file.Name(), file, out, jsonline.NewEncoder(out)}, nil
}

func (w *problemWriter) write(p row.Problem) error { return w.json.Encode(p) }

func (w *problemWriter) close() error { return errors.Join(w.out.Flush(), w.file.Close()) }

// keep renames the complete file to path.
func (w *problemWriter) keep(path string) error {
	if err := errors.Join(w.out.Flush(), w.file.Sync(), w.file.Close()); err != nil {
		return err
	}
	return os.Rename(w.path, path)
}

// discard removes the file, unless it was kept.
func (w *problemWriter) discard() {
	_ = w.file.Close() // it may be closed
	_ = os.Remove(w.path)
}

// mergeProblems merges two sequences that are in the order of the rows. The
// problems of one row come from a first. It ends after the first error.
func mergeProblems(a, b iter.Seq2[row.Problem, error]) iter.Seq2[row.Problem, error] {
	return func(yield func(row.Problem, error) bool) {
		next, stop := iter.Pull2(b)
		defer stop()
		later, err, more := next()
		for p, errA := range a {
			for ; more && err == nil && errA == nil && later.Number < p.Number; later, err, more = next() {
				if !yield(later, nil) {
					return
				}
			}
			if errA == nil {
				errA = err
			}
			if !yield(p, errA) || errA != nil {
				return
			}
		}
		for ; more; later, err, more = next() {
			if !yield(later, err) {
				return
			}
		}
	}
}
