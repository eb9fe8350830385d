package row

import (
	"bufio"
	"slices"
	"strings"
	"testing"
)

func TestLineReader(t *testing.T) {
	type line struct {
		number int
		text   string
	}
	for _, c := range []struct {
		file string
		want []line
	}{
		{"", nil},
		{"a", []line{{1, "a"}}},
		{"a\n", []line{{1, "a"}}},
		{"\n\r\n \t\na\n\nb", []line{{4, "a"}, {6, "b"}}},
		{"a\r\n", []line{{1, "a\r"}}},
		{"a\rb\n\v\n", []line{{1, "a\rb"}, {2, "\v"}}},
	} {
		// The buffer has 16 bytes, so longer lines are read in pieces.
		for _, pad := range []string{"", strings.Repeat("x", 15), strings.Repeat("x", 16), strings.Repeat("x", 40)} {
			var got []line
			l := &lineReader{in: bufio.NewReaderSize(strings.NewReader(strings.ReplaceAll(c.file, "a", pad+"a")), 16)}
			for {
				more, err := l.nextLine()
				if err != nil || l.long {
					t.Fatal(l.long, err)
				}
				if !more {
					break
				}
				got = append(got, line{l.number, strings.Replace(string(l.text), pad, "", 1)})
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q has the lines %v, want %v", c.file, got, c.want)
			}
		}
	}
}

func TestLineReaderMemoryIsBounded(t *testing.T) {
	l := &lineReader{in: bufio.NewReader(strings.NewReader(strings.Repeat(" ", 3*maxRow) + "\nb"))}
	if more, err := l.nextLine(); !more || err != nil || !l.long || cap(l.text) > 2*maxRow {
		t.Errorf("a long line: %t, %v, %t, %d bytes are held", more, err, l.long, cap(l.text))
	}
	if more, err := l.nextLine(); !more || err != nil || l.long || string(l.text) != "b" || l.number != 2 {
		t.Errorf("the line after it: %t, %v, %t, %q of line %d", more, err, l.long, l.text, l.number)
	}
}
