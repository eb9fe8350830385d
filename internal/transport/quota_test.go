package transport

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/creditkit/creditkit/credit"
)

// attemptsOf makes a call and returns the number of its attempts.
func attemptsOf(t *testing.T, c *Client) int {
	t.Helper()
	call := safe(t.Context())
	c.Do(call)
	return call.Attempts
}

func TestQuotaBoundsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		steps := make([]step, 0, 100)
		for range 100 {
			steps = append(steps, status(503))
		}
		c := newClient(t, script(steps...), credit.WithRetry(credit.RetryPolicy{Quota: 5}))
		var attempts []int
		for range 4 {
			attempts = append(attempts, attemptsOf(t, c))
		}
		if got := attempts[0]*1000 + attempts[1]*100 + attempts[2]*10 + attempts[3]; got != 4311 {
			t.Errorf("attempts %v, want 4, 3, 1 and 1: five retries", attempts)
		}
	})
}

func TestQuotaReportsThatItIsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, script(status(503), status(503), status(503), status(400)), credit.WithRetry(credit.RetryPolicy{Quota: 1}))
		call := safe(t.Context())
		if c.Do(call); !call.QuotaUsedUp || call.Attempts != 2 {
			t.Errorf("%d attempts, used up %v", call.Attempts, call.QuotaUsedUp)
		}
		call = safe(t.Context())
		if c.Do(call); !call.QuotaUsedUp || call.Attempts != 1 {
			t.Errorf("%d attempts, used up %v", call.Attempts, call.QuotaUsedUp)
		}
		call = safe(t.Context())
		c.Do(call) // the fourth response: not to be retried at all
		if call.QuotaUsedUp {
			t.Error("a refusal is reported as a lack of quota")
		}
	})
}

// A call that succeeds gives back what it took and a tenth of a retry, so that single
// failures never use the quota up, and an outage that ends is forgotten.
func TestQuotaIsGivenBack(t *testing.T) {
	q := retryQuota{limit: 3 * oneRetry}
	for range 1000 {
		if !q.take() || !q.take() {
			t.Fatal("single failures have used the quota up")
		}
		q.giveBack(2)
	}
	for q.take() {
	}
	for calls := 1; ; calls++ {
		q.giveBack(0)
		if q.take() {
			if calls != oneRetry {
				t.Errorf("a retry after %d successes, want %d", calls, oneRetry)
			}
			return
		}
	}
}

func TestQuotaDoesNotCountThrottles(t *testing.T) {
	for _, test := range []struct {
		name string
		step step
		want int
	}{
		{"429", status(429), 4}, {"throttle 409", status(409), 4}, {"503", status(503), 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, script(test.step, test.step, test.step, test.step), credit.WithRetry(credit.RetryPolicy{Quota: 1}))
			call := safe(t.Context())
			call.Throttle409 = true
			if c.Do(call); call.Attempts != test.want {
				t.Errorf("%s: %d attempts, want %d", test.name, call.Attempts, test.want)
			}
		})
	}
}

func TestNegativeQuotaIsNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		steps := make([]step, 0, 400)
		for range 400 {
			steps = append(steps, status(503))
		}
		c := newClient(t, script(steps...), credit.WithRetry(credit.RetryPolicy{Quota: -1}))
		for range 100 {
			if n := attemptsOf(t, c); n != 4 {
				t.Fatalf("%d attempts", n)
			}
		}
	})
}

func TestQuotaIsSafeForConcurrentUse(t *testing.T) {
	q := retryQuota{limit: 100 * oneRetry}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 1000 {
				if q.take() {
					q.giveBack(1)
				}
			}
		})
	}
	group.Wait()
	if used := q.used.Load(); used != 0 {
		t.Errorf("%d tenths are missing", used)
	}
}
