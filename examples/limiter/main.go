// Limiter makes changes at Nexudus without being throttled: a rate.Limiter of
// golang.org/x/time/rate delays each attempt, retries included.
//
//	go run ./examples/limiter    one minute, at a fake that allows 60 calls a minute
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/time/rate"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/arguments"
	"github.com/creditkit/creditkit/examples/internal/interrupt"
	"github.com/creditkit/creditkit/nexudus"
)

func main() {
	interrupt.IgnoreBrokenPipe()
	switch err := checkArguments(os.Args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Println("Usage: limiter\n\nMakes 31 changes at a fake that allows 60 calls a minute. It takes a minute.")
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "limiter:", err)
		os.Exit(2)
	}
	ctx, stop := interrupt.NotifyContext(context.Background())
	fake := credittest.NewNexudus(nil)
	err := run(ctx, fake, os.Stdout, credit.WithBaseURL(fake.URL))
	fake.Close()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "limiter:", err)
		os.Exit(1)
	}
}

// checkArguments returns an error for all arguments but -help.
func checkArguments(args []string) error {
	flags := flag.NewFlagSet("limiter", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints errors
	if err := flags.Parse(args); err != nil {
		return err
	}
	return arguments.RefuseUnused(flags.Args())
}

// Nexudus documents 60 writes a minute. In any minute a limiter allows its
// burst and the refill of a minute. Both together stay a little below the
// documented limit, because calls may arrive closer together than they were
// sent.
const (
	documentedLimit = 60
	burst           = 10
	refill          = 45
)

func newLimiter() *rate.Limiter {
	return rate.NewLimiter(rate.Every(time.Minute/refill), burst)
}

// run makes one change more than Nexudus allows in a minute. Each change is a
// read and a write, and the limiter counts both, because it cannot distinguish
// them.
func run(ctx context.Context, fake *credittest.Server, out io.Writer, opts ...credit.Option) error {
	fake.Limit(documentedLimit, time.Minute)
	client, err := nexudus.New(credit.StaticToken("example"), append(opts, credit.WithLimiter(newLimiter()))...)
	if err != nil {
		return err
	}
	updater, attempts := client.Updater(), 0
	start := time.Now()
	for i := range changes {
		result, err := updater.Update(ctx, fake.Ref, credit.Patch{Note: credit.Set(fmt.Sprintf("change %d", i+1))})
		if err != nil {
			return err
		}
		attempts += result.Attempts
	}
	_, err = fmt.Fprintf(out, "%d changes in %v, %d retries\n", changes, time.Since(start).Round(time.Second), attempts-changes)
	return err
}

const changes = 31 // 62 calls
