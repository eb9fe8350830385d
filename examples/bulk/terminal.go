package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// A terminal is a standard output whose loss does not end the work. It keeps the
// first error of a write.
type terminal struct {
	file *os.File
	mu   sync.Mutex
	err  error
}

// Write never fails: what cannot be shown is lost.
func (s *terminal) Write(p []byte) (int, error) {
	if _, err := s.file.Write(p); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.err == nil {
			s.err = err
		}
	}
	return len(p), nil
}

func (s *terminal) isTerminal() bool { return term.IsTerminal(int(s.file.Fd())) }

// writeError returns the first error of a write, for example of a file on a full
// disk. It is nil for an output that was closed by its reader.
func (s *terminal) writeError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil || errors.Is(s.err, syscall.EPIPE) || errors.Is(s.err, syscall.EIO) {
		return nil
	}
	return fmt.Errorf("cannot write the standard output: %w", s.err)
}

// warnIfFailed prints the error of the standard output to the standard error, with
// the name of the results file.
func (s *terminal) warnIfFailed(results string) {
	err := s.writeError()
	if err == nil {
		return
	}
	if results != "" {
		err = fmt.Errorf("%w; the results are in %s", err, results)
	}
	fmt.Fprintln(os.Stderr, "bulk:", err)
}

// A holdingWriter can hold back its text, so that the text does not break a table
// that is being redrawn.
type holdingWriter struct {
	w       io.Writer
	mu      sync.Mutex
	holding bool
	text    []byte
}

// Write writes the text, or holds it back.
func (h *holdingWriter) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.holding {
		h.text = append(h.text, p...)
		return len(p), nil
	}
	return h.w.Write(p)
}

func (h *holdingWriter) hold() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holding = true
}

// release writes the text that was held back.
func (h *holdingWriter) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holding = false
	_, _ = h.w.Write(h.text) // the screen may be lost
	h.text = nil
}
