package transport

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// replying responds at once.
type replying struct{ resp http.Response }

func (r *replying) RoundTrip(*http.Request) (*http.Response, error) {
	resp := r.resp
	resp.Body = http.NoBody
	return &resp, nil
}

// A call is one allocation; the others are two hooks and a context of its trace,
// the body as net/http wants it, and the header with its values.
func TestAllocationsOfACall(t *testing.T) {
	given := safe(t.Context())
	client := newClient(t, &replying{http.Response{StatusCode: 200, Header: http.Header{}}})
	got := testing.AllocsPerRun(200, func() {
		call := new(Exchange).Init(t.Context())
		call.Op, call.Method, call.URL, call.Body = given.Op, given.Method, given.URL, given.Body
		call.Header = make(http.Header, 1)
		client.Do(call)
		if call.Response == nil {
			t.Fatal(call.Failure)
		}
	})
	const own = 1 + 3 + 1 + 2
	const transports = 1 + 2 // the response, and io.ReadAll and its limit
	if got > own+transports {
		t.Errorf("a call takes %v allocations, want %d and %d of the response", got, own, transports)
	}
}

// A transport may call its hooks after it has returned. An earlier attempt's must
// not change what a later attempt proves.
func TestLateTraceHooksAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var late *httptrace.ClientTrace
		call := once(t.Context())
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			late = httptrace.ContextClientTrace(req.Context())
			return failsToDial(req)
		}, func(req *http.Request) (*http.Response, error) {
			late.GotConn(httptrace.GotConnInfo{})
			return failsToDial(req)
		}), attempts(2)).Do(call)
		checkCall(t, call, 0, 2, credit.NotSent)

		call = once(t.Context())
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			late = httptrace.ContextClientTrace(req.Context())
			return failsToDial(req)
		}, func(*http.Request) (*http.Response, error) {
			late.GetConn("vendor.example:80")
			return nil, errOwn
		}), attempts(2)).Do(call)
		checkCall(t, call, 0, 2, credit.Unknown)
	})
}

// The response of an attempt that was repeated stays what it was, for a caller's
// code that kept it.
func TestAttemptsHaveTheirOwnResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []*Response
		call := safe(t.Context())
		call.DecodeError = func(a *Response) ErrorDetails {
			kept = append(kept, a)
			return ErrorDetails{}
		}
		newClient(t, script(says(503, "first"), says(429, "second"), says(404, "third"))).Do(call)
		checkCall(t, call, 404, 3, credit.Unknown)
		call.ErrorDetails()
		var got []string
		for _, a := range kept {
			got = append(got, fmt.Sprint(a.Status, " ", string(a.Body)))
		}
		if want := "503 first|429 second|404 third"; strings.Join(got, "|") != want {
			t.Errorf("the responses are %v, want %s", got, want)
		}
	})
}

// Each response is decoded at most once, whether it is retried or returned, and
// only where its status is that of an error.
func TestErrorResponsesAreDecodedOnce(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"retried to the end", []step{status(503)}, "[503 503 503 503]"},
		{"retried with success", []step{status(429), status(200)}, "[429]"},
		{"returned at once", []step{status(404)}, "[404]"},
		{"redirect", []step{status(302)}, "[]"},
		{"lost body", []step{streams(200, cuts()), status(200)}, "[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				decoded := []int{}
				call := safe(t.Context())
				call.DecodeError = func(a *Response) ErrorDetails {
					decoded = append(decoded, a.Status)
					return ErrorDetails{Code: fmt.Sprint(a.Status)}
				}
				newClient(t, script(test.steps...)).Do(call)
				for range 2 {
					if details := call.ErrorDetails(); call.Response.Status >= 400 && details.Code != fmt.Sprint(call.Response.Status) {
						t.Errorf("the details of the %d are %+v", call.Response.Status, details)
					}
				}
				if got := fmt.Sprint(decoded); got != test.want {
					t.Errorf("decoded %s, want %s", got, test.want)
				}
			})
		})
	}
}

// The wait that a body asks for counts like that of the header.
func TestRetryDelayFromBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := script(status(429), status(200))
		call := safe(t.Context())
		call.DecodeError = func(*Response) ErrorDetails { return ErrorDetails{RetryAfter: 7 * time.Second} }
		newClient(t, vendor).Do(call)
		checkCall(t, call, 200, 2, credit.Unknown)
		if waits := vendor.waits(); len(waits) != 1 || waits[0] != 7*time.Second {
			t.Errorf("waited %v", waits)
		}
	})
}

// keeper is a transport that keeps what it gets, as a recorder does.
type keeper struct{ kept []*http.Request }

func (k *keeper) RoundTrip(req *http.Request) (*http.Response, error) {
	k.kept = append(k.kept, req)
	return status(200)(req)
}

// No part of an exchange that leaves this package prints a secret that was not
// passed on with it.
func TestAttemptPrintsNoSecrets(t *testing.T) {
	x := new(Exchange)
	call := x.Init(t.Context())
	given := safe(t.Context())
	call.Op, call.Method, call.URL, call.Header, call.Body = given.Op, given.Method, given.URL, given.Header, given.Body
	k := new(keeper)
	newClient(t, k).Do(call)
	for _, v := range []any{x, call, struct{ c *Call }{call}, k.kept[0].Context(), struct{ v any }{k.kept[0].Context()}} {
		checkPrints(t, v, "")
		var out strings.Builder
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		if strings.Contains(out.String(), planted) {
			t.Errorf("slog shows %s of a %T", out.String(), v)
		}
	}
	if got := fmt.Sprint(x); got != "creditkit call of UpdateCredit" {
		t.Errorf("an exchange prints %q", got)
	}
	body, err := io.ReadAll(k.kept[0].Body)
	if err != nil || len(body) == 0 {
		t.Errorf("a kept request has the body %q, %v", body, err)
	}
}
