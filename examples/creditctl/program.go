package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/urfave/cli/v3"
)

// A program is one run. It collects its output in memory and writes it at the
// end, so that all output can go to the other stream if one cannot be written.
type program struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	out, errs      terminalWriter // write to outText and errsText
	outText        bytes.Buffer
	errsText       bytes.Buffer
	code           int
}

// newProgram returns a program that writes to stdout and stderr, with colors on
// terminals.
func newProgram(getenv func(string) string, stdout, stderr io.Writer) *program {
	p := &program{getenv: getenv, stdout: stdout, stderr: stderr}
	p.out = newTerminalWriter(&p.outText, hasColors(stdout, getenv))
	p.errs = newTerminalWriter(&p.errsText, hasColors(stderr, getenv))
	return p
}

// An output is the result of a command. With -json its JSON encoding is printed.
type output interface {
	writeText(out, errs terminalWriter)
	exitCode() int
}

// A lineOutput is an output whose JSON is several objects, one a line.
type lineOutput interface {
	lines() []any
}

// encodeLines returns the JSON of an output.
func encodeLines(a output) ([]byte, error) {
	l, ok := a.(lineOutput)
	if !ok {
		return encodeJSON(a)
	}
	var all []byte
	for _, v := range l.lines() {
		line, err := encodeJSON(v)
		if err != nil {
			return nil, err
		}
		all = append(all, line...)
	}
	return all, nil
}

// run runs the command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.newCommand()
	if err := root.Run(ctx, args); err != nil {
		r := newReport()
		r.setError(usageError(cmp.Or(unknownCommand(root, args), err).Error()))
		p.writeReport(r, hasJSONFlag(args))
	}
	return p.writeOutput()
}

// newAction returns the action of a command that reports the output of do.
func (p *program) newAction(do func(context.Context, *cli.Command) output) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		switch d := cmd.Duration("timeout"); {
		case d > 0:
			bounded, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			ctx = bounded
		case cmd.IsSet("timeout"):
			return fmt.Errorf("-timeout must be positive, got %v", d)
		}
		p.writeReport(do(ctx, cmd), cmd.Bool("json"))
		return nil
	}
}

func (p *program) writeReport(a output, asJSON bool) {
	p.code = a.exitCode()
	if !asJSON {
		a.writeText(p.out, p.errs)
		return
	}
	lines, err := encodeLines(a)
	if err != nil {
		p.code = cmp.Or(p.code, exitOutputFailed)
		fmt.Fprintf(p.errs, "%s the result cannot be encoded as JSON: %v\n", p.errs.bad.Sprint(messagePrefix), err)
		a.writeText(p.errs, p.errs)
		return
	}
	p.outText.Write(lines)
}

// messagePrefix begins the program's own lines on standard error.
const messagePrefix = "creditctl:"

// writeOutput writes the output and returns the exit code. If one stream cannot
// be written, its text goes to the other.
func (p *program) writeOutput() int {
	if err := writeAll(p.stdout, p.outText.Bytes()); err != nil {
		p.code = cmp.Or(p.code, exitOutputFailed)
		fmt.Fprintf(p.errs, "%s standard output could not be written: %v; the output was:\n", p.errs.bad.Sprint(messagePrefix), err)
		p.errsText.Write(p.outText.Bytes())
		p.outText.Reset()
	}
	if writeAll(p.stderr, p.errsText.Bytes()) != nil && p.outText.Len() == 0 {
		_ = writeAll(p.stdout, p.errsText.Bytes()) // if that fails too, only the exit code is left
	}
	return p.code
}

// writeAll writes text, if there is any, and closes w if it is a file: some
// file systems report only on close that they are full.
func writeAll(w io.Writer, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := w.Write(text)
	if f, ok := w.(*os.File); ok && err == nil {
		return f.Close()
	}
	return err
}

// encodeJSON does not escape <, > and &, because the output is not HTML.
func encodeJSON(v any) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return line.Bytes(), err
}

// hasJSONFlag reports whether args contain -json, for a command line that
// cannot be parsed.
func hasJSONFlag(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return slices.Contains([]string{"-json", "--json", "-json=true", "--json=true"}, arg)
	})
}
