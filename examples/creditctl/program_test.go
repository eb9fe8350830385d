package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"
)

// inProcess runs the program without one of its own.
func inProcess(out io.Writer, args ...string) (code int, stderr string) {
	var errs bytes.Buffer
	p := program{getenv: func(string) string { return "" }, out: newScreen(out, false), errs: newScreen(&errs, false)}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	code = p.run(ctx, append([]string{"creditctl"}, args...))
	return code, errs.String()
}

func TestAsksForJSON(t *testing.T) {
	for line, want := range map[string]bool{
		"get -json": true, "get --json -x": true, "get -json=true": true, "get": false, "get -set note=-json": false, "get -jsonl": false,
	} {
		if got := asksForJSON(strings.Fields(line)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// The change was made, and the exit code goes on saying so.
func TestAnAnswerThatCannotBeWritten(t *testing.T) {
	code, stderr := inProcess(full{}, "update", "-vendor", "knox", "-fake", "-set", "note=x", "-json")
	if want := "creditctl: the answer could not be written: no space left\n"; code != 0 || stderr != want {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestTimeoutBoundsTheCommand(t *testing.T) {
	for _, c := range []struct {
		flags []string
		want  bool
	}{{nil, false}, {[]string{"-timeout", "1h"}, true}} {
		var p program
		p.out, p.errs = newScreen(io.Discard, false), newScreen(io.Discard, false)
		var bounded bool
		cmd := &cli.Command{Flags: callFlags(), Action: p.does(func(ctx context.Context, _ *cli.Command) answer {
			_, bounded = ctx.Deadline()
			return newReport()
		})}
		if err := cmd.Run(t.Context(), append([]string{"x"}, c.flags...)); err != nil {
			t.Fatal(err)
		}
		if bounded != c.want {
			t.Errorf("%q: bounded is %v", c.flags, bounded)
		}
	}
}
