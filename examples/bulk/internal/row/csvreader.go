package row

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// csvReader reads a CSV file row by row, as encoding/csv does, but for three things:
// it holds no more than maxRow of a row, however the quotes are; it says where a
// cell with a misplaced quote is; and a line end within quotes stays as it is.
type csvReader struct {
	in *bufio.Reader
	at position // of the next byte

	begin    position // of the row
	lastLine int      // the line of the byte that was read last
	row      []cell   // those that were closed, maxCells at most
	count    int      // of them all
	text     []byte   // theirs, one after the other
	size     int      // of the row in the file
	cell     position // of the cell that is being read
	fault    fault
}

// A cell ends where the next one begins in the text of the row.
type cell struct {
	at  position
	end int
}

// A fault is what keeps a row from being cells.
type fault struct {
	at     position
	reason string
}

// maxCells is more than a row can have columns.
const maxCells = 32

// The states within a cell.
type cellState int

const (
	cellStart  cellState = iota // nothing of it was read
	unquoted                    // it has no quotes
	inQuotes                    // its quote is open
	afterQuote                  // a quote was read that closes it, or is the first of two
	badQuote                    // a quote was misplaced: the line is lost
)

func newCSVReader(in *bufio.Reader) *csvReader {
	return &csvReader{in: in, at: position{1, 1}}
}

// readRow reads a row that is not an empty line, and reports whether there was one.
func (r *csvReader) readRow() (bool, error) {
	r.row, r.text, r.count, r.size, r.fault = r.row[:0], r.text[:0], 0, 0, fault{}
	r.begin, r.cell = r.at, r.at
	s := cellStart
	for {
		b, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			r.endRow(s)
			return r.size > 0, nil
		}
		if err != nil {
			return false, err
		}
		r.lastLine = r.at.line
		r.at.column++
		if b == '\n' {
			r.at = position{r.lastLine + 1, 1}
		}
		if b == '\n' && s != inQuotes {
			if r.size > 0 {
				r.endRow(s)
				return true, nil
			}
			r.begin, r.cell = r.at, r.at // an empty line
			continue
		}
		if b == '\r' && s != inQuotes && r.atLineEnd() {
			continue
		}
		if r.size++; r.size > maxRow {
			r.setFault(r.begin, tooLong)
		}
		s = r.addByte(b, s)
	}
}

// addByte takes in a byte that does not end the row.
func (r *csvReader) addByte(b byte, s cellState) cellState {
	switch {
	case s == badQuote:
		return badQuote
	case s == inQuotes && b == '"':
		return afterQuote
	case s == inQuotes:
		r.appendByte(b)
		return inQuotes
	case s == afterQuote && b == '"': // two stand for one
		r.appendByte(b)
		return inQuotes
	case b == ',':
		r.endCell()
		return cellStart
	case s == afterQuote:
		r.setFault(r.cell, "text after the quote that closes the cell: a quote within a cell is written twice")
		return badQuote
	case b == '"' && s == cellStart:
		return inQuotes
	case b == '"':
		r.setFault(r.cell, "a quote in a cell without quotes: put the cell into quotes, and write the quote in it twice")
		return badQuote
	}
	r.appendByte(b)
	return unquoted
}

// atLineEnd reports whether a carriage return belongs to a line end.
func (r *csvReader) atLineEnd() bool {
	next, _ := r.in.Peek(1) // an error comes again with the next byte
	return len(next) == 0 || next[0] == '\n'
}

func (r *csvReader) appendByte(b byte) {
	if r.size <= maxRow {
		r.text = append(r.text, b)
	}
}

// setFault notes what is wrong first.
func (r *csvReader) setFault(at position, reason string) {
	if r.fault.reason == "" {
		r.fault = fault{at, reason}
	}
}

// endCell closes a cell before the comma that was read.
func (r *csvReader) endCell() {
	r.count++
	if r.size <= maxRow && len(r.row) < maxCells {
		r.row = append(r.row, cell{r.cell, len(r.text)})
	}
	r.cell = r.at
}

// endRow ends the row.
func (r *csvReader) endRow(s cellState) {
	switch s {
	case inQuotes: // and the file
		r.fault = fault{r.cell, "the quote that opens this cell is never closed"}
	case badQuote:
	default:
		r.endCell()
	}
	if r.fault.reason != "" && r.lastLine > r.begin.line {
		r.fault.reason += fmt.Sprintf("; lines %d to %d were taken for one row", r.begin.line, r.lastLine)
	}
}

// cellTexts are those of the row's cells.
func (r *csvReader) cellTexts(yield func(at position, text string) bool) {
	all, begin := string(r.text), 0
	for _, cell := range r.row {
		if !yield(cell.at, all[begin:cell.end]) {
			return
		}
		begin = cell.end
	}
}
