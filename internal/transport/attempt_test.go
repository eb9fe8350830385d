package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestAttemptTimeoutIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // longer than the attempt's
		defer cancel()
		vendor := script(hangs, status(200))
		call := safe(ctx)
		newClient(t, vendor).Do(call)
		checkCall(t, call, 200, 2, credit.Unknown)
		if waits := vendor.waits(); len(waits) != 1 || waits[0] < 30*time.Second || waits[0] > 31*time.Second {
			t.Errorf("the second attempt came after %v, want 30s and the wait", waits)
		}
	})
}

func TestAttemptTimeoutErrorText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := once(t.Context())
		newClient(t, script(hangs), credit.WithAttemptTimeout(3*time.Second)).Do(call)
		checkCall(t, call, 0, 1, credit.Unknown)
		if text := fmt.Sprint(call.Failure); text != "no response within 3s" || !errors.Is(call.Failure, context.DeadlineExceeded) {
			t.Error(text)
		}
	})
}

func TestAttemptTimeoutDoesNotBoundTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, call := time.Now(), safe(t.Context())
		newClient(t, script(hangs, hangs, hangs, status(200)), credit.WithAttemptTimeout(time.Minute)).Do(call)
		checkCall(t, call, 200, 4, credit.Unknown)
		if took := time.Since(start); took < 3*time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

func TestAttemptTimeoutDefaultsToHTTPClientTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			opts []credit.Option
			want time.Duration
		}{
			{nil, 30 * time.Second},
			{[]credit.Option{credit.WithHTTPClient(&http.Client{Transport: script(hangs), Timeout: time.Second})}, time.Second},
			{[]credit.Option{credit.WithHTTPClient(&http.Client{Transport: script(hangs)})}, 30 * time.Second},
			{[]credit.Option{credit.WithHTTPClient(&http.Client{Transport: script(hangs), Timeout: time.Second}), credit.WithAttemptTimeout(time.Hour)}, time.Hour},
		} {
			var rt http.RoundTripper
			if test.opts == nil {
				rt = script(hangs)
			}
			start := time.Now()
			newClient(t, rt, test.opts...).Do(once(t.Context()))
			if got := time.Since(start); got != test.want {
				t.Errorf("gave up after %v, want %v", got, test.want)
			}
		}
	})
}

// The caller's deadline ends a call, and is not mistaken for an attempt's.
func TestContextDeadlineEndsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, left := range []time.Duration{time.Second, 30 * time.Second, 45 * time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			start, call := time.Now(), safe(ctx)
			newClient(t, script(hangs)).Do(call)
			if took := time.Since(start); took != left || !errors.Is(call.Failure, context.DeadlineExceeded) || call.Outcome != credit.Unknown {
				t.Errorf("with %v: %v after %v, %v", left, call.Failure, took, call.Outcome)
			}
			cancel()
		}
	})
}

func TestAttemptTimeoutIncludesBody(t *testing.T) {
	for _, test := range []struct {
		call     *Call
		attempts int
	}{{reads(nil), 2}, {safe(nil), 2}, {once(nil), 1}} {
		synctest.Test(t, func(t *testing.T) {
			first := true
			rt, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if first {
					first = false
					w.Header().Set("Content-Length", "100")
					_ = http.NewResponseController(w).Flush()
					<-r.Context().Done()
				}
			})
			test.call.Context = t.Context()
			start := time.Now()
			newClient(t, rt).Do(test.call)
			checkCall(t, test.call, 200, test.attempts, credit.Unknown)
			if took := time.Since(start); took < 30*time.Second || took > 32*time.Second {
				t.Errorf("took %v", took)
			}
			if test.attempts == 1 && !errors.Is(test.call.Response.BodyErr, context.DeadlineExceeded) {
				t.Error(test.call.Response.BodyErr)
			}
		})
	}
}

// A context that is not ended keeps its timer.
func TestAttemptContextEndsWithAttempt(t *testing.T) {
	for _, end := range []step{status(200), status(404), fails(errLost), fails(nil)} {
		vendor := script(end)
		newClient(t, vendor).Do(once(t.Context()))
		if vendor.seen[0].req.Context().Err() == nil {
			t.Error("an attempt has left its timer behind")
		}
	}
}

func TestInvalidResponsesFailAttempt(t *testing.T) {
	for _, test := range []struct {
		name string
		rt   step
	}{
		{"neither response nor error", fails(nil)}, {"no status", status(0)}, {"continue", status(100)}, {"switching protocols", status(101)},
	} {
		call := once(t.Context())
		newClient(t, script(test.rt)).Do(call)
		checkCall(t, call, 0, 1, credit.Unknown)
		if call.Failure == nil {
			t.Errorf("%s: no failure", test.name)
		}
	}
}

// A connection of a caller's transport is not used again until its body is closed.
func TestBodyOfResponseWithErrorIsClosed(t *testing.T) {
	body := &closeRecorder{}
	call := once(t.Context())
	newClient(t, script(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body}, errLost
	})).Do(call)
	checkCall(t, call, 0, 1, credit.Unknown)
	if !body.closed || call.Failure == nil {
		t.Errorf("closed: %v, failure: %v; want a closed body and the error", body.closed, call.Failure)
	}
}

type closeRecorder struct{ closed bool }

func (*closeRecorder) Read([]byte) (int, error) { return 0, io.EOF }

func (r *closeRecorder) Close() error {
	r.closed = true
	return nil
}

func TestNilBodyIsEmptyResponse(t *testing.T) {
	call := once(t.Context())
	newClient(t, script(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 204}, nil })).Do(call)
	checkCall(t, call, 204, 1, credit.Unknown)
	if call.Response.BodyErr != nil || len(call.Response.Body) != 0 {
		t.Errorf("%q, %v", call.Response.Body, call.Response.BodyErr)
	}
}

// A transport may go on writing a request after it has returned, so that one
// that was passed on never changes; and each attempt sends the same.
func TestAttemptsSendSameRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := script(status(503), fails(errLost), status(429), status(401), status(200))
		tokens := &renewer{token: "planted-old"}
		call := safe(t.Context())
		newClientWith(t, Bearer(tokens), vendor, attempts(5)).Do(call)
		checkCall(t, call, 200, 5, credit.Unknown)
		for i, s := range vendor.seen {
			if s.body != body || s.req.ContentLength != int64(len(body)) {
				t.Errorf("attempt %d sent %q, length %d", i+1, s.body, s.req.ContentLength)
			}
			if s.req.GetBody != nil {
				t.Errorf("attempt %d has a GetBody, by which net/http would send it again itself", i+1)
			}
			if !reflect.DeepEqual(s.req.Header, s.before.Header) || s.req.URL.String() != s.before.URL.String() || s.req.Method != s.before.Method {
				t.Errorf("the request of attempt %d has changed: %v, was %v", i+1, s.req.Header, s.before.Header)
			}
			if i > 0 && s.req == vendor.seen[i-1].req {
				t.Errorf("attempt %d has the request of the one before", i+1)
			}
		}
	})
}

func TestReadsSendNoBody(t *testing.T) {
	vendor := script(status(200))
	newClient(t, vendor).Do(reads(t.Context()))
	if req := vendor.seen[0].req; req.Body != nil && req.Body != http.NoBody || req.ContentLength != 0 || strings.Contains(req.Method, "PUT") {
		t.Errorf("%v %v %d", req.Method, req.Body, req.ContentLength)
	}
}
