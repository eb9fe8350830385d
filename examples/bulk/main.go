// Bulk applies a file of changes of credits, every row once, on one machine or on
// many. See its README.
//
//	go run ./examples/bulk check -in changes.csv
//	go run ./examples/bulk run -in changes.csv
//	go run ./examples/bulk run -fake -in examples/bulk/testdata/changes.csv
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/urfave/cli/v3"
)

// The exit codes.
const (
	codeDone       = 0 // every row is applied, or planned
	codeNotAll     = 1 // every row has ended, and not every one is applied: see the results
	codeRefused    = 2 // a wrong flag, a bad file, another job's folder: nothing was sent
	codeUnfinished = 3 // rows are left: run it again to go on
)

// exit is an end that has been told already.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// memory is what the garbage collector tries to stay below, whatever the length of
// the file: the queue's buffers are let go late otherwise. GOMEMLIMIT goes before.
const memory = 128 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal kills
	os.Exit(code(command().Run(ctx, os.Args)))
}

func code(err error) int {
	if err == nil {
		return codeDone
	}
	if told, ok := errors.AsType[exit](err); ok {
		return int(told)
	}
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("stopped: %w", err)
	}
	fmt.Fprintln(os.Stderr, "bulk:", err)
	if _, ok := errors.AsType[unfinished](err); ok {
		fmt.Fprintln(os.Stderr, "nothing is lost: mend the reason, and run it again to go on")
		return codeUnfinished
	}
	return codeRefused
}

// unfinished is a failure after the work had begun.
type unfinished struct{ error }

func (u unfinished) Unwrap() error { return u.error }

const help = `Run may be killed at any moment and run again: it goes on where it was. A row
whose change may have been made, and must not be made again, ends as unknown:
look at its credit.

Credentials come from environment variables, never from the command line;
creditctl -help lists them.

The exit code is 0 if every row was applied or planned, 1 if all have ended and
not all so, 2 if nothing was sent, and 3 if rows are left: run it again.`

func command() *cli.Command {
	root := &cli.Command{
		Name:                  "bulk",
		Usage:                 "apply a file of changes of credits, every row once",
		Description:           help,
		EnableShellCompletion: true,
		HideHelpCommand:       true,
		Commands: []*cli.Command{
			checkCommand(), runCommand(), submitCommand(), workCommand(), statusCommand(),
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if name := c.Args().First(); name != "" {
				return fmt.Errorf("there is no command %q; bulk -help names those that there are", name)
			}
			return cli.ShowRootCommandHelp(c)
		},
		// Errors are told in one place, and with their own codes.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	for _, c := range append(root.Commands, root) {
		c.DisableSliceFlagSeparator = true // limits have commas in them
		c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }
	}
	return root
}
