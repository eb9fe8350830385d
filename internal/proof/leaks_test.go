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

// A mishap is one way for a call to fail.
type mishap struct {
	name    string
	fault   credittest.Fault
	ending  ending
	refused bool // nothing listens at the address
}

// An ending is when the caller gives up.
type ending int

const (
	never ending = iota
	before
	during
	waiting // for the next attempt
)

// Twenty kinds of a hundred calls are 2,000 calls at each vendor.
const (
	callsPerMishap = 100
	workers        = 16
)

var mishaps = []mishap{
	{name: "lost before", fault: credittest.LostBefore()},
	{name: "lost after", fault: credittest.LostAfter()},
	{name: "truncated", fault: credittest.Truncated()},
	{name: "garbled", fault: credittest.InvalidJSON()},
	{name: "oversized", fault: credittest.Oversized().With("Content-Length", "5242880")},
	{name: "oversized refusal", fault: credittest.Respond(500, strings.Repeat(" ", 100<<10))},
	{name: "a page instead of JSON", fault: credittest.HTML(200)},
	{name: "a page of a proxy", fault: credittest.HTML(502)},
	{name: "moved", fault: credittest.Redirect(302, "https://elsewhere.example/")},
	{name: "temporarily moved", fault: credittest.Redirect(307, "https://elsewhere.example/")},
	{name: "too slow", fault: credittest.Slow(time.Hour)},
	{name: "409", fault: credittest.Throttled()},
	{name: "429", fault: credittest.RateLimited(0)},
	{name: "429 for a day", fault: credittest.RateLimited(24 * time.Hour)},
	{name: "503", fault: credittest.Respond(503, "").With("Retry-After", "1")},
	{name: "401", fault: credittest.Respond(401, "")},
	{name: "given up before", ending: before},
	{name: "given up during", fault: credittest.Slow(time.Hour), ending: during},
	{name: "given up while waiting", fault: credittest.RateLimited(time.Hour), ending: waiting},
	{name: "refused dial", refused: true},
}

// A scene is where mishaps happen: on a network or in a bubble.
type scene struct {
	options  []credit.Option
	refusing []credit.Option // nothing can be reached
	patience time.Duration   // how long an attempt, or the caller, waits
	mark     func(context.Context) context.Context
}

// meet makes the calls of one mishap, half of which meet it with the first
// request and half with the one that writes.
func (m mishap) meet(t *testing.T, v vendor, fake *credittest.Server, s scene) {
	t.Helper()
	opts := slices.Concat([]credit.Option{credit.WithBaseURL(fake.URL)}, s.options)
	if m.ending == never {
		opts = append(opts, credit.WithAttemptTimeout(s.patience))
	} else {
		opts = append(opts, credit.WithRetry(credit.RetryPolicy{MaxWait: 2 * time.Hour}))
	}
	if m.refused {
		opts = append(opts, s.refusing...)
	}
	client, err := v.open(opts...)
	if err != nil {
		t.Fatal(err)
	}
	updater := client.Updater()
	refs := copies(t, fake, workers)
	for _, fault := range []credittest.Fault{m.fault, m.fault.OnWrite()} {
		fake.Reset()
		fake.Queue(slices.Repeat([]credittest.Fault{fault}, 8*callsPerMishap)...)
		var made atomic.Int64
		var group sync.WaitGroup
		for _, ref := range refs {
			group.Go(func() {
				for n := made.Add(1); n <= callsPerMishap/2; n = made.Add(1) {
					err := m.call(t, v, updater, ref, s, int(n))
					if shown := v.reads && m.fault.Applied; err == nil && !shown {
						t.Errorf("%s: call %d did not fail", m.name, n)
					}
				}
			})
		}
		group.Wait()
	}
	fake.Reset()
}

func (m mishap) call(t *testing.T, v vendor, updater credit.Updater, ref credit.Ref, s scene, n int) error {
	ctx := s.mark(t.Context())
	if m.ending != never { // elsewhere its end would hide a timer that still runs
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		if m.ending == before {
			cancel()
		}
		defer time.AfterFunc(s.patience, cancel).Stop()
	}
	_, err := updater.Update(ctx, ref, v.edits[0].patch(n))
	return err
}

