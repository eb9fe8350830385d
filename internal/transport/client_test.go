package transport

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"", "/elsewhere", "https://other.example/planted", ":%planted", "https://[planted"} {
			for _, call := range []*Call{safe(t.Context()), reads(t.Context())} {
				vendor := script(status(code, "Location", to), status(200))
				followed := false
				hc := &http.Client{Transport: vendor, CheckRedirect: func(*http.Request, []*http.Request) error {
					followed = true
					return nil
				}}
				newClient(t, nil, credit.WithHTTPClient(hc)).Do(call)
				outcome := credit.Unknown // only 307 and 308 say that nothing was done
				if code >= 307 {
					outcome = credit.Rejected
				}
				checkCall(t, call, code, 1, outcome)
				if vendor.attempts() != 1 || followed || call.Failure != nil {
					t.Errorf("%d to %q: %d requests, called the caller's CheckRedirect %v, failure %v", code, to, vendor.attempts(), followed, call.Failure)
				}
			}
		}
	}
}

func TestCallersHTTPClientIsNotChanged(t *testing.T) {
	hc := &http.Client{Transport: script(status(200)), Timeout: time.Minute}
	before := *hc
	call := safe(t.Context())
	newClient(t, nil, credit.WithHTTPClient(hc)).Do(call)
	checkCall(t, call, 200, 1, credit.Unknown)
	if !reflect.DeepEqual(*hc, before) {
		t.Errorf("%+v was %+v", *hc, before)
	}
}

func TestRequestMatchesCall(t *testing.T) {
	vendor := script(status(200))
	call := safe(t.Context())
	newClient(t, vendor).Do(call)
	req := vendor.seen[0].req
	if req.Method != call.Method || req.URL.String() != call.URL.String() || req.Host != call.URL.Host ||
		req.Header.Get("X-Api-Key") != apiKey || req.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v", req.Method, req.URL, req.Header)
	}
}

// Goroutines that are still there when a bubble ends fail the test.
func TestFailedCallsLeakNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		rt, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch n.Add(1) % 5 {
			case 0:
				w.WriteHeader(503)
			case 1:
				panic(http.ErrAbortHandler)
			case 2:
				w.Header().Set("Content-Length", "100")
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			case 3:
				<-r.Context().Done()
			case 4: // more than is read of it
				w.WriteHeader(404)
				_, _ = w.Write(make([]byte, maxErrorBody+4096))
			}
		})
		c := newClient(t, rt, attempts(2))
		synctest.Wait()
		before := runtime.NumGoroutine()
		for i := range 1000 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i%40)*time.Second)
			c.Do(reads(ctx))
			cancel()
		}
		rt.CloseIdleConnections()
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before+20 {
			t.Errorf("%d goroutines, %d before", after, before)
		}
	})
}

func TestClientIsSafeForConcurrentUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		vendor := roundTrip(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			n++
			steps := []step{status(200), status(503), fails(errLost), status(429, "Retry-After", "1"), status(401), fails(errDial), status(404)}
			next := steps[n%len(steps)]
			mu.Unlock()
			if !strings.HasPrefix(req.Header.Get("Authorization"), "Bearer planted") {
				t.Error("no token")
			}
			return next(req)
		})
		c := newClientWith(t, Bearer(&renewer{token: "planted"}), vendor,
			credit.WithLogger(slog.New(slog.DiscardHandler)), credit.WithLimiter(limiter(func(context.Context) error { return nil })))
		var calls sync.WaitGroup
		for range 64 {
			calls.Go(func() {
				for range 20 {
					call := safe(t.Context())
					c.Do(call)
					if call.Response == nil && call.Failure == nil || call.Attempts < 1 || call.Attempts > 4 {
						t.Errorf("answer %v, failure %v, %d attempts", call.Response, call.Failure, call.Attempts)
					}
				}
			})
		}
		calls.Wait()
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
