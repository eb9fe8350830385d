package main

import (
	"io"
	"os"

	"github.com/fatih/color"
	"golang.org/x/term"
)

// A terminalWriter writes text with or without colors.
type terminalWriter struct {
	io.Writer
	good, warn, bad, dim, strong *color.Color
}

func newTerminalWriter(w io.Writer, colors bool) terminalWriter {
	style := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if colors {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return terminalWriter{
		Writer: w,
		good:   style(color.FgGreen),
		warn:   style(color.FgYellow),
		bad:    style(color.FgRed, color.Bold),
		dim:    style(color.Faint),
		strong: style(color.Bold),
	}
}

// hasColors reports whether w is a terminal that shows colors. See
// https://no-color.org.
func hasColors(w io.Writer, getenv func(string) string) bool {
	f, ok := w.(*os.File)
	return ok && wantsColors(getenv) && term.IsTerminal(int(f.Fd()))
}

func wantsColors(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
