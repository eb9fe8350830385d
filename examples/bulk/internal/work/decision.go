// Package work applies rows: it takes them from the queue, makes one call for
// each, and decides from what the call returned what is to become of them.
package work

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A verdict is what follows from one try.
type decision struct {
	final  bool          // this try's outcome is the row's; else it is to be tried again
	delay  time.Duration // no earlier than this
	doubt  bool          // this try may have made the change
	pause  time.Duration // what the vendor asked of all
	stop   bool          // no other row has a chance
	outage bool          // the vendor was not reached, or not able
}

// The most tries of a row whose change may have happened, and of one that fails
// while others of its vendor succeed.
const (
	maxDoubtfulTries = 5
	maxTries         = 8
)

// judge decides. before is what earlier tries left; repeatable says whether the
// same change may be sent again while it is unknown whether it was made; healthy
// says whether the vendor has answered lately. What a no to this try says of the
// row where an earlier one is in doubt is the journal's to know.
func decide(err error, outcome result.Outcome, before journal.Entry, repeatable, healthy bool) decision {
	tries := before.Starts + 1
	switch {
	case outcome == result.Unknown:
		if repeatable && !isFinal(err) && before.Doubts+1 < maxDoubtfulTries {
			return decision{delay: backoff(tries), doubt: true, outage: true}
		}
		return decision{final: true, outage: true}
	case err == nil || outcome == result.Applied:
		return decision{final: true}
	case errors.Is(err, credit.ErrUnauthorized):
		return decision{stop: true}
	case errors.Is(err, credit.ErrRateLimited):
		pause := cmp.Or(retryAfter(err), backoff(tries))
		return decision{delay: pause, pause: pause}
	case errors.Is(err, credit.ErrUnavailable) && (!healthy || tries < maxTries):
		return decision{delay: backoff(tries), outage: true}
	}
	return decision{final: true}
}

// isFinal reports an Unknown that a repeat cannot settle: the idempotency key brings
// only the same failure, or somebody else has changed the credit meanwhile.
func isFinal(err error) bool {
	if _, changed := errors.AsType[*credit.ChangedError](err); changed {
		return true
	}
	e, ok := errors.AsType[*credit.Error](err)
	return ok && e.KeyUsedUp
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*credit.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// backoff doubles from a second to a minute, and spreads those that failed
// together.
func backoff(tries int) time.Duration {
	d := time.Second << min(tries-1, 6)
	return min(d, time.Minute)/2 + rand.N(min(d, time.Minute)/2)
}
