package transport

import (
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
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

// answers gives one answer to each request, then closes the connection.
func answers(wire ...string) func(net.Conn) {
	return func(conn net.Conn) {
		for _, w := range wire {
			readRequest(conn)
			_, _ = io.WriteString(conn, w)
		}
	}
}

// reads a request and hangs up.
func hangsUp(conn net.Conn) { readRequest(conn) }

func TestWhatNeverHadAConnectionWasNeverSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, dialing(t, nil, nil, answers(ok))).Do(call)
		checkCall(t, call, 200, 3, credit.Applied)

		call = once(t.Context())
		newClient(t, dialing(t)).Do(call)
		checkCall(t, call, 0, 4, credit.NotSent)
	})
}

func TestDialThatHangsIsNotSent(t *testing.T) {
	// net/http lets a dial go on that nobody waits for any more.
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

func TestHandshakeThatHangsIsNotSent(t *testing.T) {
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
		newClient(t, dialing(t, hangsUp, answers(ok))).Do(call)
		checkCall(t, call, 0, 1, credit.Unknown)

		call = safe(t.Context())
		newClient(t, dialing(t, hangsUp, answers(ok))).Do(call)
		checkCall(t, call, 200, 2, credit.Applied)
	})
}

func TestKeptConnectionThatTheVendorClosed(t *testing.T) {
	t.Run("while it was idle", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, dialing(t, answers(ok), answers(ok)))
			for range 2 {
				call := once(t.Context())
				c.Do(call)
				checkCall(t, call, 200, 1, credit.Applied)
				synctest.Wait()
			}
		})
	})
	t.Run("when the request came", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, dialing(t, answers(ok, ""), answers(ok)))
			c.Do(once(t.Context()))
			call := once(t.Context())
			c.Do(call)
			checkCall(t, call, 0, 1, credit.Unknown)
		})
	})
	// An http.Transport sends a request with an idempotency key again by
	// itself; that its second dial failed says nothing of the first.
	t.Run("and that cannot be dialled again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, dialing(t, answers(ok, "")), attempts(1))
			c.Do(once(t.Context()))
			call := once(t.Context())
			call.Method = http.MethodPost
			call.Header.Set("Idempotency-Key", "key")
			c.Do(call)
			checkCall(t, call, 0, 1, credit.Unknown)
			if !isDial(call.Failure) {
				t.Errorf("%v; want the dial error of the transport's own second try", call.Failure)
			}
		})
	})
}

func TestHowFarATransportGot(t *testing.T) {
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
	for name, test := range map[string]struct {
		step step
		want credit.Outcome
	}{
		"a dial error, no report":           {reports(silent, errDial), credit.NotSent},
		"a proxy that cannot be reached":    {reports(silent, &net.OpError{Op: "proxyconnect", Err: errOwn}), credit.NotSent},
		"another error, no report":          {reports(silent, errOwn), credit.Unknown},
		"no connection":                     {reports(asks, errOwn), credit.NotSent},
		"a connection":                      {reports(holds, errLost), credit.Unknown},
		"a connection, then a dial error":   {reports(holds, errDial), credit.Unknown},
		"a connection, then asks for a new": {reports(both, errOwn), credit.Unknown},
	} {
		call := once(t.Context())
		newClient(t, script(test.step), attempts(1)).Do(call)
		if call.Outcome != test.want {
			t.Errorf("%s: %v, want %v", name, call.Outcome, test.want)
		}
	}
}

func TestEachAttemptStartsWithoutAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
			return status(429)(req)
		}, fails(errDial))).Do(call)
		checkCall(t, call, 0, 4, credit.Rejected)
	})
}

func TestCertificateErrorsAreFinal(t *testing.T) {
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
