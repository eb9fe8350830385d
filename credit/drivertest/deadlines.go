package drivertest

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// deadlineCases test waits and contexts that end.
func (s *suite) deadlineCases() []testCase {
	const day = 24 * time.Hour
	throttled := func(after string) credittest.Fault {
		return credittest.Respond(http.StatusTooManyRequests, `{}`).With("Retry-After", after).OnWrite()
	}
	cases := []testCase{
		{name: "a wait of a second is kept", run: func(k *check) { k.testWait(throttled("1"), time.Second) }},
		{name: "a wait of 20 seconds is kept", run: func(k *check) { k.testWait(throttled("20"), 20*time.Second) }},
		{name: "a wait until a date is kept", run: func(k *check) {
			k.testWait(throttled(time.Now().Add(3*time.Second).UTC().Format(http.TimeFormat)), 2*time.Second)
		}},
		{name: "a wait of a day is returned at once", run: func(k *check) { k.testNoWait(k.ctx, throttled("86400"), day) }},
		{name: "a wait beyond int64 is returned at once", run: func(k *check) {
			k.testNoWait(k.ctx, throttled("99999999999999999999"), 365*day)
		}},
		{name: "a wait that outlasts the context is returned at once", run: func(k *check) {
			ctx, cancel := context.WithTimeout(k.ctx, 5*time.Second)
			defer cancel()
			k.testNoWait(ctx, throttled("20"), 20*time.Second)
		}},
		{name: "a wait that is negative is limited", run: func(k *check) {
			c := k.faulted(k.all, repeatFault(throttled("-5"))...)
			k.checkFailed(c, []credit.Kind{credit.ErrRateLimited}, credit.Rejected)
		}},
		{name: "a context that ends during the write leaves it unknown", run: func(k *check) {
			ctx, cancel := context.WithTimeout(k.ctx, time.Second)
			defer cancel()
			k.queue(credittest.Slow(10 * time.Second).OnWrite())
			c := k.updateAt(ctx, k.h.Ref, k.h.Patch)
			k.checkOutcome(c, k.all)
			k.checkFailed(c, nil, credit.Unknown)
			if !errors.Is(c.err, context.DeadlineExceeded) {
				k.errorf("the error is not context.DeadlineExceeded: %v", c.err)
			}
			if len(c.writes) != 1 {
				k.errorf("%d writes were sent, want 1: %v", len(c.writes), c.err)
			}
		}},
		{name: "a context that ends between two attempts ends the call", run: func(k *check) {
			ctx, cancel := context.WithTimeout(k.ctx, time.Millisecond)
			defer cancel()
			k.queue(repeatFault(credittest.Respond(http.StatusServiceUnavailable, `{}`).OnWrite())...)
			c := k.updateAt(ctx, k.h.Ref, k.h.Patch)
			k.checkOutcome(c, k.all)
			k.checkFailed(c, []credit.Kind{credit.ErrUnavailable}, credit.Rejected, credit.Unknown)
			if c.took > time.Millisecond {
				k.errorf("the call took %v", c.took)
			}
		}},
	}
	cases = s.withFaults(cases)
	return append(cases, testCase{name: "a context that ends after the response does not undo it", run: func(k *check) {
		c := k.updateAt(contextEndingAfterChange(k.ctx, k.h.Backend), k.h.Ref, k.h.Patch)
		k.checkOutcome(c, k.all)
		if c.err != nil {
			k.errorf("the change was made and acknowledged, and reported as failed: %v", c.err)
		}
	}})
}

// testWait checks that a throttled write is not sent again before wait has passed.
func (k *check) testWait(f credittest.Fault, wait time.Duration) {
	c := k.faulted(k.all, f)
	switch {
	case len(c.writes) > 1:
		if waited := c.writes[1].At.Sub(c.writes[0].At); waited < wait || waited > wait+time.Minute {
			k.errorf("the write was sent again after %v, not %v", waited, wait)
		}
		if c.err != nil {
			k.errorf("the write was sent again, and the update failed: %v", c.err)
		}
	case k.h.Repeats:
		k.errorf("the write was not sent again: %v", c.err)
	default:
		k.checkRetryAfter(c, wait)
	}
}

// testNoWait checks that a wait that is too long is returned as RetryAfter at once.
func (k *check) testNoWait(ctx context.Context, f credittest.Fault, wait time.Duration) {
	k.queue(f)
	c := k.updateAt(ctx, k.h.Ref, k.h.Patch)
	k.checkOutcome(c, k.all)
	k.checkRetryAfter(c, wait)
	if len(c.writes) != 1 || c.took > 0 {
		k.errorf("%d writes were sent in %v", len(c.writes), c.took)
	}
}

// checkRetryAfter checks that the error has the wait as RetryAfter.
func (k *check) checkRetryAfter(c *call, wait time.Duration) {
	k.checkFailed(c, []credit.Kind{credit.ErrRateLimited}, credit.Rejected)
	if e, ok := errors.AsType[*credit.Error](c.err); !ok || e.RetryAfter < wait {
		k.errorf("RetryAfter of the error is less than %v: %v", wait, c.err)
	}
}

// endingContext is a context that ends as soon as the vendor has made a change.
type endingContext struct {
	context.Context
	backend Backend
	once    sync.Once
	done    chan struct{}
}

func contextEndingAfterChange(ctx context.Context, backend Backend) context.Context {
	return &endingContext{Context: ctx, backend: backend, done: make(chan struct{})}
}

func (e *endingContext) Err() error {
	for _, r := range e.backend.Requests() {
		if r.Applied {
			e.once.Do(func() { close(e.done) })
			return context.Canceled
		}
	}
	return nil
}

func (e *endingContext) Done() <-chan struct{} { return e.done }
