package transport

import (
	"net/http"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// shouldRetry reports whether the call is sent again, and after which wait.
// go-retryablehttp counts the attempts, and asks once more after the last one.
func (c *Client) shouldRetry(call *Call) (wait time.Duration, yes bool) {
	if call.Attempts >= c.retry.MaxAttempts || !c.retryable(call) {
		return 0, false
	}
	if call.isUnauthorized() {
		return 0, true
	}
	wait = c.retry.Backoff(call.Attempts)
	if call.Response != nil {
		// A time that has passed is not a wait: without the backoff, a vendor
		// whose clock is wrong would be called again at once.
		if delay, ok := RetryDelay(call.Response, call.ErrorDetails().RetryAfter); ok && delay > 0 {
			wait = delay
		}
	}
	// Do not wait past the deadline: return this response instead.
	deadline, bounded := call.Deadline()
	if wait > c.retry.MaxWait || bounded && wait >= time.Until(deadline) {
		return 0, false
	}
	return wait, c.takeQuota(call)
}

// retryable reports whether a retry may succeed and cannot change more than the
// first attempt did.
func (c *Client) retryable(call *Call) bool {
	a := call.Response
	switch {
	case call.localFailure, a == nil && (call.Err() != nil || call.permanent):
		return false
	case a == nil:
		return !call.sent || call.Repeatable
	case a.Status < 300:
		return call.Err() == nil && isLost(a.BodyErr) && (call.Reads || call.Repeatable)
	case a.Status == http.StatusTooManyRequests,
		a.Status == http.StatusConflict && (call.Throttle409 || call.keyInUse()):
		return true
	case call.isUnauthorized():
		return c.canRenew(call)
	case slices.Contains(retryableStatuses, a.Status), slices.Contains(call.Resend, a.Status):
		return call.Repeatable
	}
	return false
}

// retryableStatuses are the statuses that HTTP itself calls temporary.
var retryableStatuses = []int{
	http.StatusRequestTimeout,
	http.StatusBadGateway,
	http.StatusServiceUnavailable,
	http.StatusGatewayTimeout,
}

// keyInUse reports whether another request under the call's idempotency key may
// be running: an earlier attempt's, or one that the caller made under the same
// key. The vendor then responds 409 and has rejected nothing.
func (c *Call) keyInUse() bool {
	return c.Keyed && (c.CallersKey || c.Attempts > 1)
}

// ResponseOutcome returns what the status of the last response says about the
// change. The vendor's package may know more from the body.
func (c *Call) ResponseOutcome() credit.Outcome {
	if c.Response.Status == http.StatusConflict && c.keyInUse() {
		return credit.Unknown
	}
	return c.Response.Outcome()
}
