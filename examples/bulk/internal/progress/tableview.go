package progress

import (
	"fmt"
	"io"
	"strings"
)

// The ANSI control sequences that a table needs.
const (
	hideCursor  = "\x1b[?25l"
	showCursor  = "\x1b[?25h"
	clearLine   = "\x1b[K" // from the cursor to the end
	clearBelow  = "\x1b[J"
	clearScreen = "\x1b[H\x1b[2J" // and moves the cursor to the top
)

// A tableView draws each frame over the last one, in a single write, so that the
// terminal never shows half a frame.
type tableView struct {
	w             io.Writer
	size          func() (width, height int)
	palette       palette
	meters        rateMeters
	width, height int // of the terminal at the last frame
	drawn         int // number of lines of the last frame
}

func (t *tableView) Show(s Snapshot) {
	var b strings.Builder
	width, height := t.size()
	if width < 2 {
		width = 80 // the terminal does not report its width
	}
	switch {
	case t.meters == nil:
		t.meters = rateMeters{}
		b.WriteString(hideCursor)
	case width != t.width || height != t.height:
		// Resizing moves the lines of the last frame, and terminals differ in how.
		b.WriteString(clearScreen)
	case t.drawn > 0:
		fmt.Fprintf(&b, "\r\x1b[%dA", t.drawn)
	}
	t.width, t.height = width, height
	each, whole := t.meters.observe(s)
	// The last column stays empty, because some terminals wrap a line that fills it.
	// The last line is for the cursor.
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

// Close shows the cursor again, below the last frame.
func (t *tableView) Close() {
	if t.meters != nil {
		fmt.Fprint(t.w, showCursor)
	}
}
