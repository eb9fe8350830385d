// Limiter makes changes at Nexudus without being throttled: rate.Limiters of
// golang.org/x/time/rate delay each attempt, retries included. Writes have a budget
// of their own, because Nexudus allows fewer of them than of all calls.
//
//	go run ./examples/limiter    one minute, at a fake that allows 120 calls a minute
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
		fmt.Println("Usage: limiter\n\nMakes 61 changes at a fake that allows 120 calls a minute. It takes a minute.")
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

// What Nexudus documents: 120 calls a minute, one call per 100 ms, and of these 60
// writes a minute and 5,000 writes a day.
const (
	documentedCalls  = 120
	documentedWrites = 60
)

// A budget is less than the documented limit, because in any period a rate.Limiter
// allows its burst and the refill of the period, and because calls may arrive closer
// together than they were sent. A burst of 1 also keeps calls 500 ms apart.
func perMinute(refill int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(time.Minute/time.Duration(refill)), 1)
}

// A limiter has a budget for all calls and a smaller one for writes. It implements
// credit.Limiter.
type limiter struct {
	calls  *rate.Limiter
	writes []*rate.Limiter
	turn   chan struct{} // held by the write that waits
}

func newLimiter() *limiter {
	const day = 24 * time.Hour
	return &limiter{
		calls: perMinute(documentedCalls - 2),
		writes: []*rate.Limiter{
			perMinute(documentedWrites - 2),
			rate.NewLimiter(rate.Every(day/2400), 2500), // 4,900 a day
		},
		turn: make(chan struct{}, 1),
	}
}

// Wait implements credit.Limiter. A context without an operation counts as a write.
// One write waits at a time: if several could take their share of the writes before
// they wait for a call, they would then be sent close together.
func (l *limiter) Wait(ctx context.Context) error {
	if op, ok := credit.OperationFrom(ctx); ok && !op.Write {
		return l.calls.Wait(ctx)
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, budget := range l.writes {
		if err := budget.Wait(ctx); err != nil {
			return err
		}
	}
	return l.calls.Wait(ctx)
}

// run makes one change more than Nexudus allows in a minute. Each change is a
// read and a write.
func run(ctx context.Context, fake *credittest.Server, out io.Writer, opts ...credit.Option) error {
	fake.Limit(documentedCalls, time.Minute)
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

const changes = documentedWrites + 1
