package row

import (
	"bufio"
	"errors"
	"io"
)

// lineReader reads a file line by line, and holds no more than maxRow of one.
type lineReader struct {
	in     *bufio.Reader
	number int    // of the line that was read last
	text   []byte // of that line, without its end; valid until the next
	long   bool   // it is longer than maxRow
}

// nextLine reads a line, and reports whether there was one. Lines that are blank are
// passed over.
func (l *lineReader) nextLine() (bool, error) {
	for {
		more, err := l.readLine()
		if err != nil || !more {
			return false, err
		}
		if l.long || !isBlank(l.text) {
			return true, nil
		}
	}
}

// readLine reads a line in as many pieces as the buffer takes.
func (l *lineReader) readLine() (bool, error) {
	l.text, l.long = l.text[:0], false
	l.number++
	for begun := false; ; begun = true {
		piece, err := l.in.ReadSlice('\n')
		ends := err == nil
		if ends {
			piece = piece[:len(piece)-1]
		}
		if l.long = l.long || len(l.text)+len(piece) > maxRow; !l.long {
			l.text = append(l.text, piece...)
		}
		switch {
		case ends:
			return true, nil
		case errors.Is(err, io.EOF):
			return begun || len(piece) > 0, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
}

// isBlank reports whether there is nothing but JSON's white space.
func isBlank(line []byte) bool {
	return skipSpace(line, 0) == len(line)
}
