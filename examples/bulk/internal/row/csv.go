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

func readCSV(in *bufio.Reader, exponents bool, yield func(Placed, []Problem) bool) {
	if reason := separator(firstLine(in)); reason != "" {
		yield(Placed{}, []Problem{{Line: 1, Column: 1, Reason: reason}})
		return
	}
	c := newCells(in)
	header, problems := readHeader(c)
	if len(problems) > 0 {
		yield(Placed{}, problems)
		return
	}
	for number := int64(1); ; number++ {
		more, err := c.next()
		if err != nil {
			yield(Placed{}, unreadable(c.at, err))
			return
		}
		if !more {
			return
		}
		d := newDraft(number, c.begin)
		d.readCells(c, header, exponents)
		if !yield(d.Placed, d.problems) {
			return
		}
	}
}

// readHeader reads the names of the columns.
func readHeader(c *cells) (header []string, problems []Problem) {
	d := newDraft(0, c.at) // of the file
	more, err := c.next()
	switch {
	case err != nil:
		return nil, unreadable(c.at, err)
	case !more:
		d.refuse(c.begin, "the file is empty: its first line must name the columns")
		return nil, d.problems
	case c.fault.reason != "":
		d.refuse(c.fault.at, "header: %s", c.fault.reason)
		return nil, d.problems
	}
	for at, name := range c.texts {
		switch {
		case !utf8.ValidString(name):
			d.refuse(at, "header: %s", cellNotUTF8)
		case !slices.Contains(parts, name):
			d.refuse(at, "header: unknown column %+q: the columns are %s", name, strings.Join(parts, ", "))
		case slices.Contains(header, name):
			d.refuse(at, "header: the column %s occurs twice", name)
		}
		header = append(header, name)
	}
	for _, name := range []string{partVendor, partID} {
		if !slices.Contains(header, name) {
			d.refuse(c.begin, "header: the column %s is missing", name)
		}
	}
	return header, d.problems
}

// readCells takes in a row. Of one with too many or too few cells it reads vendor,
// id, owner and key only: its other cells may be those of other columns.
func (d *draft) readCells(c *cells, header []string, exponents bool) {
	whole := c.fault.reason == "" && c.count == len(header)
	d.Torn = !whole
	switch {
	case c.fault.reason != "":
		d.refuse(c.fault.at, "%s", c.fault.reason)
	case !whole:
		d.refuse(c.begin, "the header has %d cells, and the row %d", len(header), c.count)
	}
	i := -1
	for at, text := range c.texts {
		if i++; i == len(header) {
			break
		}
		part := header[i]
		named := slices.Contains(names, part)
		if named || text != "" && part != partClear {
			d.place(part, at)
		}
		switch {
		case text == "":
			if whole && (part == partVendor || part == partID) {
				d.refusePart(part, at, "is empty")
			}
		case !utf8.ValidString(text):
			d.refusePart(part, at, "%s", cellNotUTF8)
		case spreadsheet(part, text, exponents) != "":
			if named || whole {
				d.refusePart(part, at, "%s", spreadsheet(part, text, exponents))
			}
		case named:
			d.name(part, text, at)
		case !whole:
		case part == partClear:
			for name := range strings.FieldsSeq(text) {
				d.clear(name, at)
			}
		default:
			d.set(credit.Field(part), text, at)
		}
	}
}
