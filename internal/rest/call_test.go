package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestRequestFollowsTheOperation(t *testing.T) {
	for _, op := range []*Operation{&opRead, &opSafe, &opUnsafe, &opKeyed} {
		s := play("200 {}")
		if _, err := send(t, newClient(t, s), op); err != nil {
			t.Fatal(err)
		}
		body := map[bool]string{true: "", false: `{"id":"7"}`}[op.Reads]
		if req := s.requests[0]; req.Method != op.Method || s.bodies[0] != body || req.ContentLength != int64(len(body)) {
			t.Errorf("%s: sent %s %q with length %d", op.ID, req.Method, s.bodies[0], req.ContentLength)
		}
	}
}

func TestIdempotencyKeyIsOnePerCall(t *testing.T) {
	s := play("lost", "503", "200 {}", "lost", "200 {}")
	c := newClient(t, s)
	for range 2 {
		if _, err := send(t, c, &opKeyed); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for _, req := range s.requests {
		keys = append(keys, req.Header.Get("Idempotency-Key"))
	}
	first, second := keys[0], keys[3]
	if diff := cmp.Diff([]string{first, first, first, second, second}, keys); diff != "" {
		t.Errorf("the attempts' keys (-want +got):\n%s", diff)
	}
	if first == second || len(first) < 20 || len(second) < 20 {
		t.Errorf("the calls' keys are %q and %q, want two that nobody guesses", first, second)
	}
}

func TestIdempotencyKeyOfTheCaller(t *testing.T) {
	s := play("lost", "503", "409", "400") // the 409: the first attempt may be running
	_, err := send(t, newClient(t, s), &opKeyed, credit.WithIdempotencyKey("job 7"))
	if key := failure(t, err).IdempotencyKey; key != "job 7" {
		t.Errorf("the error names the key %q", key)
	}
	if s.sent() != 4 {
		t.Fatalf("%d requests", s.sent())
	}
	for _, req := range s.requests {
		if diff := cmp.Diff([]string{"job 7"}, req.Header["Idempotency-Key"]); diff != "" {
			t.Errorf("the header (-want +got):\n%s", diff)
		}
	}
}

func TestOtherOperationsCarryNoIdempotencyKey(t *testing.T) {
	for _, op := range []*Operation{&opRead, &opSafe, &opUnsafe, &opThrottle} {
		s := play("400")
		_, err := send(t, newClient(t, s), op)
		if key := failure(t, err).IdempotencyKey; key != "" {
			t.Errorf("%s: the error names the key %q", op.ID, key)
		}
		if _, there := s.requests[0].Header["Idempotency-Key"]; there {
			t.Errorf("%s carries a key", op.ID)
		}
	}
}

func TestUnsupportedCallOptionsAreRejected(t *testing.T) {
	for name, test := range map[string]struct {
		op    *Operation
		opt   credit.CallOption
		field string
	}{
		"a key for a safe write":    {&opSafe, credit.WithIdempotencyKey("k"), "WithIdempotencyKey"},
		"a key for an unsafe write": {&opUnsafe, credit.WithIdempotencyKey("k"), "WithIdempotencyKey"},
		"a key for a read":          {&opRead, credit.WithIdempotencyKey("k"), "WithIdempotencyKey"},
		"a key that cannot be":      {&opKeyed, credit.WithIdempotencyKey("a\nb"), "WithIdempotencyKey"},
		"a dry run":                 {&opKeyed, credit.WithDryRun(), "options"},
		"a verification":            {&opKeyed, credit.WithVerify(), "options"},
		"a record":                  {&opSafe, credit.WithRecord(json.RawMessage(`{}`)), "options"},
		"a read before":             {&opSafe, credit.WithBefore(), "options"},
		"an expected record":        {&opSafe, credit.WithExpect(credit.Record{Values: credit.Values{Name: credit.Set("n")}}), "options"},
		"a dry run of a read":       {&opRead, credit.WithDryRun(), "options"},
		"nil":                       {&opRead, nil, "options"},
	} {
		t.Run(name, func(t *testing.T) {
			s := play()
			_, err := send(t, newClient(t, s), test.op, test.opt)
			refusal(t, s, err, test.field)
		})
	}
}

func TestNilContextIsRefused(t *testing.T) {
	s := play()
	var none context.Context
	var pointer *struct{ context.Context }
	for _, ctx := range []context.Context{none, pointer} {
		_, err := Send(ctx, newClient(t, s), &opKeyed, Call{}, Whole)
		refusal(t, s, err, "ctx")
	}
}

func TestZeroClientIsRefused(t *testing.T) {
	_, err := Send(t.Context(), nil, &opKeyed, Call{}, Whole)
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok || invalid.Field != "client" || credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("the error is %v, want an InvalidError of client", err)
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	s := play()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Send(ctx, newClient(t, s), &opKeyed, Call{}, Whole)
	e := failure(t, err)
	if !errors.Is(err, context.Canceled) || e.Outcome != credit.NotSent || e.Attempts != 0 || s.sent() != 0 {
		t.Errorf("%v after %d requests", err, s.sent())
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestSuccessIsKeptWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := play(`200 {"id":"7"}`)
	c := newClient(t, transportFunc(func(req *http.Request) (*http.Response, error) {
		defer cancel()
		return s.RoundTrip(req)
	}))
	result, err := Send(ctx, c, &opUnsafe, Call{}, Whole)
	if err != nil || result.Status != 200 || ctx.Err() == nil {
		t.Errorf("the result is %v, %v", result, err)
	}
}

func TestRequestsMayOverrideTheRetryRule(t *testing.T) {
	var nothingSaid Operation
	nothingSaid.ID, nothingSaid.Method, nothingSaid.Path = "Odd", "PUT", "/odd"
	for name, test := range map[string]struct {
		op     *Operation
		repeat Repeat
		want   int
	}{
		"unsafe":                      {&opUnsafe, 0, 1},
		"unsafe, but not this one":    {&opUnsafe, Safe, 4},
		"safe":                        {&opThrottle, 0, 4},
		"safe, but not this one":      {&opThrottle, Unsafe, 1},
		"keyed":                       {&opKeyed, 0, 4},
		"an operation that says none": {&nothingSaid, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := play("503", "lost", "503", "lost")
			_, err := do(t, newClient(t, s), test.op, Call{Repeat: test.repeat})
			if e := failure(t, err); e.Attempts != test.want || s.sent() != test.want || e.Outcome != credit.Unknown {
				t.Errorf("%d attempts, outcome %v; want %d, unknown", s.sent(), e.Outcome, test.want)
			}
		})
	}
}

func TestInfoIsFilledOnSuccessAndFailure(t *testing.T) {
	for name, test := range map[string]struct {
		steps []string
		want  credit.CallInfo
	}{
		"success":   {[]string{"503", `200 {"id":"7"}`}, credit.CallInfo{Attempts: 2, StatusCode: 200, RequestID: "r [redacted]", IdempotencyKey: "k"}},
		"refusal":   {[]string{"400"}, credit.CallInfo{Attempts: 1, StatusCode: 400, RequestID: "r [redacted]", IdempotencyKey: "k"}},
		"no answer": {[]string{"dial", "dial", "dial", "lost"}, credit.CallInfo{Attempts: 4, IdempotencyKey: "k"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(test.steps...)
			s.head = http.Header{"X-Request-Id": {"r " + secret}}
			var info credit.CallInfo
			_, err := send(t, newClient(t, s), &opKeyed, credit.WithIdempotencyKey("k"), credit.WithInfo(&info))
			if diff := cmp.Diff(test.want, info); diff != "" {
				t.Errorf("after %v (-want +got):\n%s", err, diff)
			}
		})
	}
}
