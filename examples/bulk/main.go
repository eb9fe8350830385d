// Bulk applies a file of credit changes, each row once, on one machine or on several.
// See its README.
//
//	go run ./examples/bulk check -in changes.csv
//	go run ./examples/bulk run -in changes.csv
//	go run ./examples/bulk run -fake -in examples/bulk/testdata/changes.csv
package main

import (
	"cmp"
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
	codeDone       = 0 // every row is applied, planned or resolved
	codeNotAll     = 1 // every row has ended, but not every row is applied, planned or resolved
	codeRefused    = 2 // a wrong flag, a bad file, another job's folder or outliers without a yes: nothing was sent
	codeUnfinished = 3 // rows are left: run it again to continue
	codeDamaged    = 4 // the state of the job is damaged: nothing more was sent
)

// An exitError is an exit code whose reason was printed already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// memoryLimit is the soft memory limit, whatever the length of the file. Without it
// the garbage collector frees the queue's buffers late. GOMEMLIMIT overrides it.
const memoryLimit = 104 << 20

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

// An unfinishedError is a failure after the work had begun.
type unfinishedError struct {
	error
	// lostAnswers describes the answers that the journal does not have, if there are
	// any.
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

const helpText = `The command run can be killed at any time and repeated: it continues where it stopped.

It promises: a row whose change may have been made is sent again only if that is safe
or has the same idempotency key. Every row has a line in the results. A change that
may have been made ends as unknown: look at its credit. A state folder belongs to
one file and one target (mode, addresses, accounts), and damage to it is noticed
before anything is sent. Bad input is refused before anything is stored or sent.

export, plan, apply, undo and resolve are for changes that a second person approves:
export writes credits to a file, plan reads every credit and writes what would be sent,
apply sends exactly the plan with the SHA-256 that was approved, undo plans to put back
what a results file shows, and resolve looks at its unknown rows. All but apply read only.

It does not promise: that a change is made; that no other program changes the credit
at the same time; anything if the state folder is removed or replaced by an older
copy.

After Ctrl-C, SIGTERM or a closed terminal, requests in flight end and their answers
are recorded. A second Ctrl-C kills. A closed output (| head -1) does not end the work.

Credentials come from environment variables, never from the command line;
creditctl -help lists them.

The exit code is 0 if every row was applied, planned or is as asked, 1 if every row has
ended and some did not, 2 if nothing was sent or written, 3 if rows are left (run it
again), and 4 if the state folder is damaged (the message lists the rows in doubt and
what to do).`

// completionFlag is the last argument if a shell asks for completions. The
// arguments before it are not executed.
const completionFlag = "--generate-shell-completion"

// refuseUnused rejects arguments that the command does not use, before anything
// else.
func refuseUnused(ctx context.Context, c *cli.Command) (context.Context, error) {
	if os.Args[len(os.Args)-1] == completionFlag && !slices.Contains(os.Args, "--") {
		return ctx, nil
	}
	return ctx, arguments.RefuseUnused(c.Args().Slice())
}

func rootCommand() *cli.Command {
	root := &cli.Command{
		Name:                  "bulk",
		Usage:                 "apply a file of credit changes, each row once",
		Description:           helpText,
		EnableShellCompletion: true,
		HideHelpCommand:       true,
		Commands: []*cli.Command{
			checkCommand(), runCommand(), submitCommand(), workCommand(), statusCommand(),
			exportCommand(), planCommand(), applyCommand(), undoCommand(), resolveCommand(),
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if name := c.Args().First(); name != "" {
				return fmt.Errorf("unknown command %q: the commands are check, run, export, plan, apply, undo, resolve, submit, work and status", name)
			}
			return cmp.Or(cli.ShowRootCommandHelp(c), errors.New("a command is missing: nothing was sent"))
		},
		// exitCode prints the errors.
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
	}
	for _, c := range root.Commands {
		c.Before = refuseUnused
	}
	for _, c := range append(root.Commands, root) {
		c.DisableSliceFlagSeparator = true // limits contain commas
		c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }
	}
	return root
}
