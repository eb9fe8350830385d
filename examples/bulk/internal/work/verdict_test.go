package work

import (
	"context"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func TestJudge(t *testing.T) {
	failed := func(kind credit.Kind, o credit.Outcome) error {
		return &credit.Error{Vendor: "knox", Kind: kind, Outcome: o}
	}
	limited := &credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, RetryAfter: 5 * time.Minute}
	doubtful := journal.Entry{Doubt: true, Starts: 1, Doubts: 1}
	weary := journal.Entry{Starts: mostStarts - 1}
	for name, c := range map[string]struct {
		err     error
		outcome result.Outcome
		before  journal.Entry
		unsafe  bool
		healthy bool
		want    verdict
		least   time.Duration // of the delay
	}{
		"applied":                      {outcome: result.Applied, want: verdict{end: true}},
		"applied after a doubt":        {outcome: result.Applied, before: doubtful, want: verdict{end: true}},
		"planned":                      {outcome: result.Planned, want: verdict{end: true}},
		"applied, unreadable":          {err: failed(credit.ErrMalformed, credit.Applied), outcome: result.Applied, want: verdict{end: true}},
		"applied, not read back":       {err: failed(credit.ErrRateLimited, credit.Applied), outcome: result.Applied, want: verdict{end: true}},
		"refused, as unable":           {err: failed(credit.ErrUnavailable, credit.Rejected), outcome: result.Rejected, unsafe: true, want: verdict{away: true}, least: time.Second / 2},
		"rejected":                     {err: failed(credit.ErrInvalid, credit.Rejected), outcome: result.Rejected, want: verdict{end: true}},
		"refused":                      {err: &credit.InvalidError{}, outcome: result.NotSent, want: verdict{end: true}},
		"unknown":                      {err: failed(credit.ErrUnavailable, credit.Unknown), outcome: result.Unknown, want: verdict{doubt: true, away: true}, least: time.Second / 2},
		"unknown, not to be repeated":  {err: failed(credit.ErrUnavailable, credit.Unknown), outcome: result.Unknown, unsafe: true, want: verdict{end: true, away: true}},
		"unknown, for the last time":   {err: failed(credit.ErrUnavailable, credit.Unknown), outcome: result.Unknown, before: journal.Entry{Starts: 9, Doubts: mostDoubts - 1}, want: verdict{end: true, away: true}},
		"unknown, and the key used up": {err: &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, KeyUsedUp: true}, outcome: result.Unknown, want: verdict{end: true, away: true}},
		"unknown, and others wrote":    {err: &credit.ChangedError{Err: failed(credit.ErrUnavailable, credit.Unknown)}, outcome: result.Unknown, want: verdict{end: true, away: true}},
		"unknown, and no credentials":  {err: failed(credit.ErrUnauthorized, credit.Unknown), outcome: result.Unknown, unsafe: true, want: verdict{end: true, away: true}},
		"credentials refused":          {err: failed(credit.ErrUnauthorized, credit.Rejected), outcome: result.Rejected, want: verdict{stop: true}},
		"forbidden":                    {err: failed(credit.ErrForbidden, credit.Rejected), outcome: result.Rejected, want: verdict{end: true}},
		"no token":                     {err: failed(credit.ErrUnauthorized, credit.NotSent), outcome: result.NotSent, want: verdict{stop: true}},
		"rate limited":                 {err: limited, outcome: result.Rejected, want: verdict{pause: 5 * time.Minute}, least: 5 * time.Minute},
		"rate limited after a doubt":   {err: limited, outcome: result.Rejected, before: doubtful, unsafe: true, want: verdict{pause: 5 * time.Minute}, least: 5 * time.Minute},
		"rate limited without a time":  {err: failed(credit.ErrRateLimited, credit.Rejected), outcome: result.Rejected, before: weary, want: verdict{pause: -1}, least: 30 * time.Second},
		"not reached":                  {err: failed(credit.ErrUnavailable, credit.NotSent), outcome: result.NotSent, unsafe: true, want: verdict{away: true}, least: time.Second / 2},
		"not reached, nor any other":   {err: failed(credit.ErrUnavailable, credit.NotSent), outcome: result.NotSent, before: weary, want: verdict{away: true}, least: 30 * time.Second},
		"not reached, unlike others":   {err: failed(credit.ErrUnavailable, credit.NotSent), outcome: result.NotSent, before: weary, healthy: true, want: verdict{end: true}},
		"ended before it was sent":     {err: &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: context.Canceled}, outcome: result.NotSent, want: verdict{away: true}, least: time.Second / 2},
	} {
		t.Run(name, func(t *testing.T) {
			got := judge(c.err, c.outcome, c.before, !c.unsafe, c.healthy)
			if got.after < c.least || got.after > max(2*c.least, time.Minute) {
				t.Errorf("tried again after %v", got.after)
			}
			if c.want.pause < 0 && got.pause == got.after { // as long as the row
				got.pause = c.want.pause
			}
			if got.after = 0; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestBackoffGrowsToAMinute(t *testing.T) {
	for tries, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 7: time.Minute, 1000: time.Minute} {
		for range 100 {
			if d := backoff(tries); d < most/2 || d > most {
				t.Fatalf("after %d tries: %v", tries, d)
			}
		}
	}
}
