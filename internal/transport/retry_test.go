package transport

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// isRetried reports whether a call whose first attempt ends like first, and
// the second well, has a second.
func isRetried(t *testing.T, call *Call, first step) bool {
	t.Helper()
	again := false
	synctest.Test(t, func(t *testing.T) {
		vendor := script(first, status(200))
		call.Context = t.Context()
		newClient(t, vendor).Do(call)
		again = vendor.attempts() == 2
		if call.Attempts != vendor.attempts() {
			t.Errorf("%d attempts are counted as %d", vendor.attempts(), call.Attempts)
		}
	})
	return again
}

func TestRetryDialErrorsAndThrottlesAlways(t *testing.T) {
	for name, first := range map[string]step{"dial error": failsToDial, "429": status(429), "throttle 409": status(409)} {
		for kind, call := range map[string]*Call{"safe": safe(nil), "once": once(nil), "read": reads(nil)} {
			call.Throttle409 = true
			if !isRetried(t, call, first) {
				t.Errorf("%s: a %s call was not retried", name, kind)
			}
		}
	}
}

func TestRetryAmbiguousOnlyIfIdempotent(t *testing.T) {
	for _, test := range []struct {
		name  string
		first step
	}{
		{"408", status(408)}, {"502", status(502)}, {"503", status(503)}, {"504", status(504)},
		{"lost connection", fails(errLost)}, {"closed connection", fails(io.ErrUnexpectedEOF)},
		{"timeout", hangs}, {"neither response nor error", fails(nil)},
	} {
		if !isRetried(t, safe(nil), test.first) {
			t.Errorf("%s: a safe call was not retried", test.name)
		}
		if isRetried(t, once(nil), test.first) {
			t.Errorf("%s: a call that must not be repeated was", test.name)
		}
	}
}

func TestRetryResendListOnlyIfIdempotent(t *testing.T) {
	call, unsafe := safe(nil), once(nil)
	call.Resend, unsafe.Resend = []int{500}, []int{500}
	if !isRetried(t, call, status(500)) {
		t.Error("a 500 on the list was not retried")
	}
	if isRetried(t, unsafe, status(500)) {
		t.Error("a 500 was retried although the call must not be repeated")
	}
}

func TestRefusalsAreNotRetried(t *testing.T) {
	for code := 300; code < 600; code++ {
		if slices.Contains([]int{408, 429, 502, 503, 504}, code) {
			continue
		}
		if isRetried(t, safe(nil), status(code)) {
			t.Errorf("a %d was retried", code)
		}
	}
}

func TestSuccessIsNotRetried(t *testing.T) {
	for code := 200; code < 300; code++ {
		call := reads(nil)
		call.Resend = []int{code}
		if isRetried(t, call, status(code)) {
			t.Errorf("a %d was retried", code)
		}
	}
}

func TestRetryTruncatedSuccessOnlyIfIdempotent(t *testing.T) {
	if !isRetried(t, reads(nil), streams(200, cuts())) {
		t.Error("the read was not retried")
	}
	if !isRetried(t, safe(nil), streams(200, cuts())) {
		t.Error("the write that may be repeated was not retried")
	}
	if isRetried(t, once(nil), streams(200, cuts())) {
		t.Error("the write that must not be repeated was retried")
	}
	if isRetried(t, reads(nil), says(200, strings.Repeat(" ", maxBody+1))) {
		t.Error("a response that is too large was requested again")
	}
}

func TestMaxAttemptsIncludesFirst(t *testing.T) {
	for opts, want := range map[int]int{1: 1, 2: 2, 3: 3, 7: 7, 0: 4} {
		for name, last := range map[string]step{"503": status(503), "lost": fails(errLost), "dial": fails(errDial)} {
			synctest.Test(t, func(t *testing.T) {
				vendor := script(last)
				call := safe(t.Context())
				newClient(t, vendor, attempts(opts)).Do(call)
				if vendor.attempts() != want || call.Attempts != want {
					t.Errorf("%s with MaxAttempts %d: %d attempts", name, opts, vendor.attempts())
				}
			})
		}
	}
}

func TestBackoffIsJitteredWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ceilings := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}
		spread := make([]map[time.Duration]bool, len(ceilings))
		high := make([]time.Duration, len(ceilings))
		for range 200 {
			vendor := script(status(503))
			newClient(t, vendor).Do(safe(t.Context()))
			for i, wait := range vendor.waits() {
				if wait < 500*time.Millisecond || wait > ceilings[i] {
					t.Fatalf("wait %d is %v", i+1, wait)
				}
				if spread[i] == nil {
					spread[i] = map[time.Duration]bool{}
				}
				spread[i][wait] = true
				high[i] = max(high[i], wait)
			}
		}
		for i := range ceilings {
			if len(spread[i]) < 150 || high[i] < ceilings[i]*8/10 {
				t.Errorf("wait %d took %d values up to %v; want the whole range to %v", i+1, len(spread[i]), high[i], ceilings[i])
			}
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for _, test := range []struct {
		value string
		want  time.Duration
	}{
		{"7", 7 * time.Second}, {"1.2", 2 * time.Second}, {"30", 30 * time.Second},
		{"Sat, 01 Jan 2000 00:00:09 GMT", 9 * time.Second}, // a bubble's clock starts with 2000
		{"Saturday, 01-Jan-00 00:00:09 GMT", 9 * time.Second},
		{"Sat Jan  1 00:00:09 2000", 9 * time.Second},
	} {
		for _, code := range []int{429, 503, 409} {
			synctest.Test(t, func(t *testing.T) {
				vendor := script(status(code, "Retry-After", test.value), status(200))
				call := safe(t.Context())
				call.Throttle409 = true
				newClient(t, vendor).Do(call)
				if waits := vendor.waits(); len(waits) != 1 || waits[0] != test.want {
					t.Errorf("%d with Retry-After %q: waited %v, want %v", code, test.value, waits, test.want)
				}
			})
		}
	}
}

// A time that has passed, by a vendor's clock that may be wrong, is not a reason to
// call again at once.
func TestRetryAfterOfZeroKeepsBackoff(t *testing.T) {
	for _, header := range [][]string{
		{"Retry-After", "0"},
		{"Retry-After", "-3"},
		{"Retry-After", "Fri, 31 Dec 1999 00:00:00 GMT"},
		{"Retry-After", "Sat, 01 Jan 2000 00:00:02 GMT", "Date", "Sat, 01 Jan 2000 01:00:00 GMT"},
	} {
		synctest.Test(t, func(t *testing.T) {
			vendor := script(status(429, header...), status(200))
			newClient(t, vendor).Do(safe(t.Context()))
			if waits := vendor.waits(); len(waits) != 1 || waits[0] < 500*time.Millisecond || waits[0] > time.Second {
				t.Errorf("%q: waited %v, want the backoff", header, waits)
			}
		})
	}
}

func TestRetryConflictWhileKeyMayBeInUse(t *testing.T) {
	for _, test := range []struct {
		name       string
		callersKey bool
		steps      []step
		attempts   int
		outcome    credit.Outcome
	}{
		{"a fresh key, the first attempt", false, []step{status(409)}, 1, credit.Rejected},
		{"a fresh key, a later attempt", false, []step{status(503), status(409), status(200)}, 3, 0},
		{"the caller's key", true, []step{status(409), status(200)}, 2, 0},
		{"the caller's key, all attempts", true, []step{status(409)}, 4, credit.Unknown},
	} {
		synctest.Test(t, func(t *testing.T) {
			vendor := script(test.steps...)
			call := safe(t.Context())
			call.Keyed, call.CallersKey = true, test.callersKey
			newClient(t, vendor).Do(call)
			if call.Attempts != test.attempts || vendor.attempts() != test.attempts {
				t.Errorf("%s: %d attempts, want %d", test.name, call.Attempts, test.attempts)
			}
			if call.Response.Status == 409 && call.Outcome != test.outcome {
				t.Errorf("%s: outcome %v, want %v", test.name, call.Outcome, test.outcome)
			}
		})
	}
}

