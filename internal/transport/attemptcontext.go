package transport

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// An attemptContext is the context of one attempt's request: the caller's, with
// the attempt's trace and timeout. It is an attempt behind a pointer, because
// fmt prints the fields of a context without calling its methods.
type attemptContext struct{ *attempt }

// A tracedContext is the caller's context with the values of an attempt's trace.
// Unlike a context of context.WithValue it passes AfterFunc on, so that package
// context needs no goroutine to wait for a caller's own context type that has it.
type tracedContext struct {
	context.Context // the caller's
	values          context.Context
}

// Value implements context.Context.
func (c *tracedContext) Value(key any) any { return c.values.Value(key) }

// AfterFunc calls f when the caller's context ends.
func (c *tracedContext) AfterFunc(f func()) (stop func() bool) {
	return context.AfterFunc(c.Context, f)
}

// contextState is the state of an attemptContext. The timer starts when something
// waits for the context, as net/http does; a context that nothing waits for needs
// no timer. The timer is not shared between calls: a testing/synctest bubble
// must not touch a timer of another one.
type contextState struct {
	traced   tracedContext
	deadline time.Time // zero if the caller's context ends earlier

	mu     sync.Mutex
	timed  context.Context // traced with the deadline; nil until something waits
	cancel context.CancelFunc
	ended  bool // the attempt is over
}

// begin gives the attempt a deadline, unless the caller's comes first.
func (s *contextState) begin(parent context.Context, trace *connTrace, timeout time.Duration) {
	s.traced = tracedContext{Context: parent, values: trace.withContext(parent)}
	deadline := time.Now().Add(timeout)
	if parents, ok := parent.Deadline(); !ok || parents.After(deadline) {
		s.deadline = deadline
	}
}

// end ends the context with the attempt, and stops its timer.
func (s *contextState) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.cancel != nil {
		s.cancel()
	}
}

// wait returns the context whose end is the attempt's.
func (s *contextState) wait() context.Context {
	if s.deadline.IsZero() {
		return &s.traced
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timed == nil {
		s.timed, s.cancel = context.WithDeadline(&s.traced, s.deadline)
		if s.ended {
			s.cancel()
		}
	}
	return s.timed
}

// currentContext returns the same context without starting a timer.
func (s *contextState) currentContext() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timed != nil {
		return s.timed
	}
	return &s.traced
}

// expired reports whether the context has ended although nothing waited for it.
func (s *contextState) expired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.timed == nil && (s.ended || !time.Now().Before(s.deadline))
}

// Deadline implements context.Context.
func (c *attemptContext) Deadline() (time.Time, bool) {
	if c.deadline.IsZero() {
		return c.traced.Deadline()
	}
	return c.deadline, true
}

// Done implements context.Context.
func (c *attemptContext) Done() <-chan struct{} { return c.wait().Done() }

// Err implements context.Context.
func (c *attemptContext) Err() error {
	if !c.deadline.IsZero() && c.expired() {
		return c.wait().Err()
	}
	return c.currentContext().Err()
}

// Value implements context.Context. It also finds the call, and the timed context
// for package context, which then starts no goroutine to wait for this one.
func (c *attemptContext) Value(key any) any {
	if key == (callKey{}) {
		return c.call
	}
	return c.currentContext().Value(key)
}

// AfterFunc lets package context wait for the end without a goroutine where the
// caller's context does.
func (c *attemptContext) AfterFunc(f func()) (stop func() bool) {
	return context.AfterFunc(c.wait(), f)
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
