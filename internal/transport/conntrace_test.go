package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

// respondInOrder writes one response to each request, then closes the connection.
func respondInOrder(wire ...string) func(net.Conn) {
	return func(conn net.Conn) {
		for _, w := range wire {
			readRequest(conn)
			_, _ = io.WriteString(conn, w)
		}
	}
}

// reads a request and hangs up.
func hangsUp(conn net.Conn) { readRequest(conn) }

func TestFailureWithoutConnectionIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, dialing(t, nil, nil, respondInOrder(ok))).Do(call)
		checkCall(t, call, 200, 3, credit.Unknown)

		call = once(t.Context())
		newClient(t, dialing(t)).Do(call)
		checkCall(t, call, 0, 4, credit.NotSent)
	})
}

func TestDialTimeoutIsNotSent(t *testing.T) {
	// net/http lets a dial go on after its request has ended.
	hanging := func(t *testing.T) *http.Transport {
		over := make(chan struct{})
		t.Cleanup(func() { close(over) })
		return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			<-over
			return nil, errDial
		}}
	}
	t.Run("until the context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errOwn) })
			call := once(ctx)
			newClient(t, hanging(t)).Do(call)
			checkCall(t, call, 0, 1, credit.NotSent)
			checkEnded(t, call, errOwn)
		})
	})
	t.Run("until the attempt does", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			call := once(t.Context())
			newClient(t, hanging(t)).Do(call)
			checkCall(t, call, 0, 4, credit.NotSent)
		})
	})
}

func TestHandshakeTimeoutIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
		rt := dialing(t, silent, silent)
		rt.TLSHandshakeTimeout = time.Second
		call := once(t.Context())
		call.URL.Scheme = "https"
		newClient(t, rt, attempts(2)).Do(call)
		checkCall(t, call, 0, 2, credit.NotSent)
	})
}

func TestConnectionLostAfterTheRequestIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, dialing(t, hangsUp, respondInOrder(ok))).Do(call)
		checkCall(t, call, 0, 1, credit.Unknown)

		call = safe(t.Context())
		newClient(t, dialing(t, hangsUp, respondInOrder(ok))).Do(call)
		checkCall(t, call, 200, 2, credit.Unknown)
	})
}

func TestReusedConnectionClosedByVendor(t *testing.T) {
	t.Run("while it was idle", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, dialing(t, respondInOrder(ok), respondInOrder(ok)))
			for range 2 {
				call := once(t.Context())
				c.Do(call)
				checkCall(t, call, 200, 1, credit.Unknown)
				synctest.Wait()
			}
		})
	})
	t.Run("when the request came", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, dialing(t, respondInOrder(ok, ""), respondInOrder(ok)))
			c.Do(once(t.Context()))
			call := once(t.Context())
			c.Do(call)
			checkCall(t, call, 0, 1, credit.Unknown)
		})
	})
	// With a GetBody, an http.Transport would send a request with an idempotency
	// key again by itself, over a connection that is not there in this test.
	t.Run("when a request with a key came", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, dialing(t, respondInOrder(ok, "")), attempts(1))
			c.Do(once(t.Context()))
			call := once(t.Context())
			call.Method = http.MethodPost
			call.Header.Set("Idempotency-Key", "key")
			c.Do(call)
			checkCall(t, call, 0, 1, credit.Unknown)
			if _, dialled := errors.AsType[*net.OpError](call.Failure); dialled {
				t.Errorf("%v; net/http has sent the request again by itself", call.Failure)
			}
		})
	})
}

func TestTraceProvesNotSent(t *testing.T) {
	reports := func(hooks func(*httptrace.ClientTrace), err error) step {
		return func(req *http.Request) (*http.Response, error) {
			hooks(httptrace.ContextClientTrace(req.Context()))
			return nil, err
		}
	}
	asks := func(c *httptrace.ClientTrace) { c.GetConn("vendor.example:443") }
	holds := func(c *httptrace.ClientTrace) { c.GetConn(""); c.GotConn(httptrace.GotConnInfo{}) }
	both := func(c *httptrace.ClientTrace) { holds(c); asks(c) }
	silent := func(*httptrace.ClientTrace) {}
	for _, test := range []struct {
		name string
		step step
		want credit.Outcome
	}{
		{"a dial error, no report", reports(silent, errDial), credit.Unknown},
		{"a proxy's dial error, no report", reports(silent, &net.OpError{Op: "proxyconnect", Err: errOwn}), credit.Unknown},
		{"a dial error after GetConn", reports(asks, errDial), credit.NotSent},
		{"another error, no report", reports(silent, errOwn), credit.Unknown},
		{"no connection", reports(asks, errOwn), credit.NotSent},
		{"a connection", reports(holds, errLost), credit.Unknown},
		{"a connection, then a dial error", reports(holds, errDial), credit.Unknown},
		{"a connection, then GetConn", reports(both, errOwn), credit.Unknown},
	} {
		call := once(t.Context())
		newClient(t, script(test.step), attempts(1)).Do(call)
		if call.Outcome != test.want {
			t.Errorf("%s: %v, want %v", test.name, call.Outcome, test.want)
		}
	}
}

