package main

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/term"
)

func TestColours(t *testing.T) {
	r := newReport()
	r.Vendor, r.ID, r.Outcome, r.Attempts = "knox", "1", "applied", 1
	r.Changes = []fieldChange{{"total", "1", "2"}}
	var out bytes.Buffer
	r.people(newScreen(&out, true), newScreen(&out, true))
	const want = "\x1b[1mknox credit 1:\x1b[22m \x1b[32mchanged\x1b[0m\n" +
		"  total       \x1b[2m1\x1b[22m -> \x1b[32m2\x1b[0m\n" +
		"the vendor says so and does not show the credit; -verify reads it back\n\x1b[2m1 attempt\x1b[22m\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

func TestColoursAreForTerminalsThatWantThem(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"TERM": "xterm"}, true},
		{map[string]string{"NO_COLOR": "1", "TERM": "xterm"}, false},
		{map[string]string{"TERM": "dumb"}, false},
	} {
		if got := wantsColours(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestATerminalAndAFile(t *testing.T) {
	none := func(string) string { return "" }
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := terminal(file, none).good.Sprint("x"); got != "x" {
		t.Errorf("a file is written %q", got)
	}

	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil || !term.IsTerminal(int(tty.Fd())) {
		t.Skip("there is no terminal to be had")
	}
	defer tty.Close()
	if got := terminal(tty, none).good.Sprint("x"); got != "\x1b[32mx\x1b[0m" {
		t.Errorf("a terminal is written %q", got)
	}
	if got := terminal(tty, func(string) string { return "1" }).good.Sprint("x"); got != "x" {
		t.Errorf("under NO_COLOR a terminal is written %q", got)
	}
}
