package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
)

// runInProcess runs the program in this process.
func runInProcess(out io.Writer, args ...string) (code int, stderr string) {
	var errs bytes.Buffer
	p := newProgram(func(string) string { return "" }, out, &errs)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	code = p.run(ctx, append([]string{"creditctl"}, args...))
	return code, errs.String()
}

func TestHasJSONFlag(t *testing.T) {
	for _, test := range []struct {
		line string
		want bool
	}{
		{"get -json", true}, {"get --json -x", true}, {"get -json=true", true}, {"get", false}, {"get -set note=-json", false}, {"get -jsonl", false},
	} {
		if got := hasJSONFlag(strings.Fields(test.line)); got != test.want {
			t.Errorf("%s: %v", test.line, got)
		}
	}
}

// failingWriter is a stream whose writes fail.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// fakeOutput is an output with a text and an exit code.
type fakeOutput struct {
	Text string
	code int
}

func (f fakeOutput) exitCode() int { return f.code }

func (f fakeOutput) writeText(out, errs terminalWriter) {
	w := out
	if f.code != 0 {
		w = errs
	}
	_, _ = io.WriteString(w, f.Text+"\n")
}

func TestWriteOutputFallsBackToTheOtherStream(t *testing.T) {
	for _, c := range []struct {
		name                   string
		output                 fakeOutput
		json, noOut, noErr     bool
		code                   int
		wantStdout, wantStderr string
	}{
		{name: "both work", output: fakeOutput{"done", 0}, wantStdout: "done\n"},
		{name: "error, both work", output: fakeOutput{"failed", 4}, code: 4, wantStderr: "failed\n"},
		{name: "no stdout", output: fakeOutput{"done", 0}, noOut: true, code: 7,
			wantStderr: "creditctl: standard output could not be written: no space left; the output was:\ndone\n"},
		{name: "no stdout, JSON", output: fakeOutput{"done", 0}, json: true, noOut: true, code: 7,
			wantStderr: "creditctl: standard output could not be written: no space left; the output was:\n{\"Text\":\"done\"}\n"},
		{name: "error, no stdout, JSON", output: fakeOutput{"failed", 5}, json: true, noOut: true, code: 5,
			wantStderr: "creditctl: standard output could not be written: no space left; the output was:\n{\"Text\":\"failed\"}\n"},
		{name: "error, no stdout", output: fakeOutput{"failed", 5}, noOut: true, code: 5, wantStderr: "failed\n"},
		{name: "error, no stderr", output: fakeOutput{"failed", 5}, noErr: true, code: 5, wantStdout: "failed\n"},
		{name: "no stderr", output: fakeOutput{"done", 0}, noErr: true, wantStdout: "done\n"},
		{name: "neither", output: fakeOutput{"done", 0}, noOut: true, noErr: true, code: 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			p := newProgram(func(string) string { return "" }, &out, &errs)
			if c.noOut {
				p.stdout = failingWriter{}
			}
			if c.noErr {
				p.stderr = failingWriter{}
			}
			p.writeReport(c.output, c.json)
			if code := p.writeOutput(); code != c.code || out.String() != c.wantStdout || errs.String() != c.wantStderr {
				t.Errorf("exit code %d, want %d\nstdout %q, want %q\nstderr %q, want %q",
					code, c.code, out.String(), c.wantStdout, errs.String(), c.wantStderr)
			}
		})
	}
}

func TestReportThatCannotBeEncoded(t *testing.T) {
	r := newReport()
	r.Vendor, r.ID, r.Outcome = "knox", "1", credit.Applied.String()
	r.Request = &request{Body: json.RawMessage(`{`)}
	var out, errs bytes.Buffer
	p := newProgram(func(string) string { return "" }, &out, &errs)
	p.writeReport(r, true)
	if code := p.writeOutput(); code != exitOutputFailed || out.Len() > 0 || !strings.Contains(errs.String(), "knox credit 1: changed\n") {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
}

func TestTimeoutBoundsTheCommand(t *testing.T) {
	for _, c := range []struct {
		flags []string
		want  bool
	}{{nil, false}, {[]string{"-timeout", "1h"}, true}} {
		p := newProgram(func(string) string { return "" }, io.Discard, io.Discard)
		var bounded bool
		cmd := &cli.Command{Flags: callFlags(), Action: p.newAction(func(ctx context.Context, _ *cli.Command) output {
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
