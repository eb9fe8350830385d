package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// Before is the outcome of the attempts before the last one, for a response
// whose own words say more than its status.
func TestOutcomeNeverDecreases(t *testing.T) {
	for _, test := range []struct {
		name            string
		steps           []step
		outcome, before credit.Outcome
	}{
		{"200", []step{status(200)}, credit.Unknown, 0},
		{"404", []step{status(404)}, credit.Rejected, 0},
		{"500", []step{status(500)}, credit.Unknown, 0},
		{"301", []step{status(301)}, credit.Unknown, 0},
		{"308", []step{status(308)}, credit.Rejected, 0},
		{"dial errors", []step{failsToDial}, credit.NotSent, credit.NotSent},
		{"lost connections", []step{fails(errLost)}, credit.Unknown, credit.Unknown},
		{"429s", []step{status(429)}, credit.Rejected, credit.Rejected},
		{"lost, then 404", []step{fails(errLost), status(404)}, credit.Unknown, credit.Unknown},
		{"503, then 404", []step{status(503), status(404)}, credit.Unknown, credit.Unknown},
		{"503, 429, then 404", []step{status(503), status(429), status(404)}, credit.Unknown, credit.Unknown},
		{"timeout, then dial", []step{hangs, failsToDial}, credit.Unknown, credit.Unknown},
		{"429, then dial errors", []step{status(429), failsToDial}, credit.Rejected, credit.Rejected},
		{"dial error, then 404", []step{failsToDial, status(404)}, credit.Rejected, credit.NotSent},
		{"dial error, then 200", []step{failsToDial, status(200)}, credit.Unknown, credit.NotSent},
		{"lost, then 200", []step{fails(errLost), status(200)}, credit.Unknown, credit.Unknown},
		{"429, then lost connections", []step{status(429), fails(errLost)}, credit.Unknown, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				call := safe(t.Context())
				newClient(t, script(test.steps...)).Do(call)
				if call.Outcome != test.outcome || call.Before != test.before {
					t.Errorf("%v, before %v; want %v, before %v", call.Outcome, call.Before, test.outcome, test.before)
				}
			})
		})
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errOwn)
	vendor, source := script(status(200)), &renewer{token: "planted"}
	call := safe(ctx)
	newClientWith(t, Bearer(source), vendor).Do(call)
	checkCall(t, call, 0, 0, credit.NotSent)
	checkEnded(t, call, errOwn)
	if vendor.attempts() != 0 || call.Secret != "" {
		t.Error("a token was requested, or a request sent")
	}
}

// checkEnded wants the end of the context to be visible, its cause too, and
// no text of the cause.
func checkEnded(t *testing.T, call *Call, causes ...error) {
	t.Helper()
	for _, want := range append(causes, call.Err()) {
		if !errors.Is(call.Failure, want) {
			t.Errorf("%v hides %v", call.Failure, want)
		}
	}
	checkPrints(t, call.Failure, "")
}

func TestContextEndsDuringTheExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errOwn) })
		start, call := time.Now(), safe(ctx)
		newClient(t, script(hangs)).Do(call)
		checkCall(t, call, 0, 1, credit.Unknown)
		checkEnded(t, call, errOwn)
		if time.Since(start) != time.Second || fmt.Sprint(call.Failure) != "context canceled" {
			t.Errorf("%v after %v", call.Failure, time.Since(start))
		}
	})
}

func TestContextEndsDuringAWait(t *testing.T) {
	for _, test := range []struct {
		name    string
		last    step
		status  int
		outcome credit.Outcome
		text    string
	}{
		{"after a 429", status(429, "Retry-After", "20"), 429, credit.Rejected, "context canceled"},
		{"after a 503", status(503, "Retry-After", "20"), 503, credit.Unknown, "context canceled"},
		{"after a lost connection", fails(errLost), 0, credit.Unknown, "read tcp: connection reset by peer; then context canceled"},
		{"after a dial error", failsToDial, 0, credit.NotSent, "dial tcp: connection refused; then context canceled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(400*time.Millisecond, func() { cancel(errOwn) })
				start, call := time.Now(), safe(ctx)
				newClient(t, script(test.last)).Do(call)
				checkCall(t, call, test.status, 1, test.outcome)
				checkEnded(t, call, errOwn)
				if took := time.Since(start); took != 400*time.Millisecond || fmt.Sprint(call.Failure) != test.text {
					t.Errorf("%q after %v", call.Failure, took)
				}
			})
		})
	}
}