// After 2,000 failed calls at each vendor over real connections all answers are
// closed, no connection is open beside the idle ones, and no goroutine runs.
func TestFailedCallsLeaveNothingOpen(t *testing.T) {
	const idle = 4
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			start := runtime.NumGoroutine()
			var conns connections
			pool := &http.Transport{DialContext: conns.dial, MaxIdleConnsPerHost: idle}
			answers := &bodies{next: pool}
			s := scene{
				options: []credit.Option{
					credit.WithTransport(answers),
					credit.WithRetry(credit.RetryPolicy{MaxAttempts: 2, MaxWait: time.Millisecond}),
				},
				refusing: []credit.Option{credit.WithBaseURL("http://" + closedPort(t) + "/v1")},
				patience: 20 * time.Millisecond,
				mark:     func(ctx context.Context) context.Context { return ctx },
			}
			for _, m := range mishaps {
				m.meet(t, v, fake, s)
				if opened, closed := answers.opened.Load(), answers.closed.Load(); opened != closed {
					t.Fatalf("%s: of %d answers %d are closed", m.name, opened, closed)
				}
			}
			if answers.opened.Load() < 5*callsPerMishap {
				t.Errorf("only %d answers came", answers.opened.Load())
			}
			await(t, "connections beside the idle ones", func() bool { return conns.open.Load() <= idle })
			pool.CloseIdleConnections()
			await(t, "connections", func() bool { return conns.open.Load() == 0 })
			await(t, "goroutines", func() bool { return runtime.NumGoroutine() <= start })
		})
	}
}

// The same in a bubble, with the usual waits and timeouts. The bubble ends when
// its goroutines have, and fails otherwise. A timer that still runs holds the
// context it belongs to: once a call has returned, nothing may hold its own. Up
// to half are let off, since the runtime keeps a quarter of all timers that were
// stopped until it sweeps them; where one is left running, all calls are held.
func TestFailedCallsLeaveNothingBehind(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			synctest.Test(t, func(t *testing.T) {
				var held marks
				s := scene{
					options:  []credit.Option{credit.WithTransport(fake.Transport())},
					refusing: []credit.Option{credit.WithTransport(unreachable{})},
					patience: attemptTimeout,
					mark:     held.add,
				}
				for _, m := range mishaps {
					held = marks{}
					m.meet(t, v, fake, s)
					if n, of := held.count(); n > callsPerMishap/2 || of != callsPerMishap {
						t.Errorf("%s: %d of %d calls are still held", m.name, n, of)
					}
				}
			})
		})
	}
}

// await polls, because connections close and goroutines end on their own time.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("there are %s left\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// marks follows the contexts of calls without holding them.
type marks struct {
	mu  sync.Mutex
	all []weak.Pointer[[64]byte]
}

type markKey struct{}

func (m *marks) add(ctx context.Context) context.Context {
	mark := new([64]byte)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, weak.Make(mark))
	return context.WithValue(ctx, markKey{}, mark)
}

// count is how many are held, of how many. What a pool keeps is let go by the
// second collection.
func (m *marks) count() (held, of int) {
	runtime.GC()
	runtime.GC()
	for _, mark := range m.all {
		if mark.Value() != nil {
			held++
		}
	}
	return held, len(m.all)
}

// unreachable is the transport of a host where nothing listens.
type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
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

// bodies counts the answers that are opened and closed.
type bodies struct {
	next           http.RoundTripper
	opened, closed atomic.Int64
}

func (b *bodies) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err == nil {
		b.opened.Add(1)
		closed := sync.OnceFunc(func() { b.closed.Add(1) })
		resp.Body = &body{ReadCloser: resp.Body, closed: closed}
	}
	return resp, err
}

type body struct {
	io.ReadCloser
	closed func()
}

func (b *body) Close() error {
	b.closed()
	return b.ReadCloser.Close()
}

// connections counts those that are open.
type connections struct{ open atomic.Int64 }

func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	return &connection{Conn: conn, closed: sync.OnceFunc(func() { c.open.Add(-1) })}, nil
}

type connection struct {
	net.Conn
	closed func()
}

func (c *connection) Close() error {
	c.closed()
	return c.Conn.Close()
}
