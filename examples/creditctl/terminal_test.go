package main

import (
	"bytes"
	"os"
	"testing"
)

func TestColors(t *testing.T) {
	r := newReport()
	r.Vendor, r.ID, r.Outcome, r.Attempts = "knox", "1", "applied", 1
	r.Changes = []fieldChange{{"total", "1", "2"}}
	var out bytes.Buffer
	r.writeText(newTerminalWriter(&out, true), newTerminalWriter(&out, true))
	const want = "\x1b[1mknox credit 1:\x1b[22m \x1b[32mchanged\x1b[0m\n" +
		"  total       \x1b[2m1\x1b[22m -> \x1b[32m2\x1b[0m\n" +
		"the vendor confirmed it without showing the credit; -verify reads it back\n\x1b[2m1 attempt\x1b[22m\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

func TestWantsColors(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"TERM": "xterm"}, true},
		{map[string]string{"NO_COLOR": "1", "TERM": "xterm"}, false},
		{map[string]string{"TERM": "dumb"}, false},
	} {
		if got := wantsColors(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestHasColorsOnlyOnTerminal(t *testing.T) {
	none := func(string) string { return "" }
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if hasColors(file, none) || hasColors(new(bytes.Buffer), none) {
		t.Error("a file has colors")
	}

	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	if !hasColors(tty, none) {
		t.Error("a terminal has no colors")
	}
	if hasColors(tty, func(string) string { return "1" }) {
		t.Error("a terminal has colors under NO_COLOR")
	}
}
