// Package mark stores the state of each row of a job outside the queue: the
// sequence number of the journal's last entry about the row, and what that entry
// says. With the marks, a journal that has lost entries is noticed, and the rows
// that may have been sent are known.
//
// A mark is written after the journal's entry and before the row is sent. So the
// marks never know more than an undamaged journal, and every row that was sent has
// a mark.
package mark

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Status is the meaning of the last entry about a row.
type Status uint8

// The statuses. From firstEnded on, a status is firstEnded plus the outcome's index in
// [result.Outcomes].
const (
	Untouched  Status = iota // the row was never started
	Started                  // it was started, and may have been sent
	Released                 // the last try did not make the change
	Doubtful                 // the last try may have made the change
	firstEnded Status = 16
)

// Ended returns the status of a row that ended with the outcome.
func Ended(o result.Outcome) Status {
	return firstEnded + Status(slices.Index(result.Outcomes, o)) //nolint:gosec // there are seven outcomes
}

// Outcome returns the outcome of a row that has ended, or false.
func (s Status) Outcome() (result.Outcome, bool) {
	if i := int(s) - int(firstEnded); i >= 0 && i < len(result.Outcomes) {
		return result.Outcomes[i], true
	}
	return "", false
}

// A Mark is the stored state of a row.
type Mark struct {
	Row      int64
	Sequence uint64 // of the journal's entry
	Status   Status
	Damaged  bool // the checksum is wrong; the other fields are zero
}

// ErrDamaged is the error of a file that is missing, or whose length or header is
// wrong.
var ErrDamaged = errors.New("the file of marks is damaged")

// A File holds the marks of a job, 16 bytes for each row. It has its full size from
// the beginning, so that a full disk does not prevent a mark. It is safe for
// concurrent use for different rows.
type File struct {
	file *os.File
	salt [8]byte
	rows int64
}

const (
	recordSize = 16
	magic      = "CKMARKS1"
)

// The header is as long as two records: magic, salt, rows and a checksum.
const headerSize = 2 * recordSize

// Create creates or replaces the file of a job, without any mark. identity
// distinguishes the job from all others.
func Create(path, identity string, rows int64) error {
	salt := saltFor(identity)
	return result.WriteFile(path, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<16)
		if _, err := out.Write(encodeHeader(salt, rows)); err != nil {
			return err
		}
		for row := int64(1); row <= rows; row++ {
			if _, err := out.Write(encodeMark(salt, Mark{Row: row})); err != nil {
				return err
			}
		}
		return out.Flush()
	})
}

// Open opens the file of the job.
func Open(path, identity string, rows int64) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // in the state folder
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s does not exist", ErrDamaged, path)
	}
	if err != nil {
		return nil, err
	}
	m := &File{file: f, salt: saltFor(identity), rows: rows}
	if err := m.checkHeader(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s %w", ErrDamaged, path, err), f.Close())
	}
	return m, nil
}

func (m *File) checkHeader() error {
	info, err := m.file.Stat()
	if err != nil {
		return err
	}
	if want := headerSize + m.rows*recordSize; info.Size() != want {
		return fmt.Errorf("has %d bytes instead of %d", info.Size(), want)
	}
	start := make([]byte, headerSize)
	if _, err := m.file.ReadAt(start, 0); err != nil {
		return err
	}
	if !bytes.Equal(start, encodeHeader(m.salt, m.rows)) {
		return errors.New("has a wrong header")
	}
	return nil
}

// Close syncs and closes the file.
func (m *File) Close() error { return errors.Join(m.file.Sync(), m.file.Close()) }

// Set replaces the mark of a row. It is not synced: after a power cut the journal,
// which is synced, may know more.
func (m *File) Set(row int64, sequence uint64, s Status) error {
	if row < 1 || row > m.rows {
		return fmt.Errorf("row %d does not exist", row)
	}
	_, err := m.file.WriteAt(encodeMark(m.salt, Mark{Row: row, Sequence: sequence, Status: s}), headerSize+(row-1)*recordSize)
	return err
}

// All returns the marks in the order of the rows.
func (m *File) All() iter.Seq2[Mark, error] {
	return func(yield func(Mark, error) bool) {
		in := bufio.NewReaderSize(io.NewSectionReader(m.file, headerSize, m.rows*recordSize), 1<<16)
		record := make([]byte, recordSize)
		for row := int64(1); row <= m.rows; row++ {
			if _, err := io.ReadFull(in, record); err != nil {
				yield(Mark{}, err)
				return
			}
			if !yield(decodeMark(m.salt, row, record), nil) {
				return
			}
		}
	}
}

func saltFor(identity string) [8]byte {
	hash := sha256.Sum256([]byte(identity))
	return [8]byte(hash[:8])
}

func encodeHeader(salt [8]byte, rows int64) []byte {
	h := append([]byte(magic), salt[:]...)
	h = binary.BigEndian.AppendUint64(h, uint64(rows)) //nolint:gosec // not negative
	h = binary.BigEndian.AppendUint32(h, crc32.ChecksumIEEE(h))
	return append(h, make([]byte, headerSize-len(h))...)
}

// encodeMark encodes sequence, status, three zeros and the checksum.
func encodeMark(salt [8]byte, m Mark) []byte {
	record := make([]byte, 0, recordSize)
	record = binary.BigEndian.AppendUint64(record, m.Sequence)
	record = append(record, byte(m.Status), 0, 0, 0)
	return binary.BigEndian.AppendUint32(record, checksum(salt, m.Row, record))
}

func decodeMark(salt [8]byte, row int64, record []byte) Mark {
	status := Status(record[8])
	_, hasEnded := status.Outcome()
	if binary.BigEndian.Uint32(record[recordSize-4:]) != checksum(salt, row, record[:recordSize-4]) || status > Doubtful && !hasEnded {
		return Mark{Row: row, Damaged: true}
	}
	return Mark{Row: row, Sequence: binary.BigEndian.Uint64(record), Status: status}
}

// checksum covers the number of the row, so that a mark at another row's position
// is noticed.
func checksum(salt [8]byte, row int64, record []byte) uint32 {
	h := crc32.NewIEEE()
	_, _ = h.Write(salt[:])
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(row))) //nolint:gosec // not negative
	_, _ = h.Write(record)
	return h.Sum32()
}
