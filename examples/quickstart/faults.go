package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A faultCase is a vendor's update against a fake with a fault.
type faultCase struct {
	name   string
	vendor string
	queue  credittest.Fault
	want   credit.Kind // empty: no error
}

var faultCases = []faultCase{
	{"throttled, then retried", "nexudus", credittest.Throttled(), ""},
	{"connection lost, retried with the same key", "metronome", credittest.LostAfter(), ""},
	{"conflict", "metronome", credittest.Respond(409, `{"message":"the credit is used by a finalized invoice"}`), credit.ErrConflict},
	{"rate limit with a long Retry-After", "thoughtindustries", credittest.RateLimited(time.Hour), credit.ErrRateLimited},
	{"credit not found", "flexprice", credittest.Respond(404, `{"code":"not_found","message":"Credit grant not found","http_status_code":404}`), credit.ErrNotFound},
	{"connection lost, not idempotent", "thoughtindustries", credittest.LostAfter(), credit.ErrUnavailable},
}

func showFaults(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out)
	fmt.Fprintln(out, "Faults:")
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VENDOR\tFAULT\tCHANGE MADE?\tATTEMPTS")
	var texts []string
	for _, f := range faultCases {
		attempts, err := runWithFault(ctx, f)
		switch {
		case err == nil && f.want != "":
			return fmt.Errorf("%s at %s: no error, want %w", f.name, f.vendor, f.want)
		case err != nil && !errors.Is(err, f.want):
			return fmt.Errorf("%s at %s: %w", f.name, f.vendor, err)
		}
		outcome := "yes"
		if err != nil {
			outcome = credit.OutcomeOf(err).String()
			texts = append(texts, err.Error())
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\n", f.vendor, f.name, outcome, attempts)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "The errors:")
	fmt.Fprintln(out)
	for _, text := range texts {
		fmt.Fprintln(out, " ", text)
	}
	return nil
}

// runWithFault makes the vendor's update against a fake with the fault.
func runWithFault(ctx context.Context, f faultCase) (attempts int, err error) {
	for _, u := range updates {
		if u.vendor != f.vendor {
			continue
		}
		fake := u.fake(nil)
		defer fake.Close()
		fake.Queue(f.queue.OnWrite())
		var info credit.CallInfo
		_, err := u.call(ctx, fake.URL, &info)
		return info.Attempts, err
	}
	return 0, fmt.Errorf("unknown vendor %q", f.vendor)
}
