package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/creditkit/creditkit/credit"
)

// defaultLimits stay a little below what the vendors document, because calls may arrive
// closer together than they were sent. The other vendors document no limit.
const defaultLimits = "nexudus=118/58,thoughtindustries=118/118"

// A limiter has a budget for all calls of a vendor and a smaller one for its writes. It
// implements credit.Limiter.
type limiter struct {
	calls, writes *rate.Limiter
	turn          chan struct{} // held by the write that waits
}

// parseLimits parses "vendor=calls/writes", each for a minute, separated by commas.
func parseLimits(text string) (map[string]*limiter, error) {
	limiters := make(map[string]*limiter)
	if text == "" {
		return limiters, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, numbers, _ := strings.Cut(part, "=")
		callText, writeText, _ := strings.Cut(numbers, "/")
		calls, callErr := strconv.Atoi(callText)
		writes, writeErr := strconv.Atoi(writeText)
		if name == "" || callErr != nil || writeErr != nil || writes < 1 || calls < writes {
			return nil, fmt.Errorf("-limits: must be such as nexudus=118/58, got %q", part)
		}
		limiters[name] = &limiter{perMinute(calls), perMinute(writes), make(chan struct{}, 1)}
	}
	return limiters, nil
}

// perMinute returns a limiter without a burst: in any minute, a burst would add to the
// refill.
func perMinute(n int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(time.Minute/time.Duration(n)), 1)
}

// Wait implements credit.Limiter. Reads take from the budget of all calls only. One
// write waits at a time, so that those that wait for a call are not sent together.
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
	if err := l.writes.Wait(ctx); err != nil {
		return err
	}
	return l.calls.Wait(ctx)
}
