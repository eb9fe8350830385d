package row

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// A csvReader reads a CSV file row by row, as encoding/csv does, with three
// differences: it keeps at most maxRow bytes of a row, even if a quote is never
// closed; it reports the position of a cell with a misplaced quote; and it does not
// change line ends within quotes.
type csvReader struct {
	in *bufio.Reader
	at position // position of the next byte

	begin    position // start of the row
	lastLine int      // line of the last byte
	row      []cell   // the complete cells, at most maxCells
	count    int      // number of all cells of the row
	text     []byte   // the texts of the cells, one after the other
	size     int      // size of the row in the file
	cell     position // start of the current cell
	fault    fault
}

// A cell ends where the next one begins in the text of the row.
type cell struct {
	at  position
	end int
}

// A fault is the first syntax error of a row.
type fault struct {
	at     position
	reason string
}

// maxCells is more than the number of columns that a row can have.
const maxCells = 32

// cellState is the position within a cell.
type cellState int

const (
	cellStart  cellState = iota // before the first byte
	unquoted                    // in a cell without quotes
	inQuotes                    // within the quotes
	afterQuote                  // after a quote that closes the cell or is the first of two
	badQuote                    // after a misplaced quote: the rest of the line is ignored
)

func newCSVReader(in *bufio.Reader) *csvReader {
	return &csvReader{in: in, at: position{1, 1}}
}

// readRow reads the next row, and reports whether there was one. It skips empty
// lines.
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

// addByte processes a byte that does not end the row.
func (r *csvReader) addByte(b byte, s cellState) cellState {
	switch {
	case s == badQuote:
		return badQuote
	case s == inQuotes && b == '"':
		return afterQuote
	case s == inQuotes:
		r.appendByte(b)
		return inQuotes
	case s == afterQuote && b == '"': // "" means one quote
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

// atLineEnd reports whether a carriage return is part of a line end.
func (r *csvReader) atLineEnd() bool {
	next, _ := r.in.Peek(1) // the next read returns the error again
	return len(next) == 0 || next[0] == '\n'
}

func (r *csvReader) appendByte(b byte) {
	if r.size <= maxRow {
		r.text = append(r.text, b)
	}
}

// setFault stores the first fault of the row.
func (r *csvReader) setFault(at position, reason string) {
	if r.fault.reason == "" {
		r.fault = fault{at, reason}
	}
}

// endCell ends a cell at the comma that was read.
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
	case inQuotes: // at the end of the file
		r.fault = fault{r.cell, "the quote that opens this cell is never closed"}
	case badQuote:
	default:
		r.endCell()
	}
	if r.fault.reason != "" && r.lastLine > r.begin.line {
		r.fault.reason += fmt.Sprintf("; lines %d to %d were read as one row", r.begin.line, r.lastLine)
	}
}

// cellTexts visits the position and the text of each cell.
func (r *csvReader) cellTexts(yield func(at position, text string) bool) {
	all, begin := string(r.text), 0
	for _, cell := range r.row {
		if !yield(cell.at, all[begin:cell.end]) {
			return
		}
		begin = cell.end
	}
}
