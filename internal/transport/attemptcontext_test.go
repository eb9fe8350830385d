package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// ownContext is a context type of a caller, with the method by which package
// context waits for it without a goroutine.
type ownContext struct{ context.Context }

func (c ownContext) Done() <-chan struct{} {
	done := make(chan struct{}) // not the channel of the context inside
	context.AfterFunc(c.Context, func() { close(done) })
	return done
}

func (c ownContext) AfterFunc(f func()) func() bool { return context.AfterFunc(c.Context, f) }

// net/http derives a context from the request's. That must not cost a goroutine
// for each call.
func TestAttemptContextNeedsNoGoroutine(t *testing.T) {
	for _, test := range []struct {
		name string
		ctx  func(context.Context) (context.Context, context.CancelFunc)
	}{
		{"background", func(context.Context) (context.Context, context.CancelFunc) { return context.Background(), func() {} }},
		{"cancelable", context.WithCancel},
		{"earlier deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}},
		{"later deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Hour)
		}},
		{"value of a cancelable", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			return context.WithValue(ctx, callKey{}, nil), cancel
		}},
		{"own type with AfterFunc", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			return ownContext{ctx}, cancel
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// Goroutines of other tests may start or end meanwhile, so that the
				// least of several counts is right.
				least := math.MaxInt
				for range 5 {
					ctx, cancel := test.ctx(t.Context())
					call := once(ctx)
					newClient(t, script(func(req *http.Request) (*http.Response, error) {
						least = min(least, startedBy(req.Context()))
						return status(200)(req)
					})).Do(call)
					checkCall(t, call, 200, 1, credit.Unknown)
					cancel()
					synctest.Wait()
				}
				if least > 0 {
					t.Errorf("%d goroutines were started", least)
				}
			})
		})
	}
}

// startedBy returns how many goroutines it takes to derive a context as net/http
// does.
func startedBy(ctx context.Context) int {
	before := runtime.NumGoroutine()
	derived, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(derived, func() {})()
	return runtime.NumGoroutine() - before
}

// A derived context ends with the caller's, and with the attempt's timeout.
func TestDerivedContextKeepsCause(t *testing.T) {
	for _, test := range []struct {
		name    string
		give    func(context.CancelCauseFunc)
		after   time.Duration
		causes  []error
		timeout time.Duration
	}{
		{"caller", func(cancel context.CancelCauseFunc) { time.AfterFunc(time.Second, func() { cancel(errOwn) }) }, time.Second, []error{errOwn}, time.Minute},
		{"timeout", func(context.CancelCauseFunc) {}, 3 * time.Second, []error{context.DeadlineExceeded}, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				test.give(cancel)
				start, call := time.Now(), once(ctx)
				newClient(t, script(func(req *http.Request) (*http.Response, error) {
					derived, cancelDerived := context.WithCancel(req.Context())
					defer cancelDerived()
					called := make(chan struct{})
					context.AfterFunc(req.Context(), func() { close(called) })
					<-derived.Done()
					<-called
					for _, cause := range test.causes {
						if !errors.Is(context.Cause(derived), cause) || !errors.Is(context.Cause(req.Context()), cause) {
							t.Errorf("the causes are %v and %v, want %v", context.Cause(derived), context.Cause(req.Context()), cause)
						}
					}
					return nil, derived.Err()
				}), credit.WithAttemptTimeout(test.timeout)).Do(call)
				if took := time.Since(start); took != test.after {
					t.Errorf("ended after %v, want %v", took, test.after)
				}
			})
		})
	}
}

// Several functions may wait for the end of an attempt. Each runs once, unless it
// was stopped.
func TestAttemptContextRunsAfterFuncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran [3]int
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			var stops [len(ran)]func() bool
			for i := range ran {
				stops[i] = req.Context().(interface{ AfterFunc(func()) func() bool }).AfterFunc(func() { ran[i]++ })
			}
			if !stops[1]() || stops[1]() {
				t.Error("stop must return true once, and false then")
			}
			<-req.Context().Done()
			if stops[0]() {
				t.Error("a function was stopped after the end")
			}
			return nil, req.Context().Err()
		}), attempts(1)).Do(once(t.Context()))
		synctest.Wait()
		if ran != [3]int{1, 0, 1} {
			t.Errorf("the functions ran %v times, want once, never and once", ran)
		}
	})
}

// A transport that never waits for its context still sees that the time is over.
func TestAttemptTimeoutWithoutWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			deadline, ok := req.Context().Deadline()
			if !ok || time.Until(deadline) != 3*time.Second || req.Context().Err() != nil {
				t.Errorf("deadline %v, %v, error %v", deadline, ok, req.Context().Err())
			}
			time.Sleep(3 * time.Second)
			if err := req.Context().Err(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("after the timeout the context's error is %v", err)
			}
			return nil, errLost
		}), credit.WithAttemptTimeout(3*time.Second)).Do(call)
		checkCall(t, call, 0, 1, credit.Unknown)
		if text := fmt.Sprint(call.Failure); text != "no response within 3s" {
			t.Error(text)
		}
	})
}

// A transport may keep the context of a request. What first waits for it after
// the attempt does not wait.
func TestContextOfFinishedAttemptIsDone(t *testing.T) {
	vendor := script(status(200))
	newClient(t, vendor).Do(once(t.Context()))
	ctx := vendor.seen[0].req.Context()
	select {
	case <-ctx.Done():
	default:
		t.Error("the context of an ended attempt can be waited for")
	}
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(ctx.Err())
	}
}

// A client may be used in several bubbles of testing/synctest and outside of
// them: its timers belong to the calls.
func TestClientWorksAcrossSynctestBubbles(t *testing.T) {
	client := newClient(t, script(hangs), credit.WithAttemptTimeout(20*time.Millisecond))
	run := func(t *testing.T) {
		call := once(t.Context())
		client.Do(call)
		checkCall(t, call, 0, 1, credit.Unknown)
	}
	run(t)
	for range 2 {
		synctest.Test(t, run)
	}
	run(t)
}

// The caller's own trace keeps its hooks.
func TestCallersHTTPTraceIsCalled(t *testing.T) {
	wanted, held := 0, 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { wanted++ },
		GotConn: func(httptrace.GotConnInfo) { held++ },
	})
	call := once(ctx)
	newClient(t, script(func(req *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(req.Context())
		trace.GetConn("vendor.example:443")
		trace.GotConn(httptrace.GotConnInfo{})
		return nil, errLost
	}), attempts(1)).Do(call)
	checkCall(t, call, 0, 1, credit.Unknown)
	if wanted != 1 || held != 1 {
		t.Errorf("the caller's hooks were called %d and %d times, want once each", wanted, held)
	}
}
