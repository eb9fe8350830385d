package transport

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

type limiter func(context.Context) error

func (l limiter) Wait(ctx context.Context) error { return l(ctx) }

func TestLimiterRunsBeforeEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor, waits := script(status(503), fails(errDial), status(200)), 0
		call := safe(t.Context())
		newClient(t, vendor, credit.WithLimiter(limiter(func(context.Context) error {
			if vendor.attempts() != waits {
				t.Errorf("call %d of the limiter after %d attempts", waits+1, vendor.attempts())
			}
			waits++
			return nil
		}))).Do(call)
		checkCall(t, call, 200, 3, credit.Unknown)
		if waits != 3 {
			t.Errorf("the limiter was called %d times", waits)
		}
	})
}

func TestLimiterWaitIsNotPartOfAttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, script(status(200)), credit.WithAttemptTimeout(time.Second), credit.WithLimiter(limiter(func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); bounded {
				t.Error("the limiter's context has a deadline that the caller's has not")
			}
			<-time.After(time.Hour)
			return ctx.Err()
		}))).Do(call)
		checkCall(t, call, 200, 1, credit.Unknown)
	})
}

func TestLimiterErrorEndsCall(t *testing.T) {
	vendor := script(status(200))
	call := safe(t.Context())
	newClient(t, vendor, credit.WithLimiter(limiter(func(context.Context) error { return errOwn }))).Do(call)
	checkCall(t, call, 0, 0, credit.NotSent)
	if vendor.attempts() != 0 || !errors.Is(call.Failure, errOwn) {
		t.Errorf("%d attempts, %v", vendor.attempts(), call.Failure)
	}
	checkPrints(t, call.Failure, "the limiter let no attempt pass: an error of type *errors.errorString")
}

func TestLimiterErrorBetweenAttemptsKeepsResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := script(status(429), status(200))
		call := safe(t.Context())
		newClient(t, vendor, credit.WithLimiter(limiter(func(context.Context) error {
			if vendor.attempts() == 1 {
				return errOwn
			}
			return nil
		}))).Do(call)
		checkCall(t, call, 429, 1, credit.Rejected)
		if !errors.Is(call.Failure, errOwn) {
			t.Error(call.Failure)
		}
	})
}

func TestContextEndsDuringLimiterWait(t *testing.T) {
	for name, wait := range map[string]limiter{
		"which returns its error":     func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"which returns another error": func(ctx context.Context) error { <-ctx.Done(); return errOwn },
		"which lets the call through": func(ctx context.Context) error { <-ctx.Done(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				vendor := script(status(200))
				call := safe(ctx)
				newClient(t, vendor, credit.WithLimiter(wait)).Do(call)
				checkCall(t, call, 0, 0, credit.NotSent)
				checkEnded(t, call)
				if vendor.attempts() != 0 {
					t.Error("something was sent")
				}
			})
		})
	}
}