// With no wait to end, chance may let the loop go on; nothing may be sent then,
// and the answer must not be lost.
func TestContextEndsWithRetryableResponse(t *testing.T) {
	for _, answer := range []step{status(429, "Retry-After", "0"), status(401)} {
		for range 50 {
			ctx, cancel := context.WithCancel(t.Context())
			vendor, source := script(func(req *http.Request) (*http.Response, error) {
				cancel()
				return answer(req)
			}), &renewer{token: "planted"}
			call := safe(ctx)
			newClientWith(t, Bearer(source), vendor).Do(call)
			if vendor.attempts() != 1 || call.Attempts != 1 || call.Response == nil || call.Outcome != credit.Rejected || source.renewals != 0 {
				t.Fatalf("%d attempts, %d counted, answer %v, %v", vendor.attempts(), call.Attempts, call.Response, call.Outcome)
			}
			checkEnded(t, call)
		}
	}
}

func TestContextEndsJustAfterASuccess(t *testing.T) {
	for _, code := range []int{200, 204} {
		ctx, cancel := context.WithCancel(t.Context())
		call := reads(ctx)
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			cancel()
			return status(code)(req)
		})).Do(call)
		checkCall(t, call, code, 1, credit.Unknown)
		if call.Failure != nil || call.Response.BodyErr != nil || string(call.Response.Body) != `{}` {
			t.Errorf("%v, %v", call.Failure, call.Response.BodyErr)
		}
	}
}

func TestContextEndsWithinASuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		rt, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		call := reads(ctx)
		newClient(t, rt).Do(call)
		checkCall(t, call, 200, 1, credit.Unknown)
		if !errors.Is(call.Response.BodyErr, context.DeadlineExceeded) {
			t.Error(call.Response.BodyErr)
		}
	})
}

func TestCallFromAttemptContext(t *testing.T) {
	type key struct{}
	call := safe(context.WithValue(t.Context(), key{}, "value"))
	ctx, cancel := context.WithTimeout(call, time.Minute)
	defer cancel()
	if callOf(ctx) != call || ctx.Value(key{}) != "value" || callOf(t.Context()) != nil {
		t.Error("values do not pass")
	}
}

// checkShown looks for planted secrets in all that fmt, encoding/json,
// encoding/xml and slog make of ctx and of contexts derived from it.
func checkShown(ctx context.Context, t testing.TB) {
	t.Helper()
	type key struct{}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	timed, stop := context.WithTimeout(context.WithValue(canceled, key{}, ctx), time.Minute)
	defer stop()
	for _, derived := range []context.Context{ctx, context.WithValue(ctx, key{}, "value"), canceled, timed, context.WithoutCancel(ctx), callOf(ctx)} {
		for _, v := range []any{derived, &derived, []any{derived}, map[string]any{"ctx": derived}, struct{ Ctx context.Context }{derived}, struct{ ctx context.Context }{derived}} {
			checkPrints(t, v, "")
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).InfoContext(derived, "m", "ctx", v)
			slog.New(slog.NewJSONHandler(&out, nil)).InfoContext(derived, "m", "ctx", v)
			_ = json.NewEncoder(&out).Encode(v)
			_ = xml.NewEncoder(&out).Encode(v)
			fmt.Fprintf(&out, "%x", v)
			if text := out.String(); strings.Contains(text, planted) || strings.Contains(text, "706c616e746564") {
				t.Errorf("a %T shows %s", v, text)
			}
		}
	}
}

// printer is a handler, a limiter and a transport that show their context.
type printer struct {
	t     testing.TB
	shown *atomic.Int32
	slog.Handler
}

func (p printer) show(ctx context.Context) {
	p.shown.Add(1)
	checkShown(ctx, p.t)
}

func (p printer) Wait(ctx context.Context) error {
	p.show(ctx)
	return nil
}

func (p printer) RoundTrip(req *http.Request) (*http.Response, error) {
	p.show(req.Context())
	return status(200)(req)
}

func (p printer) Enabled(ctx context.Context, _ slog.Level) bool {
	p.show(ctx)
	return true
}

func (p printer) Handle(ctx context.Context, _ slog.Record) error {
	p.show(ctx)
	return nil
}

func TestCallPrintsNoSecrets(t *testing.T) {
	p := printer{t: t, shown: new(atomic.Int32)}
	call := safe(t.Context())
	newClient(t, p, credit.WithLimiter(p), credit.WithLogger(slog.New(p))).Do(call)
	if n := p.shown.Load(); n != 5 || !strings.Contains(call.Secret, planted) {
		t.Errorf("%d contexts were printed, want one of the limiter, one of the transport and three of the handler", n)
	}
	checkPrints(t, call, "creditkit call of UpdateCredit")
	if data, err := json.Marshal(call); err != nil || string(data) != `"creditkit call of UpdateCredit"` {
		t.Errorf("encoding/json gives %s, %v", data, err)
	}
	if got := fmt.Sprint(context.WithoutCancel(call)); !strings.HasPrefix(got, "creditkit call of UpdateCredit") {
		t.Errorf("a derived context prints %s", got)
	}
}
