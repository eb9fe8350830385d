package row

import (
	"bufio"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

const (
	notUTF8     = "is not valid UTF-8"
	cellNotUTF8 = notUTF8 + ": " + saveAs
)

func readCSV(in *bufio.Reader, exponents bool, yield func(PositionedRow, []Problem) bool) {
	if reason := separatorProblem(firstLine(in)); reason != "" {
		yield(PositionedRow{}, []Problem{{Line: 1, Column: 1, Reason: reason}})
		return
	}
	c := newCSVReader(in)
	header, problems := readHeader(c)
	if len(problems) > 0 {
		yield(PositionedRow{}, problems)
		return
	}
	for number := int64(1); ; number++ {
		more, err := c.readRow()
		if err != nil {
			yield(PositionedRow{}, readProblem(c.at, err))
			return
		}
		if !more {
			return
		}
		b := newBuilder(number, c.begin)
		b.readCells(c, header, exponents)
		if !yield(b.PositionedRow, b.problems) {
			return
		}
	}
}

// readHeader reads the names of the columns.
func readHeader(c *csvReader) (header []string, problems []Problem) {
	b := newBuilder(0, c.at) // problems of the file
	more, err := c.readRow()
	switch {
	case err != nil:
		return nil, readProblem(c.at, err)
	case !more:
		b.addProblem(c.begin, "the file is empty: its first line must name the columns")
		return nil, b.problems
	case c.fault.reason != "":
		b.addProblem(c.fault.at, "header: %s", c.fault.reason)
		return nil, b.problems
	}
	for at, name := range c.cellTexts {
		switch {
		case !utf8.ValidString(name):
			b.addProblem(at, "header: %s", cellNotUTF8)
		case !slices.Contains(allParts, name):
			b.addProblem(at, "header: unknown column %+q: the columns are %s", name, strings.Join(allParts, ", "))
		case slices.Contains(header, name):
			b.addProblem(at, "header: the column %s occurs twice", name)
		}
		header = append(header, name)
	}
	for _, name := range []string{partVendor, partID} {
		if !slices.Contains(header, name) {
			b.addProblem(c.begin, "header: the column %s is missing", name)
		}
	}
	return header, b.problems
}

// readCells reads the cells of a row. Of a row with too many or too few cells it
// reads vendor, id, owner and key only: the other cells may belong to other
// columns.
func (b *builder) readCells(c *csvReader, header []string, exponents bool) {
	whole := c.fault.reason == "" && c.count == len(header)
	b.Malformed, b.columns = !whole, header
	switch {
	case c.fault.reason != "":
		b.addProblem(c.fault.at, "%s", c.fault.reason)
	case !whole:
		b.addProblem(c.begin, "the header has %d cells, but the row has %d", len(header), c.count)
	}
	i := -1
	for at, text := range c.cellTexts {
		if i++; i == len(header) {
			break
		}
		part := header[i]
		named := slices.Contains(nameParts, part)
		if named || text != "" && part != partClear {
			b.setPosition(part, at)
		}
		switch {
		case text == "":
			if whole && (part == partVendor || part == partID) {
				b.addPartProblem(part, at, "is empty")
			}
		case !utf8.ValidString(text):
			b.addPartProblem(part, at, "%s", cellNotUTF8)
		case spreadsheetProblem(part, text, exponents) != "":
			if named || whole {
				b.addPartProblem(part, at, "%s", spreadsheetProblem(part, text, exponents))
			}
		case named:
			b.setName(part, text, at)
		case !whole:
		case part == partClear:
			for name := range strings.FieldsSeq(text) {
				b.clearField(name, at)
			}
		default:
			b.setField(credit.Field(part), text, at)
		}
	}
}
