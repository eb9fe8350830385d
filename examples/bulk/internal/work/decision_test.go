package work

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func TestDecide(t *testing.T) {
	failed := func(kind credit.Kind, o credit.Outcome) error {
		return &credit.Error{Vendor: "knox", Kind: kind, Outcome: o}
	}
	limited := &credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, RetryAfter: 5 * time.Minute}
	read := &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Err: &changes.UnresolvedError{Resolution: &credit.Resolution{Verdict: credit.Neither}}}
	notRead := &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Err: &changes.UnresolvedError{Err: errors.New("no answer")}}
	readError := func(kind credit.Kind, cause error) error {
		read := &credit.Error{Kind: kind, Outcome: credit.NotSent, RetryAfter: 5 * time.Minute, Err: cause}
		return &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Err: &changes.UnresolvedError{Err: read}}
	}
	for _, c := range []struct {
		name    string
		err     error
		outcome result.Outcome
		tries   int // 1 if it is 0
		unsafe  bool
		healthy bool
		want    decision
		least   time.Duration // of the delay
	}{
		{name: "applied", outcome: result.Applied, want: decision{final: true}},
		{name: "planned", outcome: result.Planned, want: decision{final: true}},
		{name: "applied, unreadable", err: failed(credit.ErrMalformed, credit.Applied), outcome: result.Applied, want: decision{final: true}},
		{name: "applied, not read back", err: failed(credit.ErrRateLimited, credit.Applied), outcome: result.Applied, want: decision{final: true}},
		{name: "rejected as unavailable", err: failed(credit.ErrUnavailable, credit.Rejected), outcome: result.Rejected, unsafe: true, want: decision{outage: true}, least: time.Second},
		{name: "rejected", err: failed(credit.ErrInvalid, credit.Rejected), outcome: result.Rejected, want: decision{final: true}},
		{name: "invalid", err: &credit.InvalidError{}, outcome: result.NotSent, want: decision{final: true}},
		{name: "unknown", err: failed(credit.ErrUnavailable, credit.Unknown), outcome: result.Unknown, want: decision{outage: true}, least: time.Second},
		{name: "unknown, not repeatable", err: failed(credit.ErrUnavailable, credit.Unknown), outcome: result.Unknown, unsafe: true, want: decision{final: true, outage: true}},
		{name: "unknown, last try", err: failed(credit.ErrUnavailable, credit.Unknown), outcome: result.Unknown, tries: maxTries, want: decision{final: true, outage: true}},
		{name: "unknown, key used up", err: &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, KeyUsedUp: true}, outcome: result.Unknown, want: decision{final: true, outage: true}},
		{name: "unknown, and the credit was read", err: read, outcome: result.Unknown, want: decision{final: true}},
		{name: "unknown, and the credit could not be read", err: notRead, outcome: result.Unknown, unsafe: true, want: decision{final: true, outage: true}},
		{name: "unknown, and the read was refused for the credentials", err: readError(credit.ErrUnauthorized, nil), outcome: result.Unknown, unsafe: true, want: decision{stop: true}},
		{name: "unknown, and the read was limited", err: readError(credit.ErrRateLimited, nil), outcome: result.Unknown, unsafe: true, want: decision{pause: 5 * time.Minute}, least: 5 * time.Minute},
		{name: "unknown, and the read was canceled", err: readError(credit.ErrUnavailable, context.Canceled), outcome: result.Unknown, unsafe: true, least: time.Second},
		{name: "too long for the journal", err: &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: journal.ErrTooLong}, outcome: result.NotSent, want: decision{final: true}},
		{name: "unknown, changed by others", err: &credit.ChangedError{Err: failed(credit.ErrUnavailable, credit.Unknown)}, outcome: result.Unknown, want: decision{final: true, outage: true}},
		{name: "unknown, unauthorized", err: failed(credit.ErrUnauthorized, credit.Unknown), outcome: result.Unknown, unsafe: true, want: decision{final: true, outage: true}},
		{name: "credentials refused", err: failed(credit.ErrUnauthorized, credit.Rejected), outcome: result.Rejected, want: decision{stop: true}},
		{name: "forbidden", err: failed(credit.ErrForbidden, credit.Rejected), outcome: result.Rejected, want: decision{final: true}},
		{name: "no token", err: failed(credit.ErrUnauthorized, credit.NotSent), outcome: result.NotSent, want: decision{stop: true}},
		{name: "rate limited", err: limited, outcome: result.Rejected, want: decision{pause: 5 * time.Minute}, least: 5 * time.Minute},
		{name: "rate limited after a doubt", err: limited, outcome: result.Rejected, tries: 2, unsafe: true, want: decision{pause: 5 * time.Minute}, least: 5 * time.Minute},
		{name: "rate limited without a time", err: failed(credit.ErrRateLimited, credit.Rejected), outcome: result.Rejected, tries: maxTries, want: decision{pause: -1}, least: time.Second},
		{name: "not reached", err: failed(credit.ErrUnavailable, credit.NotSent), outcome: result.NotSent, unsafe: true, want: decision{outage: true}, least: time.Second},
		{name: "not reached, vendor not healthy", err: failed(credit.ErrUnavailable, credit.NotSent), outcome: result.NotSent, tries: maxTries, want: decision{outage: true}, least: time.Second},
		{name: "not reached, vendor healthy", err: failed(credit.ErrUnavailable, credit.NotSent), outcome: result.NotSent, tries: maxTries, healthy: true, want: decision{final: true}},
		{name: "canceled before it was sent", err: &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: context.Canceled}, outcome: result.NotSent, want: decision{outage: true}, least: time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := decide(c.err, c.outcome, max(c.tries, 1), !c.unsafe, c.healthy)
			if got.delay < c.least || got.delay > max(2*c.least, time.Minute) {
				t.Errorf("tried again after %v", got.delay)
			}
			if c.want.pause < 0 && got.pause == got.delay { // as long as the row
				got.pause = c.want.pause
			}
			if got.delay = 0; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestWaitsGrowToOneMinute(t *testing.T) {
	for _, c := range []struct {
		tries   int
		ceiling time.Duration
	}{
		{1, 2 * time.Second}, {2, 4 * time.Second}, {5, 32 * time.Second}, {6, time.Minute}, {1000, time.Minute},
	} {
		var longest time.Duration
		for range 1000 {
			d := policy.Backoff(c.tries)
			if d < time.Second || d > c.ceiling {
				t.Fatalf("after %d tries: %v", c.tries, d)
			}
			longest = max(longest, d)
		}
		if longest < c.ceiling/2 {
			t.Errorf("after %d tries: never longer than %v", c.tries, longest)
		}
	}
}
