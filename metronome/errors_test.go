package metronome_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/metronome"
)

// Every response on Metronome's pages, and failures of the network.
func TestEditCreditErrors(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		want   credit.Error
	}{
		{
			"400 with a message",
			scripttest.Status(400, `{"message":"amount must be positive"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "amount must be positive"},
		},
		{
			"400 with a code",
			scripttest.Status(400, `{"code":"InvalidArgument","message":"bad"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: "InvalidArgument", Message: "bad"},
		},
		{
			"400 for an unknown customer",
			scripttest.Status(400, `{"code":"CustomerNotFound","message":"no customer"}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 400, Code: "CustomerNotFound", Message: "no customer"},
		},
		{
			"400 with odd members",
			scripttest.Status(400, `{"code":7,"message":"bad"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "bad"},
		},
		{
			"401",
			scripttest.Status(401, `{"message":"Unauthorized"}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Unauthorized"},
		},
		{
			"403",
			scripttest.Status(403, `{"message":"read only token"}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, Message: "read only token"},
		},
		{
			"404",
			scripttest.Status(404, `{"message":"not found"}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Message: "not found"},
		},
		{
			"409",
			scripttest.Status(409, `{"message":"key was used with other parameters"}`),
			credit.Error{Kind: credit.ErrConflict, Outcome: credit.Unknown, StatusCode: 409, Message: "key was used with other parameters"},
		},
		{
			"500",
			scripttest.Status(500, `{"message":"boom"}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "boom", KeyUsedUp: true},
		},
		{
			"a page of HTML",
			scripttest.Response{Status: 500, Header: html, Body: "<html>secret</html>"},
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, KeyUsedUp: true},
		},
		{
			"a redirect",
			scripttest.Response{Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/x?y=z"}}},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 302, Message: "redirected to host elsewhere.example, which is refused: check the base URL"},
		},
		{"a success of null", scripttest.OK(`null`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of nothing", scripttest.OK(``), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success without an id", scripttest.OK(`{}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{
			"a success of HTML",
			scripttest.Response{Header: html, Body: "<html></html>"},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200},
		},
		{"a success of an empty id", scripttest.OK(`{"data":{"id":""}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of a null id", scripttest.OK(`{"data":{"id":null}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of a number as id", scripttest.OK(`{"data":{"id":7}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of null data", scripttest.OK(`{"data":null}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of a list", scripttest.OK(`{"data":[{"id":"x"}]}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of two ids", scripttest.OK(`{"data":{"id":"x","id":"y"}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success under another name", scripttest.OK(`{"data":{"ID":"x"}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of an error", scripttest.OK(`{"message":"no"}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success cut short", scripttest.OK(edited[:len(edited)-1]), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success that is truncated", scripttest.Response{Cut: true, Body: edited}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"an empty 202", scripttest.Response{Status: 202}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 202}},
		{"a 204", scripttest.Response{Status: 204}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 204}},
		{"303", scripttest.Response{Status: 303}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 303, Message: "redirected, which is refused"}},
		{"307", scripttest.Response{Status: 307}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Rejected, StatusCode: 307, Message: "redirected, which is refused"}},
		{"308", scripttest.Response{Status: 308}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Rejected, StatusCode: 308, Message: "redirected, which is refused"}},
		{"408", scripttest.Response{Status: 408}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 408}},
		{"425", scripttest.Response{Status: 425}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 425}},
		{"429", scripttest.Response{Status: 429}, credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429}},
		{"460", scripttest.Response{Status: 460}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 460}},
		{"499", scripttest.Response{Status: 499}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 499}},
		{"503", scripttest.Response{Status: 503}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 503}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := play(t, scripttest.NewTransport(t, test.answer), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
			response, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}, credit.WithIdempotencyKey("k"))
			got, ok := errors.AsType[*credit.Error](err)
			if !ok || response != nil {
				t.Fatalf("got %v, %v; want a *credit.Error", response, err)
			}
			test.want.Vendor, test.want.Op, test.want.Attempts, test.want.IdempotencyKey = "metronome", "EditCredit", 1, "k"
			if diff := cmp.Diff(test.want, *got, cmpopts.IgnoreFields(credit.Error{}, "Err")); diff != "" {
				t.Error(diff)
			}
			if !errors.Is(err, test.want.Kind) {
				t.Errorf("errors.Is does not see %v in %v", test.want.Kind, err)
			}
		})
	}
}

