package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/creditkit/creditkit/credit"
)

// events collects what an observer gets.
type events struct {
	mu       sync.Mutex
	all      []credit.Event
	contexts []credit.Operation // what OperationFrom finds in the observer's contexts
}

func (e *events) observe(ctx context.Context, event credit.Event) {
	op, _ := credit.OperationFrom(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all, e.contexts = append(e.all, event), append(e.contexts, op)
}

// String lists the events without their times.
func (e *events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var lines []string
	for _, v := range e.all {
		lines = append(lines, fmt.Sprintf("%s %s %d: status %d, %v, %v", v.Kind, v.Name, v.Attempt, v.StatusCode, v.Outcome, v.Err))
	}
	return strings.Join(lines, "\n")
}

// observedCall makes a call over steps with an observer, and reports its end as
// internal/rest does.
func observedCall(t *testing.T, call *Call, rt http.RoundTripper, opts ...credit.Option) *events {
	t.Helper()
	seen := new(events)
	client := newClient(t, rt, append(opts, credit.WithObserver(seen.observe))...)
	client.Do(call)
	client.ReportCall(call, call.Failure)
	return seen
}

func TestEachAttemptIsOneEvent(t *testing.T) {
	const lost = "read tcp: connection reset by peer"
	for _, test := range []struct {
		name  string
		call  func(context.Context) *Call
		steps []step
		want  []string
	}{
		{"success", safe, []step{status(200)}, []string{
			"attempt UpdateCredit 1: status 200, none, <nil>",
			"call UpdateCredit 1: status 200, none, <nil>",
		}},
		{"retries", safe, []step{status(503), fails(errLost), failsToDial, status(200)}, []string{
			"attempt UpdateCredit 1: status 503, unknown, <nil>",
			"attempt UpdateCredit 2: status 0, unknown, " + lost,
			"attempt UpdateCredit 3: status 0, not sent, dial tcp: connection refused",
			"attempt UpdateCredit 4: status 200, none, <nil>",
			"call UpdateCredit 4: status 200, none, <nil>",
		}},
		{"refused", once, []step{status(404)}, []string{
			"attempt UpdateCredit 1: status 404, rejected, <nil>",
			"call UpdateCredit 1: status 404, none, <nil>", // internal/rest gives the error
		}},
		{"body that breaks off", once, []step{streams(200, cuts())}, []string{
			"attempt UpdateCredit 1: status 200, unknown, " + closedEarly,
			"call UpdateCredit 1: status 200, none, <nil>",
		}},
		{"read", reads, []step{fails(errLost), status(404)}, []string{
			"attempt UpdateCredit 1: status 0, not sent, " + lost,
			"attempt UpdateCredit 2: status 404, not sent, <nil>",
			"call UpdateCredit 2: status 404, none, <nil>",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				seen := observedCall(t, test.call(t.Context()), script(test.steps...))
				if got, want := seen.String(), strings.Join(test.want, "\n"); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				for i, e := range seen.all {
					if e.Vendor != "vendor" || e.Write == (test.name == "read") || e.Operation != seen.contexts[i] {
						t.Errorf("event %+v with %+v in its context", e.Operation, seen.contexts[i])
					}
				}
			})
		})
	}
}

// What the vendor's package knows from a body is in the attempt's outcome too.
func TestEventUsesErrorDetails(t *testing.T) {
	call := once(t.Context())
	call.DecodeError = func(*Response) ErrorDetails { return ErrorDetails{Outcome: credit.Rejected} }
	if seen := observedCall(t, call, script(status(500))); seen.all[0].Outcome != credit.Rejected {
		t.Error(seen)
	}
}

// No attempt is made, so there is one event, of the call.
func TestCallWithoutAttemptIsOneEvent(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	refuses := credit.WithLimiter(limiter(func(context.Context) error { return errOwn }))
	for _, test := range []struct {
		name string
		ctx  context.Context
		opts []credit.Option
		want string
	}{
		{"ended context", ended, nil, "call UpdateCredit 0: status 0, unknown, context canceled"},
		{"limiter", t.Context(), []credit.Option{refuses}, "call UpdateCredit 0: status 0, unknown, the limiter let no attempt pass: an error of type *errors.errorString"},
	} {
		if seen := observedCall(t, safe(test.ctx), script(status(200)), test.opts...); seen.String() != test.want {
			t.Errorf("%s: got %s", test.name, seen)
		}
	}
}

