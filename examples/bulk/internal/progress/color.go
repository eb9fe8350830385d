package progress

import (
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// palette colours what is drawn, or leaves it as it is.
type palette struct {
	good, bad, unsure, quiet *color.Color
}

func newPalette(colours bool) palette {
	k := palette{color.New(color.FgCyan), color.New(color.FgRed), color.New(color.FgYellow), color.New(color.Faint)}
	for _, c := range []*color.Color{k.good, k.bad, k.unsure, k.quiet} {
		if colours {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return k
}

// A span is a piece of a line and its colour, nil for none.
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

// truncate cuts a line that is wider than the terminal: there it would break, and
// the next frame would miss it.
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