// The body decides, not its label.
func TestEditCreditReadsAMislabelledAnswer(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Header: http.Header{"Content-Type": {"text/plain"}}, Body: edited})
	if _, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}); err != nil {
		t.Error(err)
	}
}

func TestEditCreditWaitsForA429(t *testing.T) {
	client, server := connect(t, scripttest.Response{Status: 429, Header: http.Header{"Retry-After": {"0"}}}, scripttest.OK(edited))
	if _, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}); err != nil || len(server.Requests()) != 2 {
		t.Errorf("%v after %d requests, want success after 2", err, len(server.Requests()))
	}
}

// The same yes in an answer of every status of the 200s.
func TestSuccessStatuses(t *testing.T) {
	for status := 200; status < 300; status++ {
		want := credit.Unknown
		if status == 200 || status == 201 || status == 203 {
			want = 0
		}
		client := play(t, scripttest.NewTransport(t, scripttest.Status(status, edited)))
		_, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"})
		if credit.OutcomeOf(err) != want || want != 0 && !errors.Is(err, credit.ErrMalformed) {
			t.Errorf("%d: %v, want the outcome %v", status, err, want)
		}
		client = play(t, scripttest.NewTransport(t, scripttest.Status(status, edited)))
		if _, err = client.Updater().Update(t.Context(), ref, fieldPatches()["set name"]); credit.OutcomeOf(err) != want {
			t.Errorf("%d to the facade: %v, want the outcome %v", status, err, want)
		}
		if status == 200 {
			continue
		}
		page := list(held(oneItem)).Body
		client = play(t, scripttest.NewTransport(t, scripttest.Status(status, page)))
		if _, err = client.GetCredit(t.Context(), "u", "c"); !errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%d to a read: %v", status, err)
		}
		client = play(t, scripttest.NewTransport(t, scripttest.Status(status, page)))
		_, err = client.Updater().Update(t.Context(), ref, fieldPatches()["set total"])
		if !errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%d to the read of an update: %v", status, err)
		}
	}
}

// The key makes the repeat harmless, and the truncated response proves nothing.
func TestSuccessThatBreaksOffIsSentAgainUnderTheSameKey(t *testing.T) {
	client, server := connect(t, scripttest.Response{Cut: true, Body: edited[:10]}, scripttest.OK(edited))
	if _, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}); err != nil {
		t.Fatal(err)
	}
	if keys := keysOf(server); len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] {
		t.Errorf("keys %q, want the same twice", keys)
	}
}

// A read has no key that could be used up.
func TestA500ToAReadUsesUpNoKey(t *testing.T) {
	client, _ := connect(t, scripttest.Status(500, `{"message":"boom"}`))
	_, err := client.GetCredit(t.Context(), "u", "c")
	if e, ok := errors.AsType[*credit.Error](err); !ok || e.KeyUsedUp || e.IdempotencyKey != "" || e.Outcome != credit.NotSent {
		t.Errorf("the error is %+v", err)
	}
}

func keysOf(server *scripttest.Server) (keys []string) {
	for _, r := range server.Requests() {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}
	return keys
}

// calls are the same edit through the client's own method and through the facade.
var calls = map[string]func(*metronome.Client, ...credit.CallOption) error{
	"the method": func(c *metronome.Client, opts ...credit.CallOption) error {
		_, err := c.EditCredit(context.Background(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}, opts...)
		return err
	},
	"the facade": func(c *metronome.Client, opts ...credit.CallOption) error {
		_, err := c.Updater().Update(context.Background(), ref, fieldPatches()["set name"], opts...)
		return err
	},
}

