package progress

import (
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// A palette holds the colors of the table. Without colors it changes nothing.
type palette struct {
	good, bad, unsure, quiet *color.Color
}

func newPalette(colors bool) palette {
	k := palette{color.New(color.FgCyan), color.New(color.FgRed), color.New(color.FgYellow), color.New(color.Faint)}
	for _, c := range []*color.Color{k.good, k.bad, k.unsure, k.quiet} {
		if colors {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return k
}

// A span is a part of a line with its color, or nil.
type span struct {
	text  string
	color *color.Color
}

type line []span

func (l line) text() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.text)
	}
	return b.String()
}

func (l line) String() string {
	var b strings.Builder
	for _, s := range l {
		if s.color == nil || s.text == "" {
			b.WriteString(s.text)
		} else {
			b.WriteString(s.color.Sprint(s.text))
		}
	}
	return b.String()
}

// truncate shortens a line that is wider than the terminal: the terminal would wrap
// it, and the next frame would begin at the wrong line.
func (l line) truncate(width int) line {
	if runewidth.StringWidth(l.text()) <= width {
		return l
	}
	var cut line
	for _, s := range l {
		if w := runewidth.StringWidth(s.text); w < width {
			cut, width = append(cut, s), width-w
			continue
		}
		return append(cut, span{runewidth.Truncate(s.text+" ", width, "…"), s.color})
	}
	return cut
}
