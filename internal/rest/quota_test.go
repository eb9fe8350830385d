package rest

import (
	"errors"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// An error says that the quota kept the call from being retried, beside its own cause.
func TestErrorNamesUsedUpQuota(t *testing.T) {
	for _, test := range []struct {
		name, response, cause string
	}{
		{"a response", "503 {}", ""},
		{"no response", "lost", "connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play(test.response, test.response, test.response, test.response)
			c := newClient(t, s, credit.WithRetry(credit.RetryPolicy{Quota: 1, MinWait: 1, MaxWait: 1}))
			_, err := do(t, c, &opRead, Call{IDs: []string{"7"}, IDFields: []string{"id"}})
			if !errors.Is(err, credit.ErrRetryQuota) || !errors.Is(err, credit.ErrUnavailable) || len(s.requests) != 2 {
				t.Fatalf("%d requests, got %v", len(s.requests), err)
			}
			if text := err.Error(); !strings.Contains(text, "not retried: the retry quota of the client is used up") || !strings.Contains(text, test.cause) {
				t.Errorf("got %s", text)
			}
		})
	}
}