// A recheck runs before each repeat and gets whether an attempt may have been applied.
func TestRecheckRunsBeforeEachRepeat(t *testing.T) {
	for _, test := range []struct {
		name     string
		steps    []step
		doubtful []bool
	}{
		{"after a 429", []step{status(429), status(200)}, []bool{false}},
		{"after a dial that failed", []step{failsToDial, status(200)}, []bool{false}},
		{"after a lost connection", []step{fails(errLost), status(200)}, []bool{true}},
		{"after a 503", []step{status(503), status(200)}, []bool{true}},
		{"after a 429 and a 503", []step{status(429), status(503), status(200)}, []bool{false, true}},
		{"after a 503 and a 429", []step{status(503), status(429), status(200)}, []bool{true, true}},
	} {
		synctest.Test(t, func(t *testing.T) {
			vendor := script(test.steps...)
			call, doubtful := safe(t.Context()), []bool{}
			call.Recheck = func(d bool) (bool, error) {
				doubtful = append(doubtful, d)
				call.Body = []byte("new body")
				return false, nil
			}
			newClient(t, vendor).Do(call)
			if !slices.Equal(doubtful, test.doubtful) || vendor.attempts() != len(test.steps) {
				t.Errorf("%s: rechecks with %v and %d attempts, want %v and %d", test.name, doubtful, vendor.attempts(), test.doubtful, len(test.steps))
			}
			if last := vendor.seen[len(vendor.seen)-1]; last.body != "new body" {
				t.Errorf("%s: the last attempt sent %q", test.name, last.body)
			}
		})
	}
}

func TestRecheckEndsCall(t *testing.T) {
	for _, test := range []struct {
		name string
		done bool
		err  error
	}{
		{"with the change made", true, nil},
		{"with an error", false, errOwn},
	} {
		synctest.Test(t, func(t *testing.T) {
			vendor := script(fails(errLost), status(200))
			call := safe(t.Context())
			call.Recheck = func(bool) (bool, error) { return test.done, test.err }
			newClient(t, vendor).Do(call)
			if vendor.attempts() != 1 || call.Confirmed != test.done || call.Stopped != test.err || call.Outcome != credit.Unknown {
				t.Errorf("%s: %d attempts, confirmed %v, stopped by %v, outcome %v", test.name, vendor.attempts(), call.Confirmed, call.Stopped, call.Outcome)
			}
		})
	}
}

func TestTooLongWaitReturnsResponseAtOnce(t *testing.T) {
	for _, test := range []struct {
		name  string
		first step
		left  time.Duration
		again bool
	}{
		{"Retry-After above MaxWait", status(429, "Retry-After", "31"), time.Hour, false},
		{"Retry-After beyond all numbers", status(429, "Retry-After", "99999999999999999999"), time.Hour, false},
		{"Retry-After of a date years ahead", status(503, "Retry-After", "Fri, 31 Dec 2199 23:59:59 GMT"), time.Hour, false},
		{"Retry-After longer than the time left", status(503, "Retry-After", "10"), 9 * time.Second, false},
		{"Retry-After as long as the time left", status(429, "Retry-After", "10"), 10 * time.Second, false},
		{"Retry-After within the time left", status(429, "Retry-After", "10"), 11 * time.Second, true},
		{"jitter longer than the time left", status(503), 400 * time.Millisecond, false},
		{"jitter after a lost connection", fails(errLost), 400 * time.Millisecond, false},
		{"jitter within the time left", status(503), 2 * time.Second, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.left)
				defer cancel()
				vendor, start := script(test.first, status(200)), time.Now()
				call := safe(ctx)
				newClient(t, vendor).Do(call)
				if test.again {
					checkCall(t, call, 200, 2, credit.Unknown)
				} else if vendor.attempts() != 1 || time.Since(start) != 0 || call.Response == nil && call.Failure == nil {
					t.Errorf("%d attempts in %v, answer %v", vendor.attempts(), time.Since(start), call.Response)
				}
			})
		})
	}
}
