package transport

import (
	"context"
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

func TestBaseIsTheCallersTransport(t *testing.T) {
	given := script(status(200))
	for name, test := range map[string]struct {
		cfg  credit.Config
		want http.RoundTripper
	}{
		"transport":                {credit.Config{Transport: given}, given},
		"client's transport":       {credit.Config{HTTPClient: &http.Client{Transport: given}}, given},
		"client without transport": {credit.Config{HTTPClient: &http.Client{}}, http.DefaultTransport},
		"nothing":                  {credit.Config{}, shared()},
	} {
		if base(test.cfg) != test.want {
			t.Errorf("%s: %T", name, base(test.cfg))
		}
	}
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
	defer shared().(*http.Transport).CloseIdleConnections()
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
				if call.Answer == nil {
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
