package transport

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// Every secret of the tests contains the word planted.
const (
	planted = "planted"
	apiKey  = "planted-key"
	body    = `{"note":"planted-body"}`
)

var (
	errDial = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errLost = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// A step is one attempt as the vendor sees it.
type step func(*http.Request) (*http.Response, error)

// says responds with a body and, in pairs, headers.
func says(status int, body string, header ...string) step {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: h,
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}, nil
	}
}

func status(code int, header ...string) step { return says(code, `{}`, header...) }

// streams responds with a body from r.
func streams(status int, r io.Reader) step {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(r), ContentLength: -1}, nil
	}
}

func fails(err error) step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// failsToDial fails as net/http does when it gets no connection.
func failsToDial(req *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(req.Context()).GetConn("vendor.example:80")
	return nil, errDial
}

// hangs does not return before the attempt ends.
func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, context.Cause(req.Context())
}

// cuts is a truncated body.
func cuts() io.Reader {
	return io.MultiReader(strings.NewReader(`{"a":`), failing{io.ErrUnexpectedEOF})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A stub plays its steps one after the other, the last one for ever.
type stub struct {
	mu    sync.Mutex
	steps []step
	seen  []seen
	idle  atomic.Int32 // calls of CloseIdleConnections
}

type seen struct {
	at     time.Time
	req    *http.Request
	before *http.Request // a copy made when the attempt began
	body   string
}

func script(steps ...step) *stub { return &stub{steps: steps} }

func (s *stub) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	s.mu.Lock()
	s.seen = append(s.seen, seen{time.Now(), req, req.Clone(context.Background()), string(sent)})
	next := s.steps[min(len(s.seen), len(s.steps))-1]
	s.mu.Unlock()
	return next(req)
}

func (s *stub) CloseIdleConnections() { s.idle.Add(1) }

func (s *stub) attempts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

// waits are the times between the attempts.
func (s *stub) waits() []time.Duration {
	var waits []time.Duration
	for i := 1; i < len(s.seen); i++ {
		waits = append(waits, s.seen[i].at.Sub(s.seen[i-1].at))
	}
	return waits
}

func newClient(t testing.TB, rt http.RoundTripper, opts ...credit.Option) *Client {
	t.Helper()
	return newClientWith(t, StaticAuth(NewCredentials("X-Api-Key", apiKey, apiKey)), rt, opts...)
}

func newClientWith(t testing.TB, auth Auth, rt http.RoundTripper, opts ...credit.Option) *Client {
	t.Helper()
	if rt != nil {
		opts = append(opts, credit.WithTransport(rt))
	}
	cfg, err := credit.NewConfig("acme", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return New("vendor", cfg, auth)
}

func attempts(n int) credit.Option { return credit.WithRetry(credit.RetryPolicy{MaxAttempts: n}) }

// safe is a write that may be sent twice.
func safe(ctx context.Context) *Call {
	call := new(Exchange).Init(ctx)
	call.Op, call.Method = "UpdateCredit", http.MethodPut
	call.URL = &url.URL{Scheme: "http", Host: "vendor.example", Path: "/planted-path", RawQuery: "q=planted-query"}
	call.Header, call.Body = http.Header{"Content-Type": {"application/json"}}, []byte(body)
	call.Repeatable = true
	return call
}

// once is a write that must not be sent twice.
func once(ctx context.Context) *Call {
	call := safe(ctx)
	call.Repeatable = false
	return call
}

func reads(ctx context.Context) *Call {
	call := safe(ctx)
	call.Method, call.Body, call.Reads = http.MethodGet, nil, true
	return call
}

// serve is a vendor behind connections in memory; dials counts them.
func serve(t testing.TB, h http.HandlerFunc) (rt *http.Transport, dials *atomic.Int32) {
	l := &listener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(l) }()
	dials = new(atomic.Int32)
	rt = &http.Transport{MaxIdleConnsPerHost: 100, DialContext: func(context.Context, string, string) (net.Conn, error) {
		dials.Add(1)
		here, there := net.Pipe()
		l.conns <- there
		return here, nil
	}}
	t.Cleanup(func() {
		rt.CloseIdleConnections()
		_ = server.Close()
	})
	return rt, dials
}

type listener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *listener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

// dialing hands each connection to the next of peers, and refuses those beyond
// and those where the peer is nil.
func dialing(t testing.TB, peers ...func(net.Conn)) *http.Transport {
	var n atomic.Int32
	rt := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		i := int(n.Add(1)) - 1
		if i >= len(peers) || peers[i] == nil {
			return nil, errDial
		}
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			peers[i](there)
		}()
		return here, nil
	}}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

// checkCall compares how a call ended.
func checkCall(t testing.TB, call *Call, status, attempts int, outcome credit.Outcome) {
	t.Helper()
	got := 0
	if call.Response != nil {
		got = call.Response.Status
	}
	if got != status || call.Attempts != attempts || call.Outcome != outcome {
		t.Errorf("status %d after %d attempts, outcome %v, failure %v; want status %d after %d, %v",
			got, call.Attempts, call.Outcome, call.Failure, status, attempts, outcome)
	}
}

var errOwn = errors.New("planted error of the caller's own")