// The wait for a limiter and between attempts is part of the call alone.
func TestEventTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		slow := func(d time.Duration, next step) step {
			return func(req *http.Request) (*http.Response, error) { <-time.After(d); return next(req) }
		}
		seen := observedCall(t, safe(t.Context()), script(slow(time.Second, status(429, "Retry-After", "5")), slow(2*time.Second, status(200))),
			credit.WithLimiter(limiter(func(context.Context) error { <-time.After(10 * time.Second); return nil })))
		var got []time.Duration
		for _, e := range seen.all {
			got = append(got, e.Start.Sub(start), e.Duration)
		}
		want := []time.Duration{10 * time.Second, time.Second, 26 * time.Second, 2 * time.Second, 0, 28 * time.Second}
		if !slices.Equal(got, want) {
			t.Errorf("starts and durations are %v, want %v", got, want)
		}
	})
}

func TestEventHoldsNoSecrets(t *testing.T) {
	url := leaky{"https://vendor.example/planted-path?q=planted-query", "Authorization: planted"}
	synctest.Test(t, func(t *testing.T) {
		seen := observedCall(t, safe(t.Context()), script(
			says(503, "planted answer", "X-Request-Id", "echo of "+apiKey, "Set-Cookie", "planted"), fails(url), streams(200, failing{url}), status(200)))
		if seen.all[0].RequestID != "echo of [redacted]" {
			t.Errorf("the request id is %q", seen.all[0].RequestID)
		}
		for _, e := range seen.all {
			checkPrints(t, e, "")
		}
		if !errors.As(seen.all[1].Err, new(leaky)) {
			t.Error("errors.As does not find the transport's error")
		}
	})
}

func TestObserversRunInOrder(t *testing.T) {
	var order []string
	name := func(name string) credit.Option {
		return credit.WithObserver(func(context.Context, credit.Event) { order = append(order, name) })
	}
	newClient(t, script(status(200)), name("first"), name("second")).Do(safe(t.Context()))
	if got := strings.Join(order, " "); got != "first second" {
		t.Error(got)
	}
}

// A wait in an observer delays the call, and is not part of an attempt's timeout.
func TestObserverMayBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := safe(t.Context())
		newClient(t, script(status(503), status(200)), credit.WithAttemptTimeout(time.Second),
			credit.WithObserver(func(context.Context, credit.Event) { <-time.After(time.Hour) })).Do(call)
		checkCall(t, call, 200, 2, credit.Unknown)
	})
}

func TestOperationFromContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		note := func(place string, ctx context.Context) {
			op, ok := credit.OperationFrom(ctx)
			got = append(got, fmt.Sprint(place, " ", op, " ", ok))
		}
		var kept []context.Context
		rt := roundTripper(func(req *http.Request) (*http.Response, error) {
			note("transport", req.Context())
			ctx, cancel := context.WithCancel(req.Context()) // as otelhttp derives one
			defer cancel()
			note("derived", ctx)
			if kept = append(kept, req.Context()); len(kept) == 1 {
				return status(503)(req)
			}
			return status(200)(req)
		})
		log := slog.New(contextHandler{slog.DiscardHandler, func(ctx context.Context) { note("log", ctx) }})
		newClient(t, rt, credit.WithLogger(log), credit.WithLimiter(limiter(func(ctx context.Context) error {
			note("limiter", ctx)
			return nil
		}))).Do(safe(t.Context()))
		note("kept", kept[0])
		want := "limiter {vendor UpdateCredit true 1} true\ntransport {vendor UpdateCredit true 1} true\nderived {vendor UpdateCredit true 1} true\nlog {vendor UpdateCredit true 1} true\n" +
			"limiter {vendor UpdateCredit true 2} true\ntransport {vendor UpdateCredit true 2} true\nderived {vendor UpdateCredit true 2} true\nlog {vendor UpdateCredit true 2} true\n" +
			"kept {vendor UpdateCredit true 1} true"
		if text := strings.Join(got, "\n"); text != want {
			t.Errorf("got\n%s", text)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// contextHandler passes on the contexts of the records.
type contextHandler struct {
	slog.Handler
	note func(context.Context)
}

func (contextHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h contextHandler) Handle(ctx context.Context, _ slog.Record) error { h.note(ctx); return nil }

func TestOperationFromDoesNotAllocate(t *testing.T) {
	call := safe(t.Context())
	newClient(t, script(status(200))).Do(call)
	if n := testing.AllocsPerRun(100, func() {
		for _, ctx := range []context.Context{call, &call.first.context} {
			if _, ok := credit.OperationFrom(ctx); !ok {
				t.Fatal("no operation")
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A tokenVendor is a token endpoint; its status is that of the responses.
type tokenVendor struct {
	status int
	hold   chan struct{} // nil: not held up
	note   func(context.Context)
}

func (v tokenVendor) RoundTrip(req *http.Request) (*http.Response, error) {
	if v.note != nil {
		v.note(req.Context())
	}
	if v.hold != nil {
		<-v.hold
	}
	return says(v.status, `{"access_token":"planted-token","expires_in":3600,"error":""}`, "Content-Type", "application/json")(req)
}

// tokens returns a source of tokens of the endpoint.
func (v tokenVendor) tokens(ctx context.Context) *CachedTokenSource {
	ctx = TokenClient(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: v}), nil)
	config := &clientcredentials.Config{ClientID: "c", ClientSecret: "planted", TokenURL: "https://vendor.example/token", AuthStyle: oauth2.AuthStyleInParams}
	return NewCachedTokenSource(ctx, func(ctx context.Context, _ *oauth2.Token) (*oauth2.Token, error) {
		return RequestToken(ctx, "vendor", config)
	}, nil)
}

func TestTokenRequestIsOneEvent(t *testing.T) {
	for _, test := range []struct {
		status int
		want   string
	}{
		{200, "token Token 1: status 200, none, <nil>\nattempt UpdateCredit 1: status 200, none, <nil>\nattempt UpdateCredit 1: status 200, none, <nil>"},
		{403, "token Token 1: status 403, not sent, no token: the token endpoint returned HTTP 403\ntoken Token 1: status 403, not sent, no token: the token endpoint returned HTTP 403"},
	} {
		seen, requests := new(events), []credit.Operation{}
		source := tokenVendor{status: test.status, note: func(ctx context.Context) {
			op, _ := credit.OperationFrom(ctx)
			requests = append(requests, op)
		}}.tokens(t.Context())
		client := newClientWith(t, Bearer(source), script(status(200)), credit.WithObserver(seen.observe))
		client.Do(safe(t.Context()))
		client.Do(safe(t.Context()))
		if seen.String() != test.want {
			t.Errorf("got\n%s", seen)
		}
		want := credit.Operation{Vendor: "vendor", Name: "Token", Attempt: 1}
		for _, op := range append(requests, seen.contexts[0]) {
			if op != want {
				t.Errorf("the operation of a token request is %+v", op)
			}
		}
		for _, e := range seen.all {
			checkPrints(t, e, "")
		}
	}
}

// A token request goes on when its call ends, and is reported then.
func TestTokenRequestIsReportedAfterItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen, hold := new(events), make(chan struct{})
		client := newClientWith(t, Bearer(tokenVendor{status: 200, hold: hold}.tokens(t.Context())), script(status(200)), credit.WithObserver(seen.observe))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client.Do(safe(ctx))
		if seen.String() != "" {
			t.Error(seen)
		}
		close(hold)
		synctest.Wait()
		if want := "token Token 1: status 200, none, <nil>"; seen.String() != want {
			t.Errorf("got %s", seen)
		}
	})
}

// A panic in an observer reaches the call that caused the event. Neither it nor a
// call that waits for the same token loses the token.
func TestPanicInObserverKeepsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		source := tokenVendor{status: 200, hold: hold}.tokens(t.Context())
		throws := credit.WithObserver(func(_ context.Context, e credit.Event) { panic("planted at " + string(e.Kind)) })
		var caught any
		go func() {
			caught = catch(func() { newClientWith(t, Bearer(source), script(status(200)), throws).Do(safe(t.Context())) })
		}()
		synctest.Wait()
		other := safe(t.Context())
		go newClientWith(t, Bearer(source), script(status(200))).Do(other)
		synctest.Wait()
		close(hold)
		synctest.Wait()
		checkCall(t, other, 200, 1, other.Outcome)
		if caught != "planted at token" {
			t.Errorf("the caller recovers %v", caught)
		}
	})
}

func TestPanicInObserverReachesCaller(t *testing.T) {
	client := newClient(t, script(status(200)), credit.WithObserver(func(_ context.Context, e credit.Event) { panic("planted at " + string(e.Kind)) }))
	if got := catch(func() { client.Do(safe(t.Context())) }); got != "planted at attempt" {
		t.Errorf("the caller recovers %v", got)
	}
}
