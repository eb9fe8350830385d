package proof

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A failure is one way in which a call fails.
type failure struct {
	name        string
	fault       credittest.Fault
	cancel      cancelTime
	unreachable bool // no server listens at the address
}

// A cancelTime is when the caller cancels its context.
type cancelTime int

const (
	cancelNever cancelTime = iota
	cancelBeforeCall
	cancelDuringCall
	cancelDuringWait // before the next attempt
)

// Twenty kinds of failure with 100 calls each are 2,000 calls at each vendor.
const (
	callsPerFailure = 100
	workers         = 16
)

var failureCases = []failure{
	{name: "lost before", fault: credittest.LostBefore()},
	{name: "lost after", fault: credittest.LostAfter()},
	{name: "truncated", fault: credittest.Truncated()},
	{name: "invalid JSON", fault: credittest.InvalidJSON()},
	{name: "oversized", fault: credittest.Oversized().With("Content-Length", "5242880")},
	{name: "oversized error response", fault: credittest.Respond(500, strings.Repeat(" ", 100<<10))},
	{name: "HTML instead of JSON", fault: credittest.HTML(200)},
	{name: "HTML 502 from a proxy", fault: credittest.HTML(502)},
	{name: "302", fault: credittest.Redirect(302, "https://elsewhere.example/")},
	{name: "307", fault: credittest.Redirect(307, "https://elsewhere.example/")},
	{name: "attempt timeout", fault: credittest.Slow(time.Hour)},
	{name: "409", fault: credittest.Throttled()},
	{name: "429", fault: credittest.RateLimited(0)},
	{name: "429 for a day", fault: credittest.RateLimited(24 * time.Hour)},
	{name: "503", fault: credittest.Respond(503, "").With("Retry-After", "1")},
	{name: "401", fault: credittest.Respond(401, "")},
	{name: "canceled before the call", cancel: cancelBeforeCall},
	{name: "canceled during the call", fault: credittest.Slow(time.Hour), cancel: cancelDuringCall},
	{name: "canceled during backoff", fault: credittest.RateLimited(time.Hour), cancel: cancelDuringWait},
	{name: "dial refused", unreachable: true},
}

// An environment is where calls run: over a real network or in a synctest
// bubble.
type environment struct {
	options     []credit.Option
	unreachable []credit.Option // make the vendor unreachable
	timeout     time.Duration   // of an attempt, or until the caller cancels
	withMark    func(context.Context) context.Context
}

// runCalls makes calls that fail with f. Half of them fail at their first
// request, the other half at their write.
func (f failure) runCalls(t *testing.T, v vendor, fake *credittest.Server, s environment) {
	t.Helper()
	opts := slices.Concat([]credit.Option{credit.WithBaseURL(fake.URL)}, s.options)
	if f.cancel == cancelNever {
		opts = append(opts, credit.WithAttemptTimeout(s.timeout))
	} else {
		opts = append(opts, credit.WithRetry(credit.RetryPolicy{MaxWait: 2 * time.Hour}))
	}
	if f.unreachable {
		opts = append(opts, s.unreachable...)
	}
	client, err := v.open(opts...)
	if err != nil {
		t.Fatal(err)
	}
	updater := client.Updater()
	refs := seedCopies(t, fake, workers)
	for _, fault := range []credittest.Fault{f.fault, f.fault.OnWrite()} {
		fake.Reset()
		fake.Queue(slices.Repeat([]credittest.Fault{fault}, 8*callsPerFailure)...)
		var made atomic.Int64
		var group sync.WaitGroup
		for _, ref := range refs {
			group.Go(func() {
				for n := made.Add(1); n <= callsPerFailure/2; n = made.Add(1) {
					err := f.updateOnce(t, v, updater, ref, s, int(n))
					if shown := v.reads && f.fault.Applied; err == nil && !shown {
						t.Errorf("%s: call %d did not fail", f.name, n)
					}
				}
			})
		}
		group.Wait()
	}
	fake.Reset()
}

func (f failure) updateOnce(t *testing.T, v vendor, updater credit.Updater, ref credit.Ref, s environment, n int) error {
	ctx := s.withMark(t.Context())
	if f.cancel != cancelNever { // only here: canceling would stop a leaked timer
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		if f.cancel == cancelBeforeCall {
			cancel()
		}
		defer time.AfterFunc(s.timeout, cancel).Stop()
	}
	_, err := updater.Update(ctx, ref, v.edits[0].patch(n))
	return err
}

