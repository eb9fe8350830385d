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

// A faultCase is a vendor's update that meets with trouble.
type faultCase struct {
	what   string
	vendor string
	queue  credittest.Fault
	want   credit.Kind // empty: it ends well
}

var faultCases = []faultCase{
	{"throttled, then sent again", "nexudus", credittest.Throttled(), ""},
	{"connection lost, sent again under the same key", "metronome", credittest.LostAfter(), ""},
	{"conflict", "metronome", credittest.Refuse(409, `{"message":"the credit is used by a finalized invoice"}`), credit.ErrConflict},
	{"rate limit, longer than worth waiting", "thoughtindustries", credittest.RateLimited(time.Hour), credit.ErrRateLimited},
	{"no such credit", "flexprice", credittest.Refuse(404, `{"code":"not_found","message":"Credit grant not found","http_status_code":404}`), credit.ErrNotFound},
	{"connection lost after the send", "thoughtindustries", credittest.LostAfter(), credit.ErrUnavailable},
}

func showFaults(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out)
	fmt.Fprintln(out, "And when it does not go well:")
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VENDOR\tWHAT HAPPENED\tDID THE CHANGE HAPPEN?\tATTEMPTS")
	var texts []string
	for _, f := range faultCases {
		attempts, err := runWithFault(ctx, f)
		switch {
		case err == nil && f.want != "":
			return fmt.Errorf("%s at %s: no error, want %w", f.what, f.vendor, f.want)
		case err != nil && !errors.Is(err, f.want):
			return fmt.Errorf("%s at %s: %w", f.what, f.vendor, err)
		}
		outcome := "yes"
		if err != nil {
			outcome = credit.OutcomeOf(err).String()
			texts = append(texts, err.Error())
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\n", f.vendor, f.what, outcome, attempts)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "What the errors say:")
	fmt.Fprintln(out)
	for _, text := range texts {
		fmt.Fprintln(out, " ", text)
	}
	return nil
}

// runWithFault makes the vendor's update against a fake that plays the fault.
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
	return 0, fmt.Errorf("there is no vendor %q", f.vendor)
}
