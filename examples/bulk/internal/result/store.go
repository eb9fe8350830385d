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

	"github.com/creditkit/creditkit/credit"
)

// A Store collects the results of a file, which arrive in any order and can be
// duplicates, and returns them in the order of the rows. Its memory does not grow
// with their number: each result is a line in a spool file, and an index file has 8
// bytes for each row with the position of the line.
//
// It is safe for concurrent use.
type Store struct {
	mu    sync.Mutex
	spool *os.File
	index *os.File // for each row from 1: the line's offset in spool plus 1, or 0
	end   int64    // of the spool
	lines *bufio.Reader
	// fields are the fields of the changes of all results that were added.
	fields map[string]bool
}

// OpenStore creates an empty Store in the folder, and the folder if it is missing.
// Several processes can have a Store in the same folder. The files are removed by
// Close, and on most systems also by a crash.
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
	return &Store{spool: spool, index: index, lines: bufio.NewReader(nil), fields: make(map[string]bool)}, nil
}

// createScratch creates a file and removes its name, where the system supports
// that.
func createScratch(dir, pattern string) (*os.File, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err == nil {
		_ = os.Remove(f.Name()) // fails on Windows; removeScratch tries again
	}
	return f, err
}

func removeScratch(f *os.File) error {
	err := f.Close()
	_ = os.Remove(f.Name())
	return err
}

// Close removes the files of the Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(removeScratch(s.spool), removeScratch(s.index))
}

// Add stores a result. Of two results of a row, the one after which more may have
// changed is kept: applied before unknown, before rejected, before any other. Of
// two with the same rank the first is kept.
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
	// The line is written before its offset, so that an index never points to nothing.
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
	for _, c := range r.Changes {
		s.fields[c.Field] = true
	}
	return nil
}

// changedFields returns the fields that a result changes, in the order of
// [credit.Fields].
func (s *Store) changedFields() (fields []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range credit.Fields() {
		if s.fields[string(f)] {
			fields = append(fields, string(f))
		}
	}
	return fields
}

const indexEntrySize = 8 // bytes in the index for each row

func indexOffset(row int64) int64 { return (row - 1) * indexEntrySize }

// Get returns the result of a row, and false if it has none.
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
	case errors.Is(err, io.EOF): // no row after it has a result
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

// All returns the results of rows 1 to rows in order, without rows that have none.
// It ends at the first error.
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