// A transport can give up an attempt that goes on behind it and gets its connection
// later. Once the attempt counts as not sent, nothing is written on that connection.
func TestConnectionObtainedAfterTimeoutIsNotWritten(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		var requests atomic.Int32
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.EnableHTTP2 = h2
		server.StartTLS()
		defer server.Close()
		address, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		inner := server.Client().Transport.(*http.Transport)
		dialStarted, returned, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
		inner.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			close(dialStarted)
			<-returned
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		// The context of the call ends before the attempt's timeout, so that no other
		// context ends when the attempt does.
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		call := once(ctx)
		call.URL = address
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			behind := req.Clone(req.Context())
			behind.Body = io.NopCloser(bytes.NewReader([]byte(body)))
			go func() {
				defer close(ended)
				if resp, err := inner.RoundTrip(behind); err == nil {
					_ = resp.Body.Close()
				}
			}()
			<-dialStarted
			return nil, errOwn
		}), attempts(1)).Do(call)
		close(returned)
		<-ended
		if n := requests.Load(); call.Outcome != credit.NotSent || n != 0 {
			t.Errorf("HTTP/2 %v: %v, and %d requests arrived", h2, call.Outcome, n)
		}
	}
}

func TestEachAttemptHasOwnTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
			return status(429)(req)
		}, failsToDial)).Do(call)
		checkCall(t, call, 0, 4, credit.Rejected)
	})
}

func TestCertificateErrorsAreNotRetried(t *testing.T) {
	reached := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	call := safe(ctx)
	call.URL = address
	newClient(t, rt).Do(call)
	checkCall(t, call, 0, 1, credit.NotSent)
	if _, ok := errors.AsType[*tls.CertificateVerificationError](call.Failure); !ok || reached {
		t.Errorf("%v, reached %v", call.Failure, reached)
	}
}

// countedTransport dials vendor over connections whose bytes are counted.
func countedTransport(t testing.TB, config *tls.Config, vendor *httptest.Server, wrap func(net.Conn) net.Conn) *http.Transport {
	rt := &http.Transport{
		TLSClientConfig: config,
		DialContext: countingDialer(func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, vendor.Listener.Addr().String())
			if err != nil {
				return nil, err
			}
			return wrap(conn), nil
		}),
	}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

// A breakingConn is a connection that the vendor closes after its first request,
// which this side does not notice before it writes the next one.
type breakingConn struct {
	net.Conn

	broken  *atomic.Bool
	partial int // how many bytes of a write still leave
}

func (c *breakingConn) Write(b []byte) (int, error) {
	if !c.broken.Load() {
		return c.Conn.Write(b)
	}
	n, _ := c.Conn.Write(b[:min(c.partial, len(b))])
	return n, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
}