// After 2,000 failed calls at each vendor over real connections, every response
// body is closed, only idle connections are open, and no goroutine is left.
func TestFailedCallsLeaveNothingOpen(t *testing.T) {
	const idle = 4
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			start := runtime.NumGoroutine()
			var conns connCounter
			pool := &http.Transport{DialContext: conns.dialContext, MaxIdleConnsPerHost: idle}
			bodies := &bodyCounter{next: pool}
			s := environment{
				options: []credit.Option{
					credit.WithTransport(bodies),
					credit.WithRetry(credit.RetryPolicy{MaxAttempts: 2, Quota: -1, MaxWait: time.Millisecond}),
				},
				unreachable: []credit.Option{credit.WithBaseURL("http://" + closedPort(t) + "/v1")},
				timeout:     20 * time.Millisecond,
				withMark:    func(ctx context.Context) context.Context { return ctx },
			}
			for _, f := range failureCases {
				f.runCalls(t, v, fake, s)
				if opened, closed := bodies.opened.Load(), bodies.closed.Load(); opened != closed {
					t.Fatalf("%s: %d response bodies were opened and %d closed", f.name, opened, closed)
				}
			}
			if bodies.opened.Load() < 5*callsPerFailure {
				t.Errorf("only %d responses arrived", bodies.opened.Load())
			}
			waitUntil(t, "connections that are not idle", func() bool { return conns.open.Load() <= idle })
			pool.CloseIdleConnections()
			waitUntil(t, "connections", func() bool { return conns.open.Load() == 0 })
			waitUntil(t, "goroutines", func() bool { return runtime.NumGoroutine() <= start })
		})
	}
}

// After 2,000 failed calls with the default waits and timeouts, no goroutine
// and no timer is left. The bubble fails if a goroutine is left. A running
// timer keeps the context of its call alive, so the test counts contexts that
// are still reachable. Up to half may be: the runtime keeps up to a quarter of
// all stopped timers until it sweeps them. With a leaked timer per call all of
// them are reachable.
func TestFailedCallsLeaveNoTimersRunning(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			synctest.Test(t, func(t *testing.T) {
				var held contextMarks
				s := environment{
					options:     []credit.Option{credit.WithTransport(fake.Transport())},
					unreachable: []credit.Option{credit.WithTransport(refusingTransport{})},
					timeout:     attemptTimeout,
					withMark:    held.withMark,
				}
				for _, f := range failureCases {
					held = contextMarks{}
					f.runCalls(t, v, fake, s)
					if n, of := held.countHeld(); n > callsPerFailure/2 || of != callsPerFailure {
						t.Errorf("%s: the contexts of %d of %d calls are still reachable", f.name, n, of)
					}
				}
			})
		})
	}
}

// waitUntil polls, because connections close and goroutines end asynchronously.
func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%s left open\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// contextMarks tracks the contexts of calls by weak pointers.
type contextMarks struct {
	mu  sync.Mutex
	all []weak.Pointer[[64]byte]
}

type markKey struct{}

func (m *contextMarks) withMark(ctx context.Context) context.Context {
	mark := new([64]byte)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, weak.Make(mark))
	return context.WithValue(ctx, markKey{}, mark)
}

// countHeld returns how many contexts are still reachable, and how many there
// were. It collects twice, because a sync.Pool keeps its items for one
// collection.
func (m *contextMarks) countHeld() (held, of int) {
	runtime.GC()
	runtime.GC()
	for _, mark := range m.all {
		if mark.Value() != nil {
			held++
		}
	}
	return held, len(m.all)
}

// refusingTransport is the transport to a host where no server listens.
type refusingTransport struct{}

func (refusingTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// bodyCounter counts opened and closed response bodies.
type bodyCounter struct {
	next           http.RoundTripper
	opened, closed atomic.Int64
}

func (b *bodyCounter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err == nil {
		b.opened.Add(1)
		closed := sync.OnceFunc(func() { b.closed.Add(1) })
		resp.Body = &countedBody{ReadCloser: resp.Body, closed: closed}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	closed func()
}

func (b *countedBody) Close() error {
	b.closed()
	return b.ReadCloser.Close()
}

// connCounter counts open connections.
type connCounter struct{ open atomic.Int64 }

func (c *connCounter) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	return &countedConn{Conn: conn, closed: sync.OnceFunc(func() { c.open.Add(-1) })}, nil
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}
