package transport

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/opcontext"
)

// An attemptContext is the context of one attempt's request: the caller's, with
// the attempt's trace and timeout. It is an attempt behind a pointer, because
// fmt prints the fields of a context without calling its methods.
type attemptContext struct{ *attempt }

// contextState is the state of an attemptContext. The context ends with the caller's,
// at the deadline, or with the attempt. It waits for the first two when something
// waits for it, as net/http does; a context that nothing waits for needs no timer.
// The timer is not shared between calls: a testing/synctest bubble must not touch
// a timer of another one.
//
// It is not a context of context.WithDeadline, which allocates a map for the
// contexts that are derived from it. net/http derives one, and room holds it.
type contextState struct {
	caller   context.Context
	values   context.Context // the caller's, with the attempt's trace
	deadline time.Time       // zero if the caller's context ends earlier, and is all

	mu      sync.Mutex
	err     error // not nil after the end
	waiting bool  // for the caller's end and the deadline
	done    chan struct{}
	timer   *time.Timer
	leave   func() bool // stops waiting for the caller's end
	after   *afterFunc
	room    afterFunc // for the first
}

// An afterFunc is a function to call when a context ends.
type afterFunc struct {
	f    func()
	next *afterFunc
}

// begin gives the attempt a deadline, unless the caller's comes first.
func (s *contextState) begin(caller context.Context, trace *connTrace, timeout time.Duration) {
	s.caller, s.values = caller, trace.withContext(caller)
	deadline := time.Now().Add(timeout)
	if callers, ok := caller.Deadline(); !ok || callers.After(deadline) {
		s.deadline = deadline
	}
}

// end ends the context with the attempt.
func (s *contextState) end() { s.finish(context.Canceled) }

// finish ends the context with err, unless it has ended before.
func (s *contextState) finish(err error) {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return
	}
	s.err = err
	if s.done != nil {
		close(s.done)
	}
	timer, leave, after := s.timer, s.leave, s.after
	s.timer, s.leave, s.after = nil, nil, nil
	s.mu.Unlock()
	if timer != nil {
		timer.Stop()
	}
	if leave != nil {
		leave()
	}
	for ; after != nil; after = after.next {
		go after.f()
	}
}

// wait starts to wait for the caller's end and the deadline. The lock is held.
func (s *contextState) wait() {
	if s.waiting || s.err != nil {
		return
	}
	s.waiting = true
	s.timer = time.AfterFunc(time.Until(s.deadline), func() { s.finish(context.DeadlineExceeded) })
	if s.caller.Done() != nil {
		s.leave = context.AfterFunc(s.caller, func() { s.finish(cmp.Or(s.caller.Err(), context.Canceled)) })
	}
}

// Deadline implements context.Context.
func (c *attemptContext) Deadline() (time.Time, bool) {
	if c.deadline.IsZero() {
		return c.caller.Deadline()
	}
	return c.deadline, true
}

// Done implements context.Context.
func (c *attemptContext) Done() <-chan struct{} {
	if c.deadline.IsZero() {
		return c.caller.Done()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wait()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.err != nil {
			close(c.done)
		}
	}
	return c.done
}

// Err implements context.Context. It does not depend on wait.
func (c *attemptContext) Err() error {
	err := c.caller.Err()
	switch {
	case c.deadline.IsZero():
		return err
	case err != nil:
		c.finish(err)
	case !time.Now().Before(c.deadline):
		c.finish(context.DeadlineExceeded)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Value implements context.Context. It also finds the call and the operation.
func (c *attemptContext) Value(key any) any {
	switch key {
	case callKey{}:
		return c.call
	case opcontext.Key{}:
		return c
	}
	return c.values.Value(key)
}

// Operation is for credit.OperationFrom. It stays that of this attempt, also for a
// transport that uses the context after the attempt.
func (c *attemptContext) Operation() credit.Operation { return c.call.operation(c.number) }

// AfterFunc calls f in a goroutine of its own when the context ends. With it,
// package context needs no goroutine to wait for the end.
func (c *attemptContext) AfterFunc(f func()) (stop func() bool) {
	if c.deadline.IsZero() {
		return context.AfterFunc(c.caller, f)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wait()
	if c.err != nil {
		go f()
		return func() bool { return false }
	}
	a := &c.room
	if a.f != nil {
		a = new(afterFunc)
	}
	*a = afterFunc{f: f, next: c.after}
	c.after = a
	return func() bool { return c.remove(a) }
}

// remove reports whether a was still to be called, and takes it out.
func (s *contextState) remove(a *afterFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := &s.after; *at != nil; at = &(*at).next {
		if *at == a {
			*at = a.next
			return true
		}
	}
	return false
}

// Contexts are printed. The methods below print the operation and nothing else.

// String returns the call's operation.
func (c *attemptContext) String() string { return c.call.String() }

// Format writes what String returns, whatever the verb.
func (c *attemptContext) Format(f fmt.State, verb rune) { c.call.Format(f, verb) }

// LogValue returns what String returns.
func (c *attemptContext) LogValue() slog.Value { return c.call.LogValue() }

// MarshalText returns what String returns, for encoding/json and others.
func (c *attemptContext) MarshalText() ([]byte, error) { return c.call.MarshalText() }
