package credit

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"time"
)

// A RetryPolicy limits the retries of a client. Which failures are retried does not
// depend on the policy: the operation and the failure decide it, and each vendor's
// package documents it.
//
// The zero value of a field is its default.
type RetryPolicy struct {
	// MaxAttempts is the maximum number of attempts, including the first. Default
	// 4; with 1 there are no retries.
	MaxAttempts int
	// MinWait is the minimum wait between two attempts, unless the vendor sends a
	// Retry-After. Default 500 ms.
	MinWait time.Duration
	// MaxWait is the maximum wait between two attempts. If a Retry-After is longer,
	// the call does not retry and returns an error with RetryAfter set. Default 30 s.
	MaxWait time.Duration
	// Quota is the number of retries that all calls of the client together may make
	// while no call succeeds, so that a vendor that fails for everybody does not get
	// several requests for each call. A call that succeeds gives back its own retries
	// and a tenth of one more. Retries that the vendor asks for (429, Nexudus' 409) and
	// those with new credentials do not count. If the quota is used up, a call that
	// fails is not retried: errors.Is(err, [ErrRetryQuota]) is true. Default 20; with
	// a negative Quota retries have no limit of this kind.
	Quota int
}

// ErrRetryQuota is found by errors.Is in the error of a call that was not retried
// because the quota of [RetryPolicy] was used up.
var ErrRetryQuota = errors.New("the retry quota of the client is used up")

var defaultRetry = RetryPolicy{MaxAttempts: 4, MinWait: 500 * time.Millisecond, MaxWait: 30 * time.Second, Quota: 20}

// WithRetry replaces the retry policy. RetryPolicy{MaxAttempts: 1} switches
// retries off.
func WithRetry(p RetryPolicy) Option {
	return func(c *Config) error {
		if p.MaxAttempts < 0 || p.MinWait < 0 || p.MaxWait < 0 {
			return &InvalidError{Field: "WithRetry", Reason: "has a negative value"}
		}
		filled := p.withDefaults()
		if filled.MinWait > filled.MaxWait {
			return &InvalidError{Field: "WithRetry", Reason: "has a MinWait above its MaxWait"}
		}
		c.Retry = filled
		return nil
	}
}

// withDefaults returns p with the defaults in place of zero values. A default wait
// gives way to the wait that is set.
func (p RetryPolicy) withDefaults() RetryPolicy {
	filled := p
	filled.MaxAttempts = cmp.Or(p.MaxAttempts, defaultRetry.MaxAttempts)
	filled.Quota = cmp.Or(p.Quota, defaultRetry.Quota)
	filled.MaxWait = cmp.Or(p.MaxWait, max(defaultRetry.MaxWait, p.MinWait))
	filled.MinWait = cmp.Or(p.MinWait, min(defaultRetry.MinWait, filled.MaxWait))
	return filled
}

// Backoff returns how long to wait after the given number of failed attempts: a random
// time between MinWait and a ceiling. The ceiling doubles with each attempt, up to
// MaxWait, so that callers that failed together do not retry together. The clients of
// all vendors wait as long, and a program that retries by itself can do the same.
//
// Zero values are defaults, as in [WithRetry]. If MinWait is above MaxWait, the wait is
// MaxWait.
func (p RetryPolicy) Backoff(attempts int) time.Duration {
	p.MinWait, p.MaxWait = max(p.MinWait, 0), max(p.MaxWait, 0)
	p = p.withDefaults()
	low := min(p.MinWait, p.MaxWait)
	ceiling := low
	for range attempts {
		if ceiling > p.MaxWait/2 {
			ceiling = p.MaxWait
			break
		}
		ceiling *= 2
	}
	return low + rand.N(ceiling-low+1)
}
