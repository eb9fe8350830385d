package transport

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// again decides whether the call is sent again, and after which wait. The
// number of attempts is the loop's business.
func (c *Client) again(call *Call) (wait time.Duration, yes bool) {
	if !c.worthwhile(call) {
		return 0, false
	}
	if call.unauthorized() {
		return 0, true
	}
	wait = c.backoff(call.Attempts)
	if call.Answer != nil {
		if asked, ok := Asked(call.Answer, c.said(call.Answer)); ok {
			wait = asked
		}
	}
	// Sleeping into the deadline would lose the answer that is at hand.
	deadline, bounded := call.Deadline()
	if wait > c.retry.MaxWait || bounded && wait >= time.Until(deadline) {
		return 0, false
	}
	return wait, true
}

// worthwhile reports whether another attempt can end better and cannot do
// harm. A success is never looked at twice, whatever the context says.
func (c *Client) worthwhile(call *Call) bool {
	a := call.Answer
	switch {
	case call.local, a == nil && (call.Err() != nil || isCertificate(call.Failure)):
		return false
	case a == nil:
		return !call.sent || call.Repeatable
	case a.Status < 300:
		return call.Reads && call.Err() == nil && isLost(a.BodyErr)
	case a.Status == http.StatusTooManyRequests,
		a.Status == http.StatusConflict && call.Throttle409:
		return true
	case call.unauthorized():
		return c.renewable(call)
	case slices.Contains(passing, a.Status), slices.Contains(call.Resend, a.Status):
		return call.Repeatable
	}
	return false
}

// passing are the statuses that HTTP itself calls temporary.
var passing = []int{
	http.StatusRequestTimeout,
	http.StatusBadGateway,
	http.StatusServiceUnavailable,
	http.StatusGatewayTimeout,
}

// backoff draws a wait between MinWait and a ceiling that doubles with each
// attempt, so that callers who failed together do not return together.
func (c *Client) backoff(attempts int) time.Duration {
	low, ceiling := c.retry.MinWait, c.retry.MinWait
	for range attempts {
		if ceiling > c.retry.MaxWait/2 {
			ceiling = c.retry.MaxWait
			break
		}
		ceiling *= 2
	}
	return low + rand.N(ceiling-low+1)
}
