package rest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestBodyDecidesAndNotItsLabel(t *testing.T) {
	for _, status := range []string{"200", "201", "202", "299"} {
		for _, label := range []string{"application/json", "application/problem+json", "text/plain", "text/html", "", "nonsense/;"} {
			s := play(status + ` {"id":"7","amount":1.10,"new":{"a":[1]}}`)
			s.label = label
			got, err := send(t, newClient(t, s), &opSafe)
			if err != nil || got.ID != "7" || got.Amount.String() != "1.10" {
				t.Errorf("%s %q: %v, %v", status, label, got, err)
			}
		}
	}
}

func TestSuccessesThatNobodyCanRead(t *testing.T) {
	const noObject = "a JSON object was expected"
	for body, want := range map[string]string{
		"":                     noObject,
		" \n":                  noObject,
		"null":                 noObject,
		"true":                 noObject,
		"7":                    noObject,
		`"ok"`:                 noObject,
		"[]":                   noObject,
		`[{"id":"7"}]`:         noObject,
		"<html>{}</html>":      noObject,
		"OK":                   noObject,
		"{":                    "the answer is no valid JSON at byte 1",
		`{"id":"7"`:            "the answer is no valid JSON at byte 9",
		`{"id":"7"} trailing`:  "the answer is no valid JSON at byte 12",
		`{"id":7}`:             `member "id" of the answer is of type number`,
		`{"id":["7"]}`:         `member "id" of the answer is of type array`,
		`{"id":{"a":1}}`:       `member "id" of the answer is of type object`,
		`{"amount":true}`:      "the answer cannot be decoded",
		`{"amount":"a lot"}`:   "the answer cannot be decoded",
		`{"id":"7","amount":}`: "the answer is no valid JSON at byte 20",
	} {
		for _, op := range []*Operation{&opRead, &opUnsafe} {
			s := play("200 " + body)
			got, err := send(t, newClient(t, s), op)
			e := failure(t, err)
			outcome := map[bool]credit.Outcome{true: credit.NotSent, false: credit.Applied}[op.Mode == Read]
			if got != nil || e.Kind != credit.ErrMalformed || e.Outcome != outcome || e.StatusCode != 200 || e.Attempts != 1 || s.sent() != 1 {
				t.Errorf("%s, %s: %v, %v", op.ID, body, got, err)
			}
			if e.Err == nil || e.Err.Error() != want {
				t.Errorf("%s: the cause is %v, want %s", body, e.Err, want)
			}
		}
	}
}

// broken is a body that fails when it is read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
func (broken) Close() error               { return nil }

func TestSuccessWhoseBodyIsLostIsApplied(t *testing.T) {
	for name, body := range map[string]io.ReadCloser{
		"broken off": broken{errLost},
		"too large":  io.NopCloser(strings.NewReader(strings.Repeat(" ", 4<<20) + "{}")),
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			c := newClient(t, transportFunc(func(*http.Request) (*http.Response, error) {
				requests++
				return &http.Response{StatusCode: 200, Header: http.Header{"X-Request-Id": {"r1"}}, Body: body, ContentLength: -1}, nil
			}))
			_, err := send(t, c, &opKeyed)
			e := failure(t, err)
			if e.Outcome != credit.Applied || e.Kind != credit.ErrMalformed || e.StatusCode != 200 || e.Err == nil || e.RequestID != "r1" || requests != 1 {
				t.Errorf("%d requests: %v", requests, e)
			}
		})
	}
}

func TestResultTellsOfItsCall(t *testing.T) {
	s := play("503", "lost", "200 {}")
	s.head = http.Header{"X-Request-Id": {"req " + secret + "\n"}}
	r, err := Send(t.Context(), newClient(t, s), &opKeyed, Call{Options: []credit.CallOption{credit.WithIdempotencyKey("k-1")}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Attempts() != 3 || r.IdempotencyKey() != "k-1" || r.RequestID() != "req [redacted] " || r.Status != 200 || string(r.Body) != "{}" {
		t.Errorf("attempts %d, key %q, request id %q, %d %s", r.Attempts(), r.IdempotencyKey(), r.RequestID(), r.Status, r.Body)
	}
}

func result(t *testing.T, op *Operation, steps ...string) *Result {
	t.Helper()
	r, err := Send(t.Context(), newClient(t, play(steps...)), op, Call{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPartOfASuccess(t *testing.T) {
	r := result(t, &opUnsafe, "200 {}")
	var got thing
	if err := r.Decode([]byte("\t"+` {"id":"7"}`), &got); err != nil || got.ID != "7" {
		t.Errorf("decoded %v, %v", got, err)
	}
	for _, part := range []string{"", "null", "[]"} {
		if e := failure(t, r.Decode([]byte(part), &got)); e.Outcome != credit.Applied || !errors.Is(e, credit.ErrMalformed) {
			t.Errorf("%q: %v", part, e)
		}
	}
}

func TestAnswerMustNameItsRecord(t *testing.T) {
	r := result(t, &opUnsafe, "200 {}")
	if err := r.Names("7", "7"); err != nil {
		t.Errorf("its own record: %v", err)
	}
	for _, other := range []string{"", "8", "7 "} {
		if e := failure(t, r.Names(other, "7")); e.Outcome != credit.Applied || e.Kind != credit.ErrMalformed {
			t.Errorf("record %q: %v", other, e)
		}
	}
}

func TestSuccessThatSaysNo(t *testing.T) {
	for _, test := range []struct {
		op    *Operation
		steps []string
		want  credit.Outcome
	}{
		{&opUnsafe, []string{"200 {}"}, credit.Rejected},
		{&opThrottle, []string{"lost", "200 {}"}, credit.Unknown},
	} {
		err := result(t, test.op, test.steps...).Refused(Refusal{Kind: credit.ErrInvalid, Outcome: credit.Rejected, Message: "no\n" + secret})
		want := &credit.Error{
			Vendor: "acme", Op: test.op.ID, Kind: credit.ErrInvalid, Outcome: test.want,
			StatusCode: 200, Message: "no [redacted]", Attempts: len(test.steps),
		}
		if diff := cmp.Diff(want, failure(t, err)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.steps, diff)
		}
	}
}
