package progress

import (
	"fmt"
	"io"
	"strings"
)

// ANSI's control sequences, as far as a table needs them.
const (
	hideCursor  = "\x1b[?25l"
	showCursor  = "\x1b[?25h"
	clearLine   = "\x1b[K" // from the cursor on
	clearBelow  = "\x1b[J"
	clearScreen = "\x1b[H\x1b[2J" // and the cursor goes to the top
)

// tableView draws a frame over the one before, in one write each, so that a terminal
// never shows half of one.
type tableView struct {
	w             io.Writer
	size          func() (width, height int)
	palette       palette
	meters        rateMeters
	width, height int // when the last frame was drawn
	drawn         int // the lines of the last frame
}

func (t *tableView) Show(s Snapshot) {
	var b strings.Builder
	width, height := t.size()
	if width < 2 {
		width = 80 // the terminal does not know
	}
	switch {
	case t.meters == nil:
		t.meters = rateMeters{}
		b.WriteString(hideCursor)
	case width != t.width || height != t.height:
		// Terminals differ in what they do with the lines of the last frame when
		// they are resized, so its place is not known any more.
		b.WriteString(clearScreen)
	case t.drawn > 0:
		fmt.Fprintf(&b, "\r\x1b[%dA", t.drawn)
	}
	t.width, t.height = width, height
	each, whole := t.meters.observe(s)
	// The last column stays free: some terminals break a line that fills it. The
	// last line is for the cursor.
	lines := t.palette.drawFrame(s, each, whole, width-1)
	if height > 1 && len(lines) > height-1 {
		lines = lines[:height-1]
	}
	for _, l := range lines {
		b.WriteString(l.String() + clearLine + "\n")
	}
	t.drawn = len(lines)
	b.WriteString(clearBelow)
	fmt.Fprint(t.w, b.String())
}

// Close leaves the last frame where it is.
func (t *tableView) Close() {
	if t.meters != nil {
		fmt.Fprint(t.w, showCursor)
	}
}
