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
			credit.RetryPolicy{MaxAttempts: 4, MinWait: 500 * ms, MaxWait: 30 * time.Second},
		},
		{
			"retries off",
			credit.RetryPolicy{MaxAttempts: 1},
			credit.RetryPolicy{MaxAttempts: 1, MinWait: 500 * ms, MaxWait: 30 * time.Second},
		},
		{
			"all fields given",
			credit.RetryPolicy{MaxAttempts: 9, MinWait: 1 * ms, MaxWait: 2 * ms},
			credit.RetryPolicy{MaxAttempts: 9, MinWait: 1 * ms, MaxWait: 2 * ms},
		},
		{
			"a longest wait below the default's shortest",
			credit.RetryPolicy{MaxWait: 100 * ms},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: 100 * ms, MaxWait: 100 * ms},
		},
		{
			"a shortest wait above the default's longest",
			credit.RetryPolicy{MinWait: time.Minute},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: time.Minute, MaxWait: time.Minute},
		},
		{
			"the same wait always",
			credit.RetryPolicy{MinWait: time.Second, MaxWait: time.Second},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: time.Second, MaxWait: time.Second},
		},
		{
			"the longest Duration",
			credit.RetryPolicy{MaxWait: math.MaxInt64},
			credit.RetryPolicy{MaxAttempts: 4, MinWait: 500 * ms, MaxWait: math.MaxInt64},
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
