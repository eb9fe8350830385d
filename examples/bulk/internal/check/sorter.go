package check

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
)

// An entry is the stored data of a row. It has a fixed size in the file.
type entry struct {
	Hash         [16]byte // of the credit or the key
	Number       int64    // of the row
	Kind         byte     // kindCredit or kindKey
	Begin        int64    // the line where the row begins
	Line, Column int64    // position of the id or the key
}

var entrySize = binary.Size(entry{})

func compareEntries(a, b entry) int {
	return cmp.Or(bytes.Compare(a.Hash[:], b.Hash[:]), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Kind, b.Kind))
}

// A sorter sorts more entries than fit into memory: it writes them to a file in
// sorted runs, and merges the runs.
type sorter struct {
	dir     string
	maxHeld int     // maximum number of entries in memory
	held    []entry // not written to the file yet
	runs    []int64 // the end of each run in the file
	file    *os.File
}

func newSorter(dir string) *sorter { return &sorter{dir: dir, maxHeld: 1 << 16} }

func (s *sorter) add(e entry) error {
	s.held = append(s.held, e)
	if len(s.held) < s.maxHeld {
		return nil
	}
	return s.writeRun()
}

func (s *sorter) writeRun() (err error) {
	end := int64(len(s.held) * entrySize)
	if s.file == nil {
		if s.file, err = os.CreateTemp(s.dir, "sort-*.tmp"); err != nil {
			return err
		}
	} else {
		end += s.runs[len(s.runs)-1]
	}
	slices.SortFunc(s.held, compareEntries)
	out := bufio.NewWriterSize(s.file, 1<<16)
	var text []byte
	for _, e := range s.held {
		if text, err = binary.Append(text[:0], binary.BigEndian, e); err != nil {
			return err
		}
		if _, err = out.Write(text); err != nil {
			return err
		}
	}
	s.runs, s.held = append(s.runs, end), s.held[:0]
	return out.Flush()
}

// sorted returns the entries in order. It is called after the last add.
func (s *sorter) sorted() iter.Seq2[entry, error] {
	slices.SortFunc(s.held, compareEntries)
	runs := []iter.Seq2[entry, error]{memoryRun(s.held)}
	begin := int64(0)
	for _, end := range s.runs {
		runs = append(runs, fileRun(io.NewSectionReader(s.file, begin, end-begin)))
		begin = end
	}
	return mergeRuns(runs)
}

// memoryRun returns the run in memory.
func memoryRun(entries []entry) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// fileRun returns a run in the file. The entry of an error is zero.
func fileRun(file io.Reader) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		in, text := bufio.NewReader(file), make([]byte, entrySize)
		for {
			_, err := io.ReadFull(in, text)
			if errors.Is(err, io.EOF) {
				return
			}
			var e entry
			if err == nil {
				_, err = binary.Decode(text, binary.BigEndian, &e)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (s *sorter) discard() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name()) // a file that remains is harmless
	}
}
