package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
)

// updateWhole is Update, and returns the response that it decodes.
func updateWhole(ctx context.Context, c *Client, op *Operation, in Call, cfg credit.CallConfig, out *credit.Result) (r *Result, err error) {
	err = Update(ctx, c, op, in, cfg, out, func(sent *Result) error { r = sent; return nil })
	return r, err
}

// change makes one write of {"id":"7"}, noted in a fresh Result.
func change(t *testing.T, c *Client, cfg credit.CallConfig) (*Result, *credit.Result, error) {
	t.Helper()
	out := &credit.Result{ID: "7"}
	r, err := updateWhole(t.Context(), c, &opSafe, changing, cfg, out)
	return r, out, err
}

var changing = Call{IDs: []string{"acme", "a/b"}, IDFields: []string{"tenant", "id"}, Body: thing{ID: "7"}}

func TestUpdateIsRecordedInItsResult(t *testing.T) {
	s := play("503", `200 {"id":"7"}`)
	s.head = http.Header{"X-Request-Id": {"r-1"}}
	var info credit.CallInfo
	r, out, err := change(t, newClient(t, s), credit.CallConfig{Info: &info})
	if err != nil {
		t.Fatal(err)
	}
	want := &credit.Result{
		ID: "7", Attempts: 2, RequestID: "r-1",
		Request: &credit.Request{Method: "PUT", Path: "/v1/credits/acme/a%2Fb", Body: []byte(`{"id":"7"}`)},
		Raw:     []byte(`{"id":"7"}`),
	}
	if diff := cmp.Diff(want, out, cmpopts.IgnoreUnexported(credit.Result{})); diff != "" {
		t.Error(diff)
	}
	if r.call.Attempts != 2 || r.Status != 200 {
		t.Errorf("the answer tells of %d attempts, status %d", r.call.Attempts, r.Status)
	}
	if want := (credit.CallInfo{Attempts: 2, StatusCode: 200, RequestID: "r-1"}); info != want {
		t.Errorf("info %+v, want %+v", info, want)
	}
}

func TestDryRunIsRecordedAndNotSent(t *testing.T) {
	s := play()
	info := credit.CallInfo{StatusCode: 1}
	r, out, err := change(t, newClient(t, s), credit.CallConfig{DryRun: true, Info: &info})
	want := &credit.Result{
		ID:      "7",
		Request: &credit.Request{Method: "PUT", Path: "/v1/credits/acme/a%2Fb", Body: []byte(`{"id":"7"}`)},
	}
	if diff := cmp.Diff(want, out, cmpopts.IgnoreUnexported(credit.Result{})); r != nil || err != nil || diff != "" || s.sent() != 0 {
		t.Errorf("%v, %v after %d requests\n%s", r, err, s.sent(), diff)
	}
	if info.StatusCode != 1 {
		t.Errorf("info %+v of a call that was none", info)
	}
}

// The key in a Result is the one that the write carried.
func TestUpdateHasOneIdempotencyKey(t *testing.T) {
	for name, test := range map[string]struct {
		cfg  credit.CallConfig
		want func(key string) bool
	}{
		"a fresh one":               {credit.CallConfig{}, func(key string) bool { return len(key) > 20 }},
		"the caller's":              {credit.CallConfig{IdempotencyKey: "k"}, func(key string) bool { return key == "k" }},
		"none in a dry run":         {credit.CallConfig{DryRun: true}, func(key string) bool { return key == "" }},
		"the caller's in a dry run": {credit.CallConfig{DryRun: true, IdempotencyKey: "k"}, func(key string) bool { return key == "k" }},
	} {
		t.Run(name, func(t *testing.T) {
			s := play("lost", "200 {}")
			out := &credit.Result{}
			_, err := updateWhole(t.Context(), newClient(t, s), &opKeyed, Call{Body: thing{ID: "7"}}, test.cfg, out)
			if err != nil || !test.want(out.IdempotencyKey) {
				t.Errorf("key %q, %v", out.IdempotencyKey, err)
			}
			for _, r := range s.requests {
				if got := r.Header.Get("Idempotency-Key"); got != out.IdempotencyKey {
					t.Errorf("sent the key %q, and the result says %q", got, out.IdempotencyKey)
				}
			}
		})
	}
}

// A change that is made anew counts all of its attempts, however it ends.
func TestRepeatedUpdateCountsAllAttempts(t *testing.T) {
	for name, last := range map[string]string{
		"in the end it is made": `200 {"id":"7"}`,
		"in the end it is not":  "409 {}",
		"nobody can read it":    "200 []",
	} {
		t.Run(name, func(t *testing.T) {
			var info credit.CallInfo
			cfg := credit.CallConfig{Info: &info}
			c, out := newClient(t, play("503", "409 {}", "503", last)), &credit.Result{}
			if _, err := updateWhole(t.Context(), c, &opSafe, changing, cfg, out); failure(t, err).Attempts != 2 || out.Attempts != 2 {
				t.Fatalf("%d attempts after the first write: %v", out.Attempts, err)
			}
			r, err := updateWhole(t.Context(), c, &opSafe, changing, cfg, out)
			if err == nil {
				_, err = Decode[thing](r)
			}
			if err != nil && failure(t, err).Attempts != 4 || out.Attempts != 4 || info.Attempts != 4 {
				t.Errorf("%d attempts in the result, %d in the info: %v; want 4", out.Attempts, info.Attempts, err)
			}
		})
	}
}

func TestFailedUpdateHasNoResult(t *testing.T) {
	for name, step := range map[string]string{"refused": `403 {"message":"no"}`, "unknown": "500 {}"} {
		r, out, err := change(t, newClient(t, play(step)), credit.CallConfig{})
		if e := failure(t, err); r != nil || e.Attempts != 1 || out.Raw != nil || out.RequestID != "" {
			t.Errorf("%s: %v, %+v, %v", name, r, out, err)
		}
	}
}

