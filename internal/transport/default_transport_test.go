package transport

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestBaseTransportIsCallers(t *testing.T) {
	given := script(status(200))
	for _, test := range []struct {
		name string
		cfg  credit.Config
		want http.RoundTripper
	}{
		{"transport", credit.Config{Transport: given}, given},
		{"client's transport", credit.Config{HTTPClient: &http.Client{Transport: given}}, given},
		{"client without transport", credit.Config{HTTPClient: &http.Client{}}, http.DefaultTransport},
		{"nothing", credit.Config{}, sharedTransport()},
	} {
		if baseTransport(test.cfg) != test.want {
			t.Errorf("%s: %T", test.name, baseTransport(test.cfg))
		}
	}
}

func TestSharedTransport(t *testing.T) {
	rt := sharedTransport().(*http.Transport)
	if rt.HTTP2 == nil || rt.HTTP2.SendPingTimeout != 10*time.Second || rt.HTTP2.PingTimeout != 5*time.Second {
		t.Errorf("HTTP/2 pings: %+v, want after 10 s, answered within 5 s", rt.HTTP2)
	}
	if !rt.ForceAttemptHTTP2 || rt.MaxIdleConnsPerHost != 512 || rt.IdleConnTimeout != 90*time.Second || rt.TLSHandshakeTimeout != 10*time.Second {
		t.Errorf("%+v", rt)
	}
	if rt.Proxy == nil || rt.OnProxyConnectResponse == nil || rt.DialContext == nil {
		t.Error("no proxy, no check of its answer or no dialer")
	}
}

// A NAT or a load balancer may forget a connection: it stays open, and nothing
// arrives any more.
func TestSilentHTTP2ConnectionFailsOneAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt, conns := serveHTTP2(t, newTransport(sharedPings))
		c := newClient(t, rt)
		do := func(call *Call) (took time.Duration) {
			call.URL.Scheme, call.URL.Host = "https", "example.com"
			start := time.Now()
			c.Do(call)
			return time.Since(start)
		}
		call := once(t.Context())
		do(call)
		checkCall(t, call, 200, 1, credit.Unknown)

		(<-conns).silent.Store(true)
		call = once(t.Context())
		took := do(call)
		checkCall(t, call, 0, 1, credit.Unknown)
		if want := sharedPings.SendPingTimeout + sharedPings.PingTimeout; took != want {
			t.Errorf("the attempt was lost after %v, want %v", took, want)
		}
		checkPrints(t, call.Failure, "the HTTP/2 connection was lost: a ping was not answered")

		call = once(t.Context())
		if took := do(call); took != 0 {
			t.Errorf("the next call took %v", took)
		}
		checkCall(t, call, 200, 1, credit.Unknown)

		(<-conns).silent.Store(true)
		call = safe(t.Context())
		do(call)
		checkCall(t, call, 200, 2, credit.Unknown)
	})
}

// serveHTTP2 is a vendor that speaks HTTP/2 over connections in memory.
func serveHTTP2(t testing.TB, rt *http.Transport) (_ *http.Transport, conns chan *muteConn) {
	l := &listener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) }),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.ServeTLS(l, "", "")
	}()
	conns = make(chan *muteConn, 10)
	rt.TLSClientConfig = &tls.Config{RootCAs: roots}
	rt.DialContext = func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		conn := &muteConn{Conn: there}
		conns <- conn
		l.conns <- conn
		return here, nil
	}
	t.Cleanup(func() {
		rt.CloseIdleConnections()
		_ = server.Close()
		<-served
	})
	return rt, conns
}

// A muteConn drops what is written once it is silent.
type muteConn struct {
	net.Conn
	silent atomic.Bool
}

func (c *muteConn) Write(p []byte) (int, error) {
	if c.silent.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func TestConnectionSurvivesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		rt, dials := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if requests++; requests%2 == 0 {
				w.WriteHeader(503)
				_, _ = w.Write(make([]byte, 5000))
			}
		})
		c := newClient(t, rt)
		for range 50 {
			c.Do(once(t.Context()))
		}
		if requests != 50 || dials.Load() != 1 {
			t.Errorf("%d requests over %d connections, want 50 over 1", requests, dials.Load())
		}
	})
}

// The loop closes the idle connections of what lets it, when it gives up, when
// a context ends and when a token cannot be had.
func TestIdleConnectionsAreNotClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := script(status(503))
		for _, opts := range [][]credit.Option{
			{credit.WithTransport(vendor)},
			{credit.WithHTTPClient(&http.Client{Transport: vendor})},
		} {
			c := newClient(t, nil, opts...)
			c.Do(safe(t.Context()))
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel) // in the first wait
			c.Do(safe(ctx))
		}
		newClientWith(t, Bearer(&renewer{err: errOwn, token: "planted"}), script(status(401))).Do(safe(t.Context()))
		if n := vendor.idle.Load(); n != 0 || vendor.attempts() != 10 {
			t.Errorf("closed %d times in %d attempts", n, vendor.attempts())
		}
	})
}

// The SDK's own pool keeps what a burst has used.
func TestBurstsReuseTheirConnections(t *testing.T) {
	const burst = 64
	var accepted, inside atomic.Int32
	full := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if inside.Add(1) == burst {
			close(full) // the first burst is inside as a whole: one connection each
		}
		<-full
		w.WriteHeader([]int{200, 503, 404}[int(inside.Load())%3])
		_, _ = w.Write([]byte(`{}`))
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			accepted.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	defer sharedTransport().(*http.Transport).CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	address, err := url.Parse(server.URL + "/credits/1")
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, nil)
	for range 5 {
		var calls sync.WaitGroup
		for range burst {
			calls.Go(func() {
				call := once(ctx)
				call.URL = address
				c.Do(call)
				if call.Response == nil {
					t.Error(call.Failure)
				}
			})
		}
		calls.Wait()
		if ctx.Err() != nil {
			t.Fatal("took too long")
		}
	}
	if n := accepted.Load(); n != burst || inside.Load() != 5*burst {
		t.Errorf("%d connections for %d requests, want %d", n, inside.Load(), burst)
	}
}