// A 409 to the first attempt under a fresh key is a refusal: no other request can
// carry the key. In every other case an edit under the key may be running.
func TestA409IsARefusalOnlyUnderAFreshKey(t *testing.T) {
	no := scripttest.Status(409, `{"message":"in use"}`)
	mine := []credit.CallOption{credit.WithIdempotencyKey("mine")}
	for _, test := range []struct {
		name    string
		opts    []credit.CallOption
		answers []scripttest.Response
		want    credit.Outcome // 0 for a success
		kind    credit.Kind
	}{
		{"a fresh key, at once", nil, []scripttest.Response{no}, credit.Rejected, credit.ErrConflict},
		{"a fresh key, after a lost answer", nil, []scripttest.Response{{Lost: true}, no, scripttest.OK(edited)}, 0, ""},
		{"a fresh key, after a 429", nil, []scripttest.Response{scripttest.Status(429, ""), no, no, scripttest.OK(edited)}, 0, ""},
		{"a fresh key, after a 503 and to the end", nil, []scripttest.Response{scripttest.Status(503, ""), no, no, no}, credit.Unknown, credit.ErrConflict},
		{"a fresh key, then a refusal", nil, []scripttest.Response{{Lost: true}, no, scripttest.Status(400, `{}`)}, credit.Unknown, credit.ErrInvalid},
		{"the caller's key, once", mine, []scripttest.Response{no, scripttest.OK(edited)}, 0, ""},
		{"the caller's key, to the end", mine, []scripttest.Response{no, no, no, no}, credit.Unknown, credit.ErrConflict},
		{"the caller's key, then a refusal", mine, []scripttest.Response{no, scripttest.Status(403, `{}`)}, credit.Unknown, credit.ErrForbidden},
		{"the caller's key, then its stored failure", mine, []scripttest.Response{no, scripttest.Status(500, `{}`)}, credit.Unknown, credit.ErrUnavailable},
	} {
		for by, call := range calls {
			t.Run(test.name+", by "+by, func(t *testing.T) {
				client, server := connect(t, test.answers...)
				err := call(client, test.opts...)
				if credit.OutcomeOf(err) != test.want || test.want != 0 && !errors.Is(err, test.kind) {
					t.Errorf("%v, want %v and the outcome %v", err, test.kind, test.want)
				}
				if e, ok := errors.AsType[*credit.Error](err); ok && (e.Attempts != len(test.answers) || e.KeyUsedUp != (e.StatusCode == 500)) {
					t.Errorf("%+v, want %d attempts", e, len(test.answers))
				}
				keys := keysOf(server)
				if len(keys) != len(test.answers) || keys[0] == "" || len(slices.Compact(keys)) != 1 || test.opts != nil && keys[0] != "mine" {
					t.Errorf("keys %q, want one for all of %d requests", keys, len(test.answers))
				}
			})
		}
	}
}

// The wait is the vendor's where it names one, and never none.
func TestA409UnderAKeyInUseIsWaitedFor(t *testing.T) {
	for _, test := range []struct {
		name  string
		after http.Header
		least time.Duration
		most  time.Duration
	}{
		{"without a time", nil, 500 * time.Millisecond, time.Second},
		{"with a time", http.Header{"Retry-After": {"7"}}, 7 * time.Second, 7 * time.Second},
		{"with no wait", http.Header{"Retry-After": {"0"}}, 500 * time.Millisecond, time.Second},
	} {
		for by, call := range calls {
			t.Run(test.name+", by "+by, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := scripttest.NewTransport(t, scripttest.Response{Status: 409, Header: test.after}, scripttest.OK(edited))
					start := time.Now()
					if err := call(play(t, server), credit.WithIdempotencyKey("mine")); err != nil {
						t.Fatal(err)
					}
					if waited := time.Since(start); waited < test.least || waited > test.most {
						t.Errorf("waited %v, want %v to %v", waited, test.least, test.most)
					}
				})
			})
		}
	}
}

// The vendor stores a 500 under the key and replays it, so no repeat under the
// same key can end otherwise; the error tells the caller what can.
func TestA500SaysThatTheKeyIsUsedUp(t *testing.T) {
	for by, call := range calls {
		for _, opts := range [][]credit.CallOption{nil, {credit.WithIdempotencyKey("mine")}} {
			client, server := connect(t, scripttest.Status(500, `{"message":"boom"}`))
			err := call(client, opts...)
			e, ok := errors.AsType[*credit.Error](err)
			if !ok || !e.KeyUsedUp || e.Outcome != credit.Unknown || e.IdempotencyKey != keysOf(server)[0] || len(server.Requests()) != 1 {
				t.Errorf("%s: %+v after %d requests", by, err, len(server.Requests()))
			}
			if !strings.Contains(err.Error(), "key is used up") {
				t.Errorf("%s: %v does not say that the key is used up", by, err)
			}
		}
		for _, status := range []int{408, 429, 501, 502, 503, 504} {
			client := play(t, scripttest.NewTransport(t, scripttest.Response{Status: status}), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
			if e, ok := errors.AsType[*credit.Error](call(client)); !ok || e.KeyUsedUp {
				t.Errorf("%s: a %d: %+v", by, status, e)
			}
		}
	}
}
