package progress

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// ANSI's control sequences, as far as a table needs them.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	clearLine  = "\x1b[K" // from the cursor on
	clearBelow = "\x1b[J"
)

// table draws a frame over the one before, in one write each: a terminal never
// shows half of one.
type table struct {
	w     io.Writer
	width func() int
	ink   ink
	paces paces
	drawn []int // the widths of the lines on the terminal
}

func (t *table) Show(s Snapshot) {
	var b strings.Builder
	if t.paces == nil {
		t.paces = paces{}
		b.WriteString(hideCursor)
	}
	each, whole := t.paces.observe(s)
	width := t.width()
	if width < 2 {
		width = 80 // the terminal does not tell
	}
	if up := occupied(t.drawn, width); up > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", up)
	}
	t.drawn = t.drawn[:0]
	// The last column stays free: some terminals break a line that fills it.
	for _, l := range t.ink.frame(s, each, whole, width-1) {
		t.drawn = append(t.drawn, runewidth.StringWidth(l.plain()))
		b.WriteString(l.String() + clearLine + "\n")
	}
	b.WriteString(clearBelow)
	fmt.Fprint(t.w, b.String())
}

// Close leaves the last frame where it is.
func (t *table) Close() {
	if t.paces != nil {
		fmt.Fprint(t.w, showCursor)
	}
}

// occupied counts the terminal's rows that lines take up: those that were drawn
// on a wider one are broken by now.
func occupied(lines []int, width int) (rows int) {
	for _, w := range lines {
		rows += max(1, (w+width-1)/width)
	}
	return rows
}
