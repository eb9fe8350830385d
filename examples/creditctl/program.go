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

// A program is one run. Its output is collected in memory and written at the end,
// so that all of it can go elsewhere where it cannot be written.
type program struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	out, errs      screen // write to outText and errsText
	outText        bytes.Buffer
	errsText       bytes.Buffer
	code           int
}

// newProgram returns a program that writes to stdout and stderr, with colors on a
// terminal.
func newProgram(getenv func(string) string, stdout, stderr io.Writer) *program {
	p := &program{getenv: getenv, stdout: stdout, stderr: stderr}
	p.out = newScreen(&p.outText, hasColors(stdout, getenv))
	p.errs = newScreen(&p.errsText, hasColors(stderr, getenv))
	return p
}

// An answer is what a command has to report. As JSON it is encoded as it is.
type answer interface {
	writeText(out, errs screen)
	exitCode() int
}

// run returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.command()
	if err := root.Run(ctx, args); err != nil {
		r := newReport()
		r.fail(usageError(cmp.Or(unknownCommand(root, args), err).Error()))
		p.report(r, asksForJSON(args))
	}
	return p.flush()
}

// action returns the action of a command that reports do's answer.
func (p *program) action(do func(context.Context, *cli.Command) answer) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		switch d := cmd.Duration("timeout"); {
		case d > 0:
			bounded, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			ctx = bounded
		case cmd.IsSet("timeout"):
			return fmt.Errorf("-timeout must be positive, got %v", d)
		}
		p.report(do(ctx, cmd), cmd.Bool("json"))
		return nil
	}
}

func (p *program) report(a answer, asJSON bool) {
	p.code = a.exitCode()
	if !asJSON {
		a.writeText(p.out, p.errs)
		return
	}
	line, err := encodeJSON(a)
	if err != nil {
		p.code = cmp.Or(p.code, exitUnreported)
		fmt.Fprintf(p.errs, "%s the answer cannot be encoded as JSON: %v\n", p.errs.bad.Sprint(prefix), err)
		a.writeText(p.errs, p.errs)
		return
	}
	p.outText.Write(line)
}

// prefix begins what the program says on standard error.
const prefix = "creditctl:"

// flush writes the output and returns the exit code. What one stream does not
// take goes to the other.
func (p *program) flush() int {
	if err := write(p.stdout, p.outText.Bytes()); err != nil {
		p.code = cmp.Or(p.code, exitUnreported)
		fmt.Fprintf(p.errs, "%s standard output could not be written: %v; this is what it lacks:\n", p.errs.bad.Sprint(prefix), err)
		p.errsText.Write(p.outText.Bytes())
		p.outText.Reset()
	}
	if write(p.stderr, p.errsText.Bytes()) != nil && p.outText.Len() == 0 {
		_ = write(p.stdout, p.errsText.Bytes()) // the exit code is all that is left
	}
	return p.code
}

// write writes all of text, if there is any. It closes a file, because some file
// systems report only then that they are full.
func write(w io.Writer, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := w.Write(text)
	if f, ok := w.(*os.File); ok && err == nil {
		return f.Close()
	}
	return err
}

// encodeJSON leaves <, > and & as they are: nothing here ends up in HTML.
func encodeJSON(v any) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return line.Bytes(), err
}

// asksForJSON looks for the flag where the command line cannot be parsed.
func asksForJSON(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return slices.Contains([]string{"-json", "--json", "-json=true", "--json=true"}, arg)
	})
}
