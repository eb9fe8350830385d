package row

import (
	"bufio"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

const notUTF8 = "is not valid UTF-8"

func readCSV(in *bufio.Reader, yield func(Placed, []Problem) bool) {
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
		d.readCells(c, header)
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
			d.refuse(at, "header: %s", notUTF8)
		case !slices.Contains(parts, name):
			d.refuse(at, "header: there is no column %q; there are %s", name, strings.Join(parts, ", "))
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

// readCells takes in a row. One with too many or too few cells tells who it is
// for as far as it goes, and nothing else: its cells may be those of other
// columns.
func (d *draft) readCells(c *cells, header []string) {
	whole := c.fault.reason == "" && c.count == len(header)
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
				d.refuse(at, "%s: is empty", part)
			}
		case !utf8.ValidString(text):
			d.refuse(at, "%s: %s", part, notUTF8)
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
