package credit_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestRetryPolicyDefaults(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name        string
		given, want credit.RetryPolicy
	}{
		{
			"zero",
			credit.RetryPolicy{},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: 500 * ms, MaxWait: 30 * time.Second, Quota: 20},
		},
		{
			"retries off",
			credit.RetryPolicy{MaxAttempts: 1},
			credit.RetryPolicy{MaxAttempts: 1, MinWait: 500 * ms, MaxWait: 30 * time.Second, Quota: 20},
		},
		{
			"all fields given",
			credit.RetryPolicy{MaxAttempts: 9, MinWait: 1 * ms, MaxWait: 2 * ms},
			credit.RetryPolicy{MaxAttempts: 9, MinWait: 1 * ms, MaxWait: 2 * ms, Quota: 20},
		},
		{
			"a longest wait below the default's shortest",
			credit.RetryPolicy{MaxWait: 100 * ms},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: 100 * ms, MaxWait: 100 * ms, Quota: 20},
		},
		{
			"a shortest wait above the default's longest",
			credit.RetryPolicy{MinWait: time.Minute},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: time.Minute, MaxWait: time.Minute, Quota: 20},
		},
		{
			"the same wait always",
			credit.RetryPolicy{MinWait: time.Second, MaxWait: time.Second},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: time.Second, MaxWait: time.Second, Quota: 20},
		},
		{
			"no quota",
			credit.RetryPolicy{Quota: -1},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: 500 * ms, MaxWait: 30 * time.Second, Quota: -1},
		},
		{
			"the longest Duration",
			credit.RetryPolicy{MaxWait: math.MaxInt64},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: 500 * ms, MaxWait: math.MaxInt64, Quota: 20},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, config(t, credit.WithRetry(test.given)).Retry); diff != "" {
				t.Errorf("the policy (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRetryPolicyDefaultsWithoutWithRetry(t *testing.T) {
	if diff := cmp.Diff(config(t, credit.WithRetry(credit.RetryPolicy{})).Retry, config(t).Retry); diff != "" {
		t.Errorf("the policy (-zero policy +none):\n%s", diff)
	}
}

func TestWithRetryRejectsInvalidPolicy(t *testing.T) {
	for _, p := range []credit.RetryPolicy{
		{MaxAttempts: -1},
		{MinWait: -1},
		{MaxWait: -1},
		{MinWait: 2, MaxWait: 1},
	} {
		refused(t, "WithRetry", credit.WithRetry(p))
	}
}

func TestBackoffDoublesItsCeilingWithinThePolicy(t *testing.T) {
	const second = time.Second
	for _, test := range []struct {
		name     string
		policy   credit.RetryPolicy
		attempts int
		low, top time.Duration
	}{
		{"before the first attempt", credit.RetryPolicy{MinWait: second, MaxWait: 60 * second}, 0, second, second},
		{"after one", credit.RetryPolicy{MinWait: second, MaxWait: 60 * second}, 1, second, 2 * second},
		{"after two", credit.RetryPolicy{MinWait: second, MaxWait: 60 * second}, 2, second, 4 * second},
		{"after five", credit.RetryPolicy{MinWait: second, MaxWait: 60 * second}, 5, second, 32 * second},
		{"the ceiling is MaxWait", credit.RetryPolicy{MinWait: second, MaxWait: 60 * second}, 6, second, 60 * second},
		{"after many", credit.RetryPolicy{MinWait: second, MaxWait: 60 * second}, 1000, second, 60 * second},
		{"a narrow range", credit.RetryPolicy{MinWait: 3 * second, MaxWait: 4 * second}, 1, 3 * second, 4 * second},
		{"one wait", credit.RetryPolicy{MinWait: second, MaxWait: second}, 3, second, second},
		{"the longest Duration", credit.RetryPolicy{MinWait: 1, MaxWait: math.MaxInt64}, 100, 1, math.MaxInt64},
		{"the zero policy", credit.RetryPolicy{}, 1, 500 * time.Millisecond, second},
		{"a MinWait above MaxWait", credit.RetryPolicy{MinWait: 5 * second, MaxWait: 2 * second}, 1, 2 * second, 2 * second},
		{"negative waits", credit.RetryPolicy{MinWait: -1, MaxWait: -1}, 1, 500 * time.Millisecond, second},
	} {
		t.Run(test.name, func(t *testing.T) {
			var longest time.Duration
			for range 1000 {
				wait := test.policy.Backoff(test.attempts)
				if wait < test.low || wait > test.top {
					t.Fatalf("waited %v, want %v to %v", wait, test.low, test.top)
				}
				longest = max(longest, wait)
			}
			if longest < test.low+(test.top-test.low)/2 {
				t.Errorf("never waited longer than %v, want up to %v", longest, test.top)
			}
		})
	}
}
