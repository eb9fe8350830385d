package row

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// cells reads a CSV file row by row, as encoding/csv does, but for three things:
// it holds no more than maxRow of a row, however the quotes are; it says where a
// cell with a misplaced quote is; and a line end within quotes stays as it is.
type cells struct {
	in *bufio.Reader
	at position // of the next byte

	begin position // of the row
	last  int      // the line of the byte that was read last
	row   []cell   // those that were closed, maxCells at most
	count int      // of them all
	text  []byte   // theirs, one after the other
	size  int      // of the row in the file
	cell  position // of the cell that is being read
	fault fault
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
type state int

const (
	fresh   state = iota // nothing of it was read
	plain                // it has no quotes
	quoted               // its quote is open
	closing              // a quote was read that closes it, or is the first of two
	broken               // a quote was misplaced: the line is lost
)

func newCells(in *bufio.Reader) *cells {
	return &cells{in: in, at: position{1, 1}}
}

// next reads a row that is not an empty line, and reports whether there was one.
func (c *cells) next() (bool, error) {
	c.row, c.text, c.count, c.size, c.fault = c.row[:0], c.text[:0], 0, 0, fault{}
	c.begin, c.cell = c.at, c.at
	s := fresh
	for {
		b, err := c.in.ReadByte()
		if errors.Is(err, io.EOF) {
			c.end(s)
			return c.size > 0, nil
		}
		if err != nil {
			return false, err
		}
		c.last = c.at.line
		c.at.column++
		if b == '\n' {
			c.at = position{c.last + 1, 1}
		}
		if b == '\n' && s != quoted {
			if c.size > 0 {
				c.end(s)
				return true, nil
			}
			c.begin, c.cell = c.at, c.at // an empty line
			continue
		}
		if b == '\r' && s != quoted && c.lineEnds() {
			continue
		}
		if c.size++; c.size > maxRow {
			c.blame(c.begin, tooLong)
		}
		s = c.take(b, s)
	}
}

// take takes in a byte that does not end the row.
func (c *cells) take(b byte, s state) state {
	switch {
	case s == broken:
		return broken
	case s == quoted && b == '"':
		return closing
	case s == quoted:
		c.put(b)
		return quoted
	case s == closing && b == '"': // two stand for one
		c.put(b)
		return quoted
	case b == ',':
		c.close()
		return fresh
	case s == closing:
		c.blame(c.cell, "text after the quote that closes the cell: a quote within a cell is written twice")
		return broken
	case b == '"' && s == fresh:
		return quoted
	case b == '"':
		c.blame(c.cell, "a quote in a cell without quotes: put the cell into quotes, and write the quote in it twice")
		return broken
	}
	c.put(b)
	return plain
}

// lineEnds reports whether a carriage return belongs to a line end.
func (c *cells) lineEnds() bool {
	next, _ := c.in.Peek(1) // an error comes again with the next byte
	return len(next) == 0 || next[0] == '\n'
}

func (c *cells) put(b byte) {
	if c.size <= maxRow {
		c.text = append(c.text, b)
	}
}

// blame notes what is wrong first.
func (c *cells) blame(at position, reason string) {
	if c.fault.reason == "" {
		c.fault = fault{at, reason}
	}
}

// close closes a cell before the comma that was read.
func (c *cells) close() {
	c.count++
	if c.size <= maxRow && len(c.row) < maxCells {
		c.row = append(c.row, cell{c.cell, len(c.text)})
	}
	c.cell = c.at
}

// end ends the row.
func (c *cells) end(s state) {
	switch s {
	case quoted: // and the file
		c.fault = fault{c.cell, "the quote that opens this cell is never closed"}
	case broken:
	default:
		c.close()
	}
	if c.fault.reason != "" && c.last > c.begin.line {
		c.fault.reason += fmt.Sprintf("; lines %d to %d were taken for one row", c.begin.line, c.last)
	}
}

// texts are those of the row's cells.
func (c *cells) texts(yield func(at position, text string) bool) {
	all, begin := string(c.text), 0
	for _, cell := range c.row {
		if !yield(cell.at, all[begin:cell.end]) {
			return
		}
		begin = cell.end
	}
}
