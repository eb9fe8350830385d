package plan

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A Writer collects the lines of a plan in a temporary file, because the header, which
// comes first, counts them.
type Writer struct {
	file    *os.File
	lines   *bufio.Writer
	summary Summary
	vendors map[string]bool
}

// NewWriter returns a Writer whose file is in the folder.
func NewWriter(dir string) (*Writer, error) {
	f, err := os.CreateTemp(dir, "plan-*.tmp")
	if err != nil {
		return nil, err
	}
	return &Writer{file: f, lines: bufio.NewWriter(f), vendors: make(map[string]bool)}, nil
}

// Add adds a line.
func (w *Writer) Add(l Line) error {
	w.summary.add(l.Status)
	if l.Status == row.StatusPlanned {
		w.vendors[l.Vendor] = true
	}
	text, err := l.encode()
	if err != nil {
		return err
	}
	_, err = w.lines.Write(text)
	return err
}

// Vendors returns the vendors of the planned rows, sorted.
func (w *Writer) Vendors() []string { return slices.Sorted(maps.Keys(w.vendors)) }

// WritePlan completes the header with the schema and the counts, and writes the plan.
func (w *Writer) WritePlan(out io.Writer, h *Header) error {
	h.Schema, h.Summary = schema, w.summary
	line, err := encodeLine(h)
	if err != nil {
		return err
	}
	if _, err := out.Write(line); err != nil {
		return err
	}
	if err := w.lines.Flush(); err != nil {
		return err
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(out, w.file)
	return err
}

// Discard removes the temporary file.
func (w *Writer) Discard() { _ = errors.Join(w.file.Close(), os.Remove(w.file.Name())) }
