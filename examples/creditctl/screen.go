package main

import (
	"io"
	"os"

	"github.com/fatih/color"
	"golang.org/x/term"
)

// A screen is where people read, in colours or not.
type screen struct {
	io.Writer
	good, warn, bad, dim, strong *color.Color
}

func newScreen(w io.Writer, colours bool) screen {
	ink := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if colours {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return screen{
		Writer: w,
		good:   ink(color.FgGreen),
		warn:   ink(color.FgYellow),
		bad:    ink(color.FgRed, color.Bold),
		dim:    ink(color.Faint),
		strong: ink(color.Bold),
	}
}

// terminal is the screen of a standard stream: with colours on a terminal that
// knows them, unless https://no-color.org is followed.
func terminal(f *os.File, getenv func(string) string) screen {
	return newScreen(f, wantsColours(getenv) && term.IsTerminal(int(f.Fd())))
}

func wantsColours(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
