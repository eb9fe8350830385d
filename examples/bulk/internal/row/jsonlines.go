package row

import (
	"bufio"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

func readJSONLines(in *bufio.Reader, yield func(Placed, []Problem) bool) {
	l := &lines{in: in}
	for number := int64(1); ; number++ {
		more, err := l.next()
		if err != nil {
			yield(Placed{}, unreadable(position{l.number, len(l.text) + 1}, err))
			return
		}
		if !more {
			return
		}
		d := newDraft(number, position{l.number, 1})
		if l.long {
			d.Torn = true
			d.refuse(d.begin, tooLong)
		} else {
			d.readLine(l.text)
		}
		if !yield(d.Placed, d.problems) {
			return
		}
	}
}

// readLine takes in a row. Only one that is JSON through and through is looked
// at more closely.
func (d *draft) readLine(line []byte) {
	d.Torn = true
	if !utf8.Valid(line) {
		d.refuse(d.in(badByte(line)), "the line %s", notUTF8)
		return
	}
	if !json.Valid(line) {
		err := json.Unmarshal(line, new(json.RawMessage))
		if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
			d.refuse(d.in(int(wrong.Offset)-1), "the line is not valid JSON: %v", err)
		} else {
			d.refuse(d.begin, "the line is not valid JSON: %v", err)
		}
		return
	}
	if i := loneSurrogate(line); i >= 0 {
		d.refuse(d.in(i), "the line %s", halfCharacter)
		return
	}
	row := root(line)
	d.begin = d.in(row.begin)
	if row.first() != '{' {
		d.refuse(d.begin, "the line is not a JSON object")
		return
	}
	d.Torn = false
	d.readRow(row)
}

// in is the position of a byte of the line.
func (d *draft) in(offset int) position { return position{d.Line, offset + 1} }

func badByte(line []byte) int {
	for i := 0; ; {
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}
