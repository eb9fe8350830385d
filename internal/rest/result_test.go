package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsonenc"
)

func TestBodyDecidesAndNotItsLabel(t *testing.T) {
	for _, status := range []string{"200", "201", "203"} {
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

func TestUnreadableSuccessIsMalformed(t *testing.T) {
	const noObject = "expected a JSON object"
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
		"{":                    "the response is not valid JSON at byte 1",
		`{"id":"7"`:            "the response is not valid JSON at byte 9",
		`{"id":"7"} trailing`:  "the response is not valid JSON at byte 12",
		`{"id":7}`:             `member "id" of the response has type number`,
		`{"id":["7"]}`:         `member "id" of the response has type array`,
		`{"id":{"a":1}}`:       `member "id" of the response has type object`,
		`{"amount":true}`:      "the response cannot be decoded",
		`{"amount":"a lot"}`:   "the response cannot be decoded",
		`{"id":"7","amount":}`: "the response is not valid JSON at byte 20",
	} {
		for _, op := range []*Operation{&opRead, &opUnsafe} {
			s := play("200 " + body)
			got, err := send(t, newClient(t, s), op)
			e := failure(t, err)
			outcome := map[bool]credit.Outcome{true: credit.NotSent, false: credit.Unknown}[op.Reads]
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

// Without its body a 200 says nothing. One that broke off is asked for again under
// the same key, and one that is too large would be so again.
func TestSuccessWhoseBodyIsLostIsUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		body     io.ReadCloser
		requests int
	}{
		"broken off": {broken{errLost}, 4},
		"too large":  {io.NopCloser(strings.NewReader(strings.Repeat(" ", 4<<20) + "{}")), 1},
	} {
		body := test.body
		t.Run(name, func(t *testing.T) {
			requests := 0
			c := newClient(t, transportFunc(func(*http.Request) (*http.Response, error) {
				requests++
				return &http.Response{StatusCode: 200, Header: http.Header{"X-Request-Id": {"r1"}}, Body: body, ContentLength: -1}, nil
			}))
			_, err := send(t, c, &opKeyed)
			e := failure(t, err)
			if e.Outcome != credit.Unknown || e.Kind != credit.ErrMalformed || e.StatusCode != 200 || e.Err == nil || e.RequestID != "r1" || requests != test.requests {
				t.Errorf("%d requests: %v", requests, e)
			}
		})
	}
}

func TestResultHasTheResponse(t *testing.T) {
	s := play("503", "lost", "200 {}")
	s.head = http.Header{"X-Request-Id": {"req " + secret + "\n"}}
	r, err := Send(t.Context(), newClient(t, s), &opKeyed, Call{Options: []credit.CallOption{credit.WithIdempotencyKey("k-1")}}, Whole)
	if err != nil {
		t.Fatal(err)
	}
	if r.call.Attempts != 3 || r.call.Header.Get(idempotencyHeader) != "k-1" || r.RequestID() != `req [redacted]\n` || r.Status != 200 || string(r.Body) != "{}" {
		t.Errorf("attempts %d, key %q, request id %q, %d %s", r.call.Attempts, r.call.Header.Get(idempotencyHeader), r.RequestID(), r.Status, r.Body)
	}
}

func result(t *testing.T, op *Operation, steps ...string) *Result {
	t.Helper()
	r, err := Send(t.Context(), newClient(t, play(steps...)), op, Call{}, Whole)
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
		if e := failure(t, r.Decode([]byte(part), &got)); e.Outcome != credit.Unknown || !errors.Is(e, credit.ErrMalformed) {
			t.Errorf("%q: %v", part, e)
		}
	}
}

func TestExactMemberNamesWin(t *testing.T) {
	for _, body := range []string{`{"id":"7","ID":"8"}`, `{"ID":"8","Id":9,"id":"7"}`} {
		if got, err := Decode[thing](result(t, &opUnsafe, "200 "+body)); err != nil || got.ID != "7" {
			t.Errorf("%s: %v, %v, want the id 7", body, got, err)
		}
	}
}

// Only an object that names the record asked for is a success. What else is wrong
// with such an object does not make it less.
func TestResponseMustNameTheRecord(t *testing.T) {
	for _, test := range []struct {
		body    string
		outcome credit.Outcome // 0 for a success
	}{
		{`{"id":"7"}`, 0},
		{`{"id":7}`, 0},
		{`{"\u0069d":"7"}`, 0},
		{`{"id":"7","amount":1.50,"more":[{}]}`, 0},
		{`{"id":"7","amount":"many"}`, credit.Applied},
		{`{"id":"7","ID":"8"}`, 0},
		{`{"ID":"7"}`, credit.Unknown},
		{`{"id":"8"}`, credit.Unknown},
		{`{"id":"7 "}`, credit.Unknown},
		{`{"id":""}`, credit.Unknown},
		{`{"id":null}`, credit.Unknown},
		{`{"id":"8","id":"7"}`, credit.Unknown},
		{`{"id":"7","amount":1`, credit.Unknown},
		{`{"id":"7"} {}`, credit.Unknown},
		{`{}`, credit.Unknown},
		{`null`, credit.Unknown},
		{`[]`, credit.Unknown},
		{`"7"`, credit.Unknown},
		{`<html>`, credit.Unknown},
		{``, credit.Unknown},
	} {
		for _, op := range []*Operation{&opUnsafe, &opCoded} {
			_, err := DecodeNamed(result(t, op, "200 "+test.body), "id", "7", func(v *named) bool { return string(v.ID) == `"7"` })
			if test.outcome == 0 {
				if err != nil {
					t.Errorf("%s: %v", test.body, err)
				}
				continue
			}
			if e := failure(t, err); e.Outcome != test.outcome || e.Kind != credit.ErrMalformed {
				t.Errorf("%s: %v", test.body, e)
			}
		}
	}
}

// opCoded has a codec, written as the generator writes it.
var opCoded = func() Operation {
	op := opUnsafe
	op.Decode = func(doc []byte, answer any) bool {
		v, ok := answer.(*named)
		return ok && jsonenc.Decode(doc, v, scanNamed)
	}
	return op
}()

func scanNamed(s *jsonenc.Scanner, v *named) {
	var seen [2]bool
	for s.Enter('{'); s.Field(); {
		switch string(s.Key()) {
		case "id":
			s.Once(&seen[0])
			jsonenc.ScanRaw(s, &v.ID)
		case "amount":
			s.Once(&seen[1])
			jsonenc.ScanDecimal(s, &v.Amount)
		default:
			s.SkipUnknown([]string{"id", "amount"})
		}
	}
}

type named struct {
	ID     json.RawMessage `json:"id"`
	Amount credit.Decimal  `json:"amount"`
}

// A status that the call does not document as a success is none, whatever stands
// in the body. A read is whole with a 200 alone.
func TestSuccessStatuses(t *testing.T) {
	opNoBody := opUnsafe
	opNoBody.Statuses = []int{200, 204}
	for _, test := range []struct {
		op       *Operation
		statuses []int
	}{
		{&opUnsafe, []int{200, 201, 203}},
		{&opNoBody, []int{200, 201, 203, 204}},
		{&opRead, []int{200}},
	} {
		for status := 200; status < 300; status++ {
			_, err := Send(t.Context(), newClient(t, play(fmt.Sprintf(`%d {"id":"7"}`, status))), test.op, Call{}, Whole)
			if slices.Contains(test.statuses, status) {
				if err != nil {
					t.Errorf("%s: %d: %v", test.op.ID, status, err)
				}
				continue
			}
			want := credit.Unknown
			if test.op.Reads {
				want = credit.NotSent
			}
			if e := failure(t, err); e.Outcome != want || e.Kind != credit.ErrMalformed || e.StatusCode != status {
				t.Errorf("%s: %d: %v", test.op.ID, status, e)
			}
		}
	}
}

func TestSuccessStatusWithARejection(t *testing.T) {
	for _, test := range []struct {
		op    *Operation
		steps []string
		want  credit.Outcome
	}{
		{&opUnsafe, []string{"200 {}"}, credit.Rejected},
		{&opThrottle, []string{"lost", "200 {}"}, credit.Unknown},
	} {
		err := result(t, test.op, test.steps...).Rejected(ErrorDetails{Kind: credit.ErrInvalid, Outcome: credit.Rejected, Message: "no\n" + secret})
		want := &credit.Error{
			Vendor: "acme", Op: test.op.ID, Kind: credit.ErrInvalid, Outcome: test.want,
			StatusCode: 200, Message: `no\n[redacted]`, Attempts: len(test.steps),
		}
		if diff := cmp.Diff(want, failure(t, err)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.steps, diff)
		}
	}
}