func TestInvalidUpdatesAreNotSent(t *testing.T) {
	for name, test := range map[string]struct {
		ctx   context.Context
		op    *Operation
		call  Call
		cfg   credit.CallConfig
		field string
	}{
		"an id of dots":           {t.Context(), &opSafe, Call{IDs: []string{"acme", ".."}, IDFields: []string{"tenant", "id"}}, credit.CallConfig{}, "id"},
		"a key where none is had": {t.Context(), &opSafe, changing, credit.CallConfig{IdempotencyKey: "k"}, "WithIdempotencyKey"},
		"a body beyond JSON":      {t.Context(), &opSafe, Call{IDs: changing.IDs, IDFields: changing.IDFields, Body: thing{ID: "\xff"}}, credit.CallConfig{}, "id"},
		"no context":              {nil, &opSafe, changing, credit.CallConfig{}, "ctx"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, dry := range []bool{false, true} {
				s := play()
				test.cfg.DryRun = dry
				out := &credit.Result{}
				_, err := updateWhole(test.ctx, newClient(t, s), test.op, test.call, test.cfg, out)
				refusal(t, s, err, test.field)
				if out.Request != nil {
					t.Errorf("noted %+v", out.Request)
				}
			}
		})
	}
}

func TestZeroClientSendsNoUpdate(t *testing.T) {
	_, err := updateWhole(t.Context(), nil, &opSafe, changing, credit.CallConfig{}, &credit.Result{})
	if invalid, ok := errors.AsType[*credit.InvalidError](err); !ok || invalid.Field != "client" {
		t.Errorf("got %v, want an InvalidError of the client", err)
	}
}

// What a recheck says decides on the end of a write that may have been applied.
func TestUpdateIsRecheckedBeforeARepeat(t *testing.T) {
	now := &credit.Record{ID: "7"}
	changed := &credit.ChangedError{Vendor: "acme", ID: "7", Now: now}
	for _, test := range []struct {
		name    string
		steps   []string
		recheck Recheck
		sent    int
		outcome credit.Outcome // 0 for a success
		is      []error
	}{
		{"the change is there", []string{"lost"}, func(bool) ([]byte, error) { return nil, ErrAlreadyApplied }, 1, 0, nil},
		{"it is not", []string{"lost", `200 {"id":"7"}`}, func(bool) ([]byte, error) { return []byte(`{"id":"7","fresh":true}`), nil }, 2, 0, nil},
		{"another writer changed it", []string{"lost"}, func(bool) ([]byte, error) { return nil, changed }, 1, credit.Unknown, []error{credit.ErrConflict, errLost}},
		{"it cannot be read", []string{"503"}, func(bool) ([]byte, error) {
			return nil, &credit.Error{Kind: credit.ErrNotFound, Outcome: credit.NotSent}
		}, 1, credit.Unknown, []error{credit.ErrUnavailable}},
		{"the context ended", []string{"lost"}, func(bool) ([]byte, error) { return nil, context.Canceled }, 1, credit.Unknown, []error{context.Canceled, credit.ErrUnavailable}},
		{"a body broke off", []string{"cut"}, func(bool) ([]byte, error) { return nil, context.Canceled }, 1, credit.Unknown, []error{context.Canceled, credit.ErrMalformed}},
		{"it is sent as before", []string{"429", `200 {"id":"7"}`}, func(bool) ([]byte, error) { return nil, nil }, 2, 0, nil},
		{"another writer changed it after a refusal", []string{"429"}, func(bool) ([]byte, error) { return nil, changed }, 1, credit.Rejected, []error{credit.ErrConflict, credit.ErrRateLimited}},
		{"it cannot be read after a refusal", []string{"429"}, func(bool) ([]byte, error) {
			return nil, &credit.Error{Kind: credit.ErrNotFound, Outcome: credit.NotSent}
		}, 1, credit.Rejected, []error{credit.ErrRateLimited}},
		{"then it is refused", []string{"lost", "404"}, func(bool) ([]byte, error) { return []byte(`{}`), nil }, 2, credit.Unknown, []error{credit.ErrNotFound}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play(test.steps...)
			out := &credit.Result{}
			result, err := updateWhole(t.Context(), newClient(t, s), &opSafe, Call{IDs: []string{"t", "7"}, IDFields: []string{"tenant", "id"}, Body: json.RawMessage(`{"id":"7"}`), Recheck: test.recheck}, credit.CallConfig{}, out)
			if s.sent() != test.sent || out.Attempts != test.sent {
				t.Errorf("%d requests and %d attempts, want %d", s.sent(), out.Attempts, test.sent)
			}
			if credit.OutcomeOf(err) != test.outcome || err != nil && result != nil {
				t.Errorf("outcome %v: %v", credit.OutcomeOf(err), err)
			}
			for _, target := range test.is {
				if !errors.Is(err, target) {
					t.Errorf("errors.Is does not find %v in %v", target, err)
				}
			}
			if errors.Is(err, credit.ErrNotFound) && !slices.Contains(test.is, error(credit.ErrNotFound)) {
				t.Errorf("the kind of the failed read passes for that of the write: %v", err)
			}
			if e, ok := errors.AsType[*credit.ChangedError](err); ok && (e.Now != now || e.Err == nil) {
				t.Errorf("the error is %+v", e)
			}
			if want := s.bodies[len(s.bodies)-1]; string(out.Request.Body) != want {
				t.Errorf("the result shows the request %s, and %s was sent", out.Request.Body, want)
			}
		})
	}
}
