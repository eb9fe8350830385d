package row

import (
	"bufio"
	"errors"
	"io"
)

// A lineReader reads a file line by line, and keeps at most maxRow bytes of a line.
type lineReader struct {
	in     *bufio.Reader
	number int    // number of the last line
	text   []byte // the last line without its end; valid until the next read
	long   bool   // it is longer than maxRow
}

// nextLine reads the next line that is not blank, and reports whether there was
// one.
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

// readLine reads a line in as many pieces as the buffer requires.
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

// isBlank reports whether a line contains nothing but JSON's white space.
func isBlank(line []byte) bool {
	return skipSpace(line, 0) == len(line)
}
