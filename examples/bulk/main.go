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
	"runtime/debug"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
	"github.com/creditkit/creditkit/examples/internal/arguments"
	"github.com/creditkit/creditkit/examples/internal/interrupt"
)

// The exit codes.
const (
	codeDone       = 0 // every row is applied, or planned
	codeNotAll     = 1 // every row has ended, and not every one is applied: see the results
	codeRefused    = 2 // a wrong flag, a bad file, another job's folder: nothing was sent
	codeUnfinished = 3 // rows are left: run it again to go on
	codeDamaged    = 4 // the state of the job is damaged: nothing more was sent
)

// exitError is an end whose reason was printed already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// memoryLimit is what the garbage collector tries to stay below, whatever the length of
// the file: the queue's buffers are let go late otherwise. GOMEMLIMIT goes before.
const memoryLimit = 128 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	interrupt.IgnoreBrokenPipe()
	ignoreFileSizeLimit()
	ctx, stop := interrupt.NotifyContext(context.Background())
	status := exitCode(rootCommand().Run(ctx, os.Args))
	stop()
	os.Exit(status)
}

func exitCode(err error) int {
	if err == nil {
		return codeDone
	}
	if status, ok := errors.AsType[exitError](err); ok {
		return int(status)
	}
	if errors.Is(err, context.Canceled) {
		err = fmt.Errorf("stopped: %w", err)
	}
	fmt.Fprintln(os.Stderr, "bulk:", err)
	if errors.Is(err, folder.ErrDamaged) {
		return codeDamaged
	}
	if u, ok := errors.AsType[unfinishedError](err); ok {
		fmt.Fprintln(os.Stderr, u.nextSteps())
		return codeUnfinished
	}
	return codeRefused
}

// unfinishedError is a failure after the work had begun.
type unfinishedError struct {
	error
	// lostAnswers describes the answers that the journal does not hold, if there are any.
	lostAnswers string
}

func (u unfinishedError) Unwrap() error { return u.error }

func (u unfinishedError) nextSteps() string {
	advice := "When the cause is fixed, run the same command again: it continues where it stopped."
	if u.lostAnswers == "" {
		return advice
	}
	return u.lostAnswers + "\n" + advice
}

const helpText = `Run can be killed at any moment and run again: it continues where it stopped.

It promises: a row whose change may have been made is not sent again, unless that is
harmless or has the same idempotency key; every row has a line in the results; a
change that may have been made ends as unknown: look at its credit. A state folder belongs to one file and
one target (mode, addresses, accounts), and damage to it is noticed before
anything is sent. Bad input is refused before anything is stored or sent.

It does not promise: that a change is made; that no other program changes the credit
meanwhile; anything if the state folder is removed or replaced by an older copy.

Ctrl-C, SIGTERM and a closed terminal let requests end and record their answers; a
second Ctrl-C kills. A closed output (| head -1) does not end the work.

Credentials come from environment variables, never from the command line;
creditctl -help lists them.

The exit code is 0 if every row was applied or planned, 1 if all have ended and
not all so, 2 if nothing was sent, 3 if rows are left: run it again, and 4 if the
state folder is damaged: the message lists the rows in doubt and the way out.`

// completionFlag is the last word of a command line that a shell wants completed. What
// stands before it is not a command to be carried out.
const completionFlag = "--generate-shell-completion"

// refuseUnused refuses words that the command does not use, before anything else.
func refuseUnused(ctx context.Context, c *cli.Command) (context.Context, error) {
	if os.Args[len(os.Args)-1] == completionFlag && !slices.Contains(os.Args, "--") {
		return ctx, nil
	}
	return ctx, arguments.RefuseUnused(c.Args().Slice())
}

func rootCommand() *cli.Command {
	root := &cli.Command{
		Name:                  "bulk",
		Usage:                 "apply a file of changes of credits, every row once",
		Description:           helpText,
		EnableShellCompletion: true,
		HideHelpCommand:       true,
		Commands: []*cli.Command{
			checkCommand(), runCommand(), submitCommand(), workCommand(), statusCommand(),
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if name := c.Args().First(); name != "" {
				return fmt.Errorf("unknown command %q: the commands are check, run, submit, work and status", name)
			}
			return cli.ShowRootCommandHelp(c)
		},
		// Errors are printed in one place, and with their own codes.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	for _, c := range root.Commands {
		c.Before = refuseUnused
	}
	for _, c := range append(root.Commands, root) {
		c.DisableSliceFlagSeparator = true // limits have commas in them
		c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }
	}
	return root
}
