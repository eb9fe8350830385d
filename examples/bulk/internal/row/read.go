package row

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
)

// maxRow is how long a row can be, without the end of its line. It bounds the
// memory that a file can ask for, and a message of the queue, in which every
// character may have to be escaped.
const maxRow = 128 << 10

const tooLong = "the row is longer than 128 KiB"

// Read gives the rows of a file, in order. A bad row comes with its number, its
// line, whatever of vendor, ref and key could be read, and all its problems.
// What ends the reading before the end of the file, such as a bad header or an
// error of r, is one last pair whose row has the number 0.
func Read(r io.Reader, f Format) iter.Seq2[Row, []Problem] {
	return func(yield func(Row, []Problem) bool) {
		for placed, problems := range ReadPositions(r, f) {
			if !yield(placed.Row, problems) {
				return
			}
		}
	}
}

// ReadPositions is Read for who wants to know where in the file the parts of a row
// are.
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
		default:
			yield(PositionedRow{}, []Problem{{Line: 1, Column: 1, Reason: fmt.Sprintf("unknown format %v", f)}})
		}
	}
}

// skipByteOrderMark skips the byte order mark that some spreadsheets begin a file with.
// Columns are counted behind it. An error comes again when the rows are read.
func skipByteOrderMark(in *bufio.Reader) {
	mark := []byte("\ufeff")
	if start, err := in.Peek(len(mark)); err == nil && bytes.Equal(start, mark) {
		_, _ = in.Discard(len(mark))
	}
}

// readProblem is the last pair of a file that broke off.
func readProblem(at position, err error) []Problem {
	return []Problem{{Line: at.line, Column: at.column, Reason: "the file cannot be read any further: " + err.Error()}}
}
