package transport

import (
	"net/http"
	"sync/atomic"
)

// A retryQuota bounds the retries of all calls of a client together. When a vendor fails
// for everybody, each of its clients would otherwise send several requests for one.
type retryQuota struct {
	limit int64        // in tenths of a retry; negative for none
	used  atomic.Int64 // in tenths of a retry
}

// A retry costs oneRetry. A call that succeeds gives back what its retries cost, and
// refill more.
const (
	oneRetry = 10
	refill   = 1
)

// take takes one retry, and reports whether there was one.
func (q *retryQuota) take() bool {
	if q.limit < 0 {
		return true
	}
	for {
		used := q.used.Load()
		if used+oneRetry > q.limit {
			return false
		}
		if q.used.CompareAndSwap(used, used+oneRetry) {
			return true
		}
	}
}

// giveBack returns the retries of a call that succeeded.
func (q *retryQuota) giveBack(retries int) {
	for {
		used := q.used.Load()
		if used == 0 || q.used.CompareAndSwap(used, max(0, used-int64(retries)*oneRetry-refill)) {
			return
		}
	}
}

// takeQuota reports whether the quota has room for a retry of the call. A retry that the
// vendor asks for, and one with new credentials, costs nothing.
func (c *Client) takeQuota(call *Call) bool {
	if call.isUnauthorized() || call.isThrottled() {
		return true
	}
	if !c.quota.take() {
		call.QuotaUsedUp = true
		return false
	}
	call.quotaTaken++
	return true
}

// isThrottled reports whether the vendor has asked the client to come again later.
func (c *Call) isThrottled() bool {
	return c.Response != nil &&
		(c.Response.Status == http.StatusTooManyRequests || c.Response.Status == http.StatusConflict)
}

// returnQuota gives back the retries of a call that the vendor has answered, also with a
// refusal: it works.
func (c *Client) returnQuota(call *Call) {
	if r := call.Response; r != nil && r.BodyErr == nil && r.Status < 500 && r.Status != http.StatusRequestTimeout && !call.isThrottled() {
		c.quota.giveBack(call.quotaTaken)
	}
}
