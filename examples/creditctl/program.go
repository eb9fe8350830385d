package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"
)

// A program is one run.
type program struct {
	getenv    func(string) string
	out, errs screen
	code      int
}

// An answer is what a command has to say. As JSON it is encoded as it is.
type answer interface {
	people(out, errs screen)
	exitCode() int
}

// run returns the exit code. What the flags' parser refuses is an answer like
// any other.
func (p *program) run(ctx context.Context, args []string) int {
	if err := p.command().Run(ctx, args); err != nil {
		r := newReport()
		r.fail(usageError(err.Error()))
		p.say(r, asksForJSON(args))
	}
	return p.code
}

// does is the action of a command.
func (p *program) does(do func(context.Context, *cli.Command) answer) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		if cmd.Args().Present() {
			return fmt.Errorf("unexpected argument %q", cmd.Args().First())
		}
		switch d := cmd.Duration("timeout"); {
		case d > 0:
			bounded, cancel := context.WithTimeout(ctx, d)
			defer cancel()
			ctx = bounded
		case cmd.IsSet("timeout"):
			return fmt.Errorf("-timeout must be above 0, not %v", d)
		}
		p.say(do(ctx, cmd), cmd.Bool("json"))
		return nil
	}
}

func (p *program) say(a answer, asJSON bool) {
	p.code = a.exitCode()
	if !asJSON {
		a.people(p.out, p.errs)
		return
	}
	line, err := inJSON(a)
	if err == nil {
		_, err = p.out.Write(line)
	}
	if err != nil { // what became of the change counts for more: the code stays
		fmt.Fprintln(p.errs, "creditctl: the answer could not be written:", err)
	}
}

// inJSON leaves <, > and & as they are: nothing here ends up in HTML.
func inJSON(v any) ([]byte, error) {
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