// A kept connection that breaks before anything was written on it is proof that
// the request was not sent, so that even a write that must not be repeated is
// sent over another connection.
func TestReusedConnectionBrokenBeforeWriteIsNotSent(t *testing.T) {
	for _, test := range []struct {
		name, scheme string
		version      uint16
		partial      int
		requests     int32 // the first call's and the second's
	}{
		{"plain, nothing written", "http", 0, 0, 2},
		{"plain, a byte written", "http", 0, 1, 1},
		{"TLS 1.2, nothing written", "https", tls.VersionTLS12, 0, 2},
		{"TLS 1.3, nothing written", "https", tls.VersionTLS13, 0, 2},
		{"TLS 1.3, a byte written", "https", tls.VersionTLS13, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var requests atomic.Int32
			vendor := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				_, _ = io.WriteString(w, "{}")
			}))
			vendor.Config.ErrorLog = log.New(io.Discard, "", 0)
			if vendor.Start(); test.scheme == "https" {
				vendor.Close()
				vendor = httptest.NewUnstartedServer(vendor.Config.Handler)
				vendor.Config.ErrorLog = log.New(io.Discard, "", 0)
				vendor.StartTLS()
			}
			defer vendor.Close()
			config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: test.version}
			first := new(atomic.Bool)
			broken := first
			rt := countedTransport(t, config, vendor, func(conn net.Conn) net.Conn {
				c := &breakingConn{Conn: conn, broken: broken, partial: test.partial}
				broken = new(atomic.Bool) // later connections hold
				return c
			})
			c := newClient(t, rt, credit.WithRetry(credit.RetryPolicy{MinWait: 1, MaxWait: 1}))
			for i := range 2 {
				call := once(t.Context())
				call.URL = &url.URL{Scheme: test.scheme, Host: "vendor.example"}
				c.Do(call)
				switch {
				case i == 0:
					checkCall(t, call, 200, 1, credit.Unknown)
					first.Store(true)
				case test.partial == 0:
					checkCall(t, call, 200, 2, credit.Unknown)
				default:
					checkCall(t, call, 0, 1, credit.Unknown)
				}
			}
			if n := requests.Load(); n != test.requests {
				t.Errorf("%d requests arrived, want %d", n, test.requests)
			}
		})
	}
}

// crypto/tls writes an alert when it closes a connection, and that is not a part
// of a request; a request is longer than an alert in every version.
func TestAlertsAreNotCountedAsRequestBytes(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var mu sync.Mutex
		var writes [][]byte
		vendor := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer vendor.Close()
		config := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", vendor.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		secure := tls.Client(recordingConn{conn, func(b []byte) {
			mu.Lock()
			defer mu.Unlock()
			writes = append(writes, bytes.Clone(b))
		}}, config)
		if err := secure.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		handshake := len(writes)
		_, _ = io.WriteString(secure, "PUT /c HTTP/1.1\r\n")
		_ = secure.Close()
		if len(writes) != handshake+2 {
			t.Fatalf("version %x: %d writes after the handshake, want the request and the alert", version, len(writes)-handshake)
		}
		if isTLSAlert(writes[handshake]) || !isTLSAlert(writes[handshake+1]) {
			t.Errorf("version %x: the request is an alert %v, the alert is %v (%d and %d bytes)", version,
				isTLSAlert(writes[handshake]), isTLSAlert(writes[handshake+1]), len(writes[handshake]), len(writes[handshake+1]))
		}
	}
}

type recordingConn struct {
	net.Conn

	wrote func([]byte)
}

func (c recordingConn) Write(b []byte) (int, error) {
	c.wrote(b)
	return c.Conn.Write(b)
}

// What was given up unwritten is never written later.
func TestSealedConnectionRefusesWrites(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	go func() { _, _ = io.Copy(io.Discard, there) }()
	c := &countingConn{Conn: here}
	if _, err := c.Write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	if c.sealUnwritten(0) {
		t.Error("a connection on which 5 bytes were written was sealed as unwritten")
	}
	if !c.sealUnwritten(5) {
		t.Error("nothing was written since, and that is not seen")
	}
	if n, err := c.Write([]byte("late")); n != 0 || err == nil {
		t.Errorf("%d bytes were written after the seal, %v", n, err)
	}
}

// An alert on an encrypted connection is not counted as a part of a request. The same
// bytes on a connection without TLS are.
func TestAlertIsNotCounted(t *testing.T) {
	alert := []byte{recordAlert, 3, 3, 0, 2, 1, 0}
	request := []byte{recordData, 3, 3, 0, 2, 1, 0}
	for _, test := range []struct {
		name      string
		encrypted bool
		written   []byte
		unwritten bool
	}{
		{"an alert", true, alert, true},
		{"a request", true, request, false},
		{"the bytes of an alert without TLS", false, alert, false},
	} {
		near, far := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, far) }()
		c := &countingConn{Conn: near}
		if test.encrypted {
			c.setEncrypted()
		}
		if _, err := c.Write(test.written); err != nil {
			t.Fatal(err)
		}
		if got := c.sealUnwritten(0); got != test.unwritten {
			t.Errorf("%s: proves that nothing was written: %v", test.name, got)
		}
		_ = near.Close()
	}
}
