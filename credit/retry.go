package credit

import (
	"cmp"
	"time"
)

// A RetryPolicy bounds how a client sends a request again. Whether it may be
// sent again at all is never a matter of policy: that is decided by the
// operation and by what happened, and each vendor's package documents it.
//
// The zero value of a field stands for its default.
type RetryPolicy struct {
	// MaxAttempts counts all attempts, the first included. Default 4; with 1
	// nothing is sent again.
	MaxAttempts int
	// MinWait is the shortest wait between two attempts, unless the vendor
	// says how long to wait. Default 500 ms.
	MinWait time.Duration
	// MaxWait is the longest single wait. A vendor that asks for a longer one
	// is not asked again: its answer is handed up, with Error.RetryAfter set.
	// Default 30 s.
	MaxWait time.Duration
}

var defaultRetry = RetryPolicy{MaxAttempts: 4, MinWait: 500 * time.Millisecond, MaxWait: 30 * time.Second}

// WithRetry replaces the retry policy. RetryPolicy{MaxAttempts: 1} switches
// retries off.
func WithRetry(p RetryPolicy) Option {
	return func(c *Config) error {
		if p.MaxAttempts < 0 || p.MinWait < 0 || p.MaxWait < 0 {
			return &InvalidError{Field: "WithRetry", Reason: "has a negative value"}
		}
		filled := p // the option may serve several clients at once
		filled.MaxAttempts = cmp.Or(p.MaxAttempts, defaultRetry.MaxAttempts)
		filled.MaxWait = cmp.Or(p.MaxWait, max(defaultRetry.MaxWait, p.MinWait))
		filled.MinWait = cmp.Or(p.MinWait, min(defaultRetry.MinWait, filled.MaxWait))
		if filled.MinWait > filled.MaxWait {
			return &InvalidError{Field: "WithRetry", Reason: "has a MinWait above its MaxWait"}
		}
		c.Retry = filled
		return nil
	}
}
