package main

import (
	"io"
	"os"

	"github.com/fatih/color"
	"golang.org/x/term"
)

// A screen writes text for people, with colors or without.
type screen struct {
	io.Writer
	good, warn, bad, dim, strong *color.Color
}

func newScreen(w io.Writer, colors bool) screen {
	style := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if colors {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return screen{
		Writer: w,
		good:   style(color.FgGreen),
		warn:   style(color.FgYellow),
		bad:    style(color.FgRed, color.Bold),
		dim:    style(color.Faint),
		strong: style(color.Bold),
	}
}

// hasColors reports whether w is a terminal that shows colors. It follows
// https://no-color.org.
func hasColors(w io.Writer, getenv func(string) string) bool {
	f, ok := w.(*os.File)
	return ok && wantsColors(getenv) && term.IsTerminal(int(f.Fd()))
}

func wantsColors(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
