// Quickstart updates one credit at each of the five vendors, with the bodies
// that the vendors' own pages show, and then lets things go wrong.
//
//	go run ./examples/quickstart                    five fakes in this process
//	go run ./examples/quickstart -live metronome    one real call; see -help
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(out)
	live := flags.String("live", "", "make one real call at this `vendor`: "+strings.Join(vendors(), ", "))
	flags.Usage = func() {
		fmt.Fprintln(out, "Usage: quickstart [-live vendor]")
		flags.PrintDefaults()
		fmt.Fprint(out, liveHelp())
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *live != "":
		return runLive(ctx, *live, getenv, out)
	}
	if err := showUpdates(ctx, out); err != nil {
		return err
	}
	return showFaults(ctx, out)
}
