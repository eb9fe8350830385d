// Package reserve keeps disk space for the answers that arrive when the disk is
// full: a file that has its full size from the beginning, and is overwritten in
// place with the entries that the journal could not store.
package reserve

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A File is the reserved space. It is safe for concurrent use.
type File struct {
	mu   sync.Mutex
	file *os.File
	size int64
	end  int64
}

// ErrFull is the error of a text for which the reserve has no space.
var ErrFull = errors.New("the reserve is full")

// Create creates or replaces the reserve, which is empty. It fails if the disk has
// no space for it.
func Create(path string, size int64) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".reserve-*.tmp")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(allocate(f, size), f.Sync()); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return &File{file: f, size: size}, nil
}

// fillZeros allocates a file by writing zeros, for systems without a better way.
func fillZeros(f *os.File, size int64) error {
	w := bufio.NewWriterSize(f, 1<<16)
	if _, err := io.CopyN(w, zeros{}, size); err != nil {
		return err
	}
	return w.Flush()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A record is a length, a checksum and the text, so that an incomplete record is
// recognized.
const recordHeader = 8

// Add stores a text and syncs it.
func (f *File) Add(text []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(text) == 0 || f.end+recordHeader+int64(len(text)) > f.size {
		return ErrFull
	}
	record := binary.BigEndian.AppendUint32(nil, uint32(len(text))) //nolint:gosec // below the size
	record = binary.BigEndian.AppendUint32(record, crc32.ChecksumIEEE(text))
	record = append(record, text...)
	if _, err := f.file.WriteAt(record, f.end); err != nil {
		return err
	}
	f.end += int64(len(record))
	return f.file.Sync()
}

// Close closes the file and keeps it.
func (f *File) Close() error { return f.file.Close() }

// Read returns the texts of a reserve that an earlier process left, or none if the
// file does not exist.
func Read(path string) ([][]byte, error) {
	all, err := os.ReadFile(path) //nolint:gosec // in the state folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the reserve: %w", err)
	}
	var texts [][]byte
	for len(all) >= recordHeader {
		n := int64(binary.BigEndian.Uint32(all))
		if n == 0 || n > int64(len(all)-recordHeader) {
			break
		}
		text := all[recordHeader : recordHeader+n]
		if binary.BigEndian.Uint32(all[4:]) != crc32.ChecksumIEEE(text) {
			break
		}
		texts, all = append(texts, bytes.Clone(text)), all[recordHeader+n:]
	}
	return texts, nil
}
