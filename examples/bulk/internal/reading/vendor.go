// Package reading reads credits side by side, within the limits of their vendors, and
// passes on what was read in the order of the rows.
package reading

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A Vendor reads the credits of one vendor.
type Vendor struct {
	Updater credit.Updater
	// Calls is the limiter of the Updater, which stops its calls after a rate limit.
	Calls interface {
		Pause(ctx context.Context, d time.Duration) error
	}
	// InFlight is the maximum number of reads at once. 0 means 1.
	InFlight int
	// Patience is how long every read may fail before the vendor is given up.
	Patience time.Duration

	begin   sync.Once
	slots   chan struct{}
	mu      sync.Mutex
	success time.Time // of the last read that was answered, or of the first call of Do
}

// ErrGivenUp is in the errors after which no other credit of the vendor can be read: ctx
// has ended, the credentials are refused, or the vendor fails for longer than its patience.
var ErrGivenUp = errors.New("the reads were given up")

// pause is the wait after a rate limit for which the vendor has named no time.
const pause = 5 * time.Second

// Do calls read when fewer than the allowed reads are in flight, and again after a rate
// limit. It returns the error of read otherwise, which contains ErrGivenUp if no other
// read can succeed.
func (v *Vendor) Do(ctx context.Context, read func() error) error {
	v.begin.Do(func() { v.slots, v.success = make(chan struct{}, max(v.InFlight, 1)), time.Now() })
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrGivenUp, ctx.Err())
	}
	for {
		err := read()
		limited := errors.Is(err, credit.ErrRateLimited)
		lost := limited || errors.Is(err, credit.ErrUnavailable)
		away := v.noteAnswer(!lost)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", ErrGivenUp, ctx.Err())
		case errors.Is(err, credit.ErrUnauthorized):
			return fmt.Errorf("%w: %w", ErrGivenUp, err)
		case lost && away > v.Patience:
			return fmt.Errorf("%w: every read has failed for %v: %w", ErrGivenUp, away.Round(time.Second), err)
		case !limited:
			return err
		}
		wait := pause
		if failed, ok := errors.AsType[*credit.Error](err); ok && failed.RetryAfter > 0 {
			wait = failed.RetryAfter
		}
		if err := v.Calls.Pause(ctx, wait); err != nil {
			return fmt.Errorf("%w: %w", ErrGivenUp, err)
		}
	}
}

// noteAnswer records whether the vendor has answered, and returns the time since the
// last answer.
func (v *Vendor) noteAnswer(answered bool) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if answered {
		v.success = time.Now()
	}
	return time.Since(v.success)
}
