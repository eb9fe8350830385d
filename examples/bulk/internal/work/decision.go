// Package work applies rows: it takes them from the queue, makes one call for each,
// and decides from its result what happens to the row.
package work

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A decision is what follows from one try.
type decision struct {
	final  bool          // the outcome of this try is the row's; otherwise the row is tried again
	done   bool          // another worker has recorded the row's result
	delay  time.Duration // before the next try
	pause  time.Duration // for all rows of the vendor
	stop   bool          // give up the vendor: no other row can succeed
	outage bool          // the vendor was not reached, or could not answer
}

// maxTries is the maximum number of tries of a row whose change may have been made, and of
// a row that fails while other rows of its vendor succeed.
const maxTries = 8

// decide returns what follows from a try, whose own outcome is given: the change may be in
// doubt by an earlier try. tries counts all of them; repeatable reports whether the change
// may be sent again while its outcome is unknown; healthy reports whether the vendor has
// answered recently. A read that was to resolve a doubt, and was refused for a reason that
// lies not in the credit, is made again.
func decide(err error, outcome result.Outcome, tries int, repeatable, healthy bool) decision {
	unresolved, wasRead := errors.AsType[*changes.UnresolvedError](err)
	failed := readFailed(err)
	if next, ok := decideForAll(failed, tries); ok {
		return next
	}
	switch {
	case wasRead && unresolved.Resolution != nil:
		return decision{final: true} // another read would show the same
	case errors.Is(failed, context.Canceled):
		return decision{delay: policy.Backoff(tries)} // the next run reads it
	case outcome == result.Unknown:
		if repeatable && !isFinal(err) && tries < maxTries {
			return decision{delay: policy.Backoff(tries), outage: true}
		}
		return decision{final: true, outage: true}
	case errors.Is(err, journal.ErrTooLong):
		return decision{final: true}
	case err == nil || outcome == result.Applied:
		return decision{final: true}
	}
	if next, ok := decideForAll(err, tries); ok {
		return next
	}
	if errors.Is(err, credit.ErrUnavailable) && (!healthy || tries < maxTries) {
		return decision{delay: policy.Backoff(tries), outage: true}
	}
	return decision{final: true}
}

// decideForAll returns what follows from a refusal that is for all rows of the vendor: of the
// credentials, or for a rate limit.
func decideForAll(err error, tries int) (next decision, ok bool) {
	switch {
	case errors.Is(err, credit.ErrUnauthorized):
		return decision{stop: true}, true
	case errors.Is(err, credit.ErrRateLimited):
		pause := cmp.Or(retryAfter(err), policy.Backoff(tries))
		return decision{delay: pause, pause: pause}, true
	}
	return decision{}, false
}

// isFinal reports an unknown outcome that a retry cannot resolve: the idempotency
// key returns the same failure, or another program has changed the credit
// meanwhile.
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

// policy limits the waits between two tries of a row.
var policy = credit.RetryPolicy{MinWait: time.Second, MaxWait: time.Minute}
