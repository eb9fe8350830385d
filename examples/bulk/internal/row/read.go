package row

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
)

// MaxLength is the maximum length of a row in bytes, without its line end.
const MaxLength = maxRow

// maxRow is the maximum length of a row in bytes, without its line end. It limits
// the memory, and the size of a message of the queue, in which every character may
// have to be escaped.
const maxRow = 128 << 10

const tooLong = "the row is longer than 128 KiB"

// Read returns the rows of a file in order. A bad row has its number, its line, the
// parts of vendor, ref and key that could be read, and all its problems. If reading
// ends before the end of the file, for example because of a wrong header or an
// error of r, the last pair has a row with the number 0.
func Read(r io.Reader, f Format) iter.Seq2[Row, []Problem] {
	return func(yield func(Row, []Problem) bool) {
		for placed, problems := range ReadPositions(r, f) {
			if !yield(placed.Row, problems) {
				return
			}
		}
	}
}

// ReadPositions is like Read, and adds the positions of the parts of a row.
func ReadPositions(r io.Reader, f Format) iter.Seq2[PositionedRow, []Problem] {
	in := bufio.NewReaderSize(r, 1<<16)
	return func(yield func(PositionedRow, []Problem) bool) {
		if reason := encodingProblem(in); reason != "" {
			yield(PositionedRow{}, []Problem{{Line: 1, Column: 1, Reason: reason}})
			return
		}
		skipByteOrderMark(in)
		switch f {
		case CSV, CSVWithExponents:
			readCSV(in, f == CSVWithExponents, yield)
		case JSONLines:
			readJSONLines(in, yield)
		case Plan:
			readPlan(in, yield)
		default:
			yield(PositionedRow{}, []Problem{{Line: 1, Column: 1, Reason: fmt.Sprintf("unknown format %v", f)}})
		}
	}
}

// skipByteOrderMark skips a byte order mark, which is not counted in columns. The
// next read returns an error again.
func skipByteOrderMark(in *bufio.Reader) {
	mark := []byte("\ufeff")
	if start, err := in.Peek(len(mark)); err == nil && bytes.Equal(start, mark) {
		_, _ = in.Discard(len(mark))
	}
}

// readProblem returns the problem of a file that could not be read to its end.
func readProblem(at position, err error) []Problem {
	return []Problem{{Line: at.line, Column: at.column, Reason: "the file cannot be read any further: " + err.Error()}}
}
