package result

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"sync"
)

// A Book gathers the results of a file, which arrive in any order and some of
// them twice, and gives them back in the order of the rows. It holds a million
// of them in no more memory than ten: each is a line in a spool file, and an
// index file has 8 bytes for each row, which tell where its line begins.
//
// It is safe for concurrent use.
type Store struct {
	mu    sync.Mutex
	spool *os.File
	index *os.File // per row, from row 1: the line's offset in spool plus 1; 0 is none
	end   int64    // of the spool
	lines *bufio.Reader
}

// OpenBook makes an empty Book in the folder, which it makes as well. The two
// files are the Book's alone: another process may have a Book in the same
// folder. They are gone after Close, and on most systems after a crash too.
func OpenStore(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	spool, err := createScratch(dir, "results-*.spool")
	if err != nil {
		return nil, err
	}
	index, err := createScratch(dir, "results-*.index")
	if err != nil {
		return nil, errors.Join(err, removeScratch(spool))
	}
	return &Store{spool: spool, index: index, lines: bufio.NewReader(nil)}, nil
}

// scratch makes a file without a name, where the system can do that.
func createScratch(dir, pattern string) (*os.File, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err == nil {
		_ = os.Remove(f.Name()) // fails on Windows; discard tries again
	}
	return f, err
}

func removeScratch(f *os.File) error {
	err := f.Close()
	_ = os.Remove(f.Name())
	return err
}

// Close ends the Book, and takes its files away.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(removeScratch(s.spool), removeScratch(s.index))
}

// Add takes a result down. Of two results of a row the one after which more may
// have changed stands: applied before unknown, before rejected, before any
// other. Of two that are equal in that, the first one stands.
func (s *Store) Add(r Result) error {
	if r.Outcome.rank() == 0 {
		return fmt.Errorf("row %d: unknown outcome %q", r.Row, r.Outcome)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	earlier, found, err := s.read(r.Row)
	if err != nil {
		return err
	}
	if found && !r.Outcome.Outranks(earlier.Outcome) {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("row %d: %w", r.Row, err)
	}
	// The line before its offset: no index ever points to what is not there.
	if _, err := s.spool.WriteAt(append(line, '\n'), s.end); err != nil {
		return err
	}
	at, err := binary.Append(nil, binary.BigEndian, s.end+1)
	if err != nil {
		return err
	}
	if _, err := s.index.WriteAt(at, indexOffset(r.Row)); err != nil {
		return err
	}
	s.end += int64(len(line)) + 1
	return nil
}

const indexEntrySize = 8 // bytes of the index for each row

func indexOffset(row int64) int64 { return (row - 1) * indexEntrySize }

// Get is the result of a row, if it has one.
func (s *Store) Get(row int64) (Result, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read(row)
}

func (s *Store) read(row int64) (Result, bool, error) {
	if row < 1 || row > math.MaxInt64/indexEntrySize {
		return Result{}, false, fmt.Errorf("row %d does not exist", row)
	}
	var at [indexEntrySize]byte
	switch _, err := s.index.ReadAt(at[:], indexOffset(row)); {
	case errors.Is(err, io.EOF): // a later row than any so far
		return Result{}, false, nil
	case err != nil:
		return Result{}, false, err
	}
	var offset int64
	if _, err := binary.Decode(at[:], binary.BigEndian, &offset); err != nil || offset == 0 {
		return Result{}, false, err
	}
	s.lines.Reset(io.NewSectionReader(s.spool, offset-1, s.end-offset+1))
	line, err := s.lines.ReadBytes('\n')
	if err != nil {
		return Result{}, false, fmt.Errorf("row %d: reading its result: %w", row, err)
	}
	var r Result
	if err := json.Unmarshal(line, &r); err != nil {
		return Result{}, false, fmt.Errorf("row %d: reading its result: %w", row, err)
	}
	return r, true, nil
}

// All are the results of rows 1 to rows, in that order. A row without a result
// is left out. An error ends it.
func (s *Store) All(rows int64) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		for row := int64(1); row <= rows; row++ {
			r, found, err := s.Get(row)
			if err != nil {
				yield(Result{}, err)
				return
			}
			if found && !yield(r, nil) {
				return
			}
		}
	}
}
