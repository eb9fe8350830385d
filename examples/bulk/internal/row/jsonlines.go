package row

import (
	"bufio"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

func readJSONLines(in *bufio.Reader, yield func(PositionedRow, []Problem) bool) {
	l := &lineReader{in: in}
	for number := int64(1); ; number++ {
		more, err := l.nextLine()
		if err != nil {
			yield(PositionedRow{}, readProblem(position{l.number, len(l.text) + 1}, err))
			return
		}
		if !more {
			return
		}
		b := newBuilder(number, position{l.number, 1})
		if l.long {
			b.Malformed = true
			b.addProblem(b.begin, tooLong)
		} else {
			b.readLine(l.text)
		}
		if !yield(b.PositionedRow, b.problems) {
			return
		}
	}
}

// readLine reads a row from a line, which must be valid JSON.
func (b *builder) readLine(line []byte) {
	b.Malformed = true
	if !utf8.Valid(line) {
		b.addProblem(b.positionAt(firstInvalidByte(line)), "the line %s", notUTF8)
		return
	}
	if !json.Valid(line) {
		err := json.Unmarshal(line, new(json.RawMessage))
		if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
			b.addProblem(b.positionAt(int(wrong.Offset)-1), "the line is not valid JSON: %v", err)
		} else {
			b.addProblem(b.begin, "the line is not valid JSON: %v", err)
		}
		return
	}
	if i := loneSurrogate(line); i >= 0 {
		b.addProblem(b.positionAt(i), "the line %s", loneSurrogateReason)
		return
	}
	row := rootValue(line)
	b.begin = b.positionAt(row.begin)
	if row.kind() != '{' {
		b.addProblem(b.begin, "the line is not a JSON object")
		return
	}
	b.Malformed = false
	b.readRow(row)
}

// positionAt returns the position of a byte of the line.
func (b *builder) positionAt(offset int) position { return position{b.Line, offset + 1} }

func firstInvalidByte(line []byte) int {
	for i := 0; ; {
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}
