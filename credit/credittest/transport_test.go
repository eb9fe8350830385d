package credittest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// In a synctest bubble the clock stands still while any goroutine runs, so that what a call
// takes is exact.
func TestFaultsUnderSynctest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		faults  []credittest.Fault
		once    bool // not tried again
		within  time.Duration
		takes   time.Duration
		outcome credit.Outcome
		is      error
		changes bool
	}{
		{"slow", []credittest.Fault{credittest.Slow(20 * time.Second)}, false, 0, 20 * time.Second, 0, nil, true},
		{"too slow", []credittest.Fault{credittest.Slow(time.Hour)}, true, 0, 30 * time.Second, credit.Unknown, context.DeadlineExceeded, true},
		{"a late refusal", []credittest.Fault{credittest.Respond(400, "{}").After(time.Second)}, false, 0, time.Second, credit.Rejected, credit.ErrInvalid, false},
		{"lost late", []credittest.Fault{credittest.LostBefore().After(time.Second)}, true, 0, time.Second, credit.Unknown, credit.ErrUnavailable, false},
		{"rate limited", []credittest.Fault{credittest.RateLimited(7 * time.Second), credittest.RateLimited(11 * time.Second)}, false, 0, 18 * time.Second, 0, nil, true},
		{"rate limited, slow response", []credittest.Fault{credittest.RateLimited(7 * time.Second), credittest.Slow(time.Second)}, false, 0, 8 * time.Second, 0, nil, true},
		{"rate limited beyond MaxWait", []credittest.Fault{credittest.RateLimited(time.Hour)}, false, 0, 0, credit.Rejected, credit.ErrRateLimited, false},
		{"the caller's deadline", []credittest.Fault{credittest.Slow(time.Hour)}, false, 5 * time.Second, 5 * time.Second, credit.Unknown, context.DeadlineExceeded, true},
	} {
		eachVendor(t, func(t *testing.T, v vendor) {
			fake := v.fake(t) // before the bubble
			opts := []credit.Option{credit.WithTransport(fake.Transport())}
			if test.once {
				opts = append(opts, once())
			}
			updater := v.updater(t, fake, opts...)
			for _, fault := range test.faults {
				fake.Queue(fault.OnWrite())
			}
			t.Run(test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx := t.Context()
					if test.within > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, test.within)
						defer cancel()
					}
					start := time.Now()
					_, err := updater.Update(ctx, fake.Ref, v.patch)
					if credit.OutcomeOf(err) != test.outcome || !errors.Is(err, test.is) {
						t.Errorf("the outcome is %v: %v", credit.OutcomeOf(err), err)
					}
					if took := time.Since(start); took != test.takes {
						t.Errorf("it took %v, want %v", took, test.takes)
					}
				})
				if got := v.changed(t, fake); got != test.changes {
					t.Errorf("changed is %v", got)
				}
			})
		})
	}
}

func TestNexudusThrottleUnderSynctest(t *testing.T) {
	t.Parallel()
	v := vendors[2]
	fake := v.fake(t)
	updater := v.updater(t, fake, credit.WithTransport(fake.Transport()))
	// An update is a read and a write.
	fake.Limit(2, 2*time.Second)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for range 3 {
			if _, err := updater.Update(t.Context(), fake.Ref, v.patch); err != nil {
				t.Fatal(err)
			}
		}
		// The second's read waits until 2 s have passed, and so does the
		// third's.
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("it took %v", took)
		}
		fake.Limit(2, time.Minute)
		for range 2 {
			if _, err := updater.(credit.Reader).Read(t.Context(), fake.Ref); err != nil {
				t.Fatal(err)
			}
		}
		_, err := updater.(credit.Reader).Read(t.Context(), fake.Ref)
		e, ok := errors.AsType[*credit.Error](err)
		if !ok || e.Kind != credit.ErrRateLimited || e.RetryAfter != time.Second || e.Attempts != 4 {
			t.Errorf("beyond the limit: %v", err)
		}
		fake.Limit(0, 0)
		if _, err := updater.(credit.Reader).Read(t.Context(), fake.Ref); err != nil {
			t.Error(err)
		}
	})
}

func TestTransportMatchesConnection(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	url := flexURL(fake, "a%2Fb?x=1")
	var got [2]credittest.Request
	for i, rt := range []http.RoundTripper{http.DefaultTransport, fake.Transport()} {
		fake.Reset()
		req, err := http.NewRequestWithContext(t.Context(), "PUT", url, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header["odd_name"] = []string{"a", "b"}
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != "404 page not found" || resp.ContentLength != int64(len(body)) || resp.Status != "404 Not Found" || resp.Request != req {
			t.Errorf("%d: %q, %v, %+v", i, body, err, resp)
		}
		resp.Body.Close()
		got[i] = fake.Requests()[0]
	}
	for i, r := range got {
		if r.Method != "PUT" || r.Path != "/v1/creditgrants/a%2Fb" || r.Query != "x=1" || string(r.Body) != "body" || !r.Write ||
			strings.Join(r.Header.Values("odd_name"), " ") != "a b" {
			t.Errorf("%d: %+v", i, r)
		}
	}
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("no body") }

func TestTransportKeepsRoundTripperContract(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		body io.Reader
	}{
		{"an ended context", ended, strings.NewReader("{}")},
		{"a broken body", t.Context(), failing{}},
	} {
		body := &closer{Reader: test.body}
		req, err := http.NewRequestWithContext(test.ctx, "PUT", fake.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fake.Transport().RoundTrip(req); err == nil {
			t.Errorf("%s: no error", test.name)
		}
		if !body.closed {
			t.Errorf("%s: the body is open", test.name)
		}
	}
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}

	fake.Queue(credittest.Slow(time.Hour))
	leaving, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(leaving, "GET", fake.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fake.Transport().RoundTrip(req); err != context.DeadlineExceeded {
		t.Errorf("a caller who goes gets %v", err)
	}
}
