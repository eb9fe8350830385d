// Quickstart updates one credit at each of the five vendors, with the example
// bodies of the vendors' documentation, and then shows how faults are reported.
//
//	go run ./examples/quickstart                    five fakes in this process
//	go run ./examples/quickstart -live metronome    one real call; see -help
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/creditkit/creditkit/examples/internal/arguments"
	"github.com/creditkit/creditkit/examples/internal/interrupt"
)

// The exit codes.
const (
	codeFailed = 1 // the error says whether the change was made
	codeUsage  = 2 // the command line or the environment is wrong: nothing was sent
)

// A usageError is an invalid command line or environment.
type usageError struct{ error }

func main() {
	interrupt.IgnoreBrokenPipe()
	ctx, stop := interrupt.NotifyContext(context.Background())
	out := bufio.NewWriter(os.Stdout)
	err := run(ctx, os.Args[1:], os.Getenv, out)
	stop()
	if failed := out.Flush(); failed != nil && err == nil {
		err = fmt.Errorf("done, but the output could not be written: %w", failed)
	}
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "quickstart:", err)
	if _, ok := errors.AsType[usageError](err); ok {
		os.Exit(codeUsage)
	}
	os.Exit(codeFailed)
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main reports errors
	live := flags.String("live", "", "make one real call at this `vendor`: "+strings.Join(vendorNames(), ", "))
	flags.Usage = func() {}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return showHelp(out, flags)
	} else if err != nil {
		return usageError{fmt.Errorf("%w: see quickstart -help", err)}
	}
	if err := arguments.RefuseUnused(flags.Args()); err != nil {
		return usageError{err}
	}
	if isSet(flags, "live") {
		return runLive(ctx, *live, getenv, out)
	}
	if err := showUpdates(ctx, out); err != nil {
		return err
	}
	return showFaults(ctx, out)
}

// isSet reports whether the command line contains the flag, even with an empty
// value.
func isSet(flags *flag.FlagSet, name string) (set bool) {
	flags.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

func showHelp(out io.Writer, flags *flag.FlagSet) error {
	fmt.Fprintln(out, "Usage: quickstart [-live vendor]")
	flags.SetOutput(out)
	flags.PrintDefaults()
	_, err := fmt.Fprint(out, liveHelp())
	return err
}
