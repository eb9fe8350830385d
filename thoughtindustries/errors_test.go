package thoughtindustries_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	ti "github.com/creditkit/creditkit/thoughtindustries"
)

// limited is the page's own 429, with the headers that come with it.
func limited(header http.Header) scripttest.Response {
	all := http.Header{"X-Ratelimit-Limit": {"120"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1704067200"}}
	for name, values := range header {
		all[name] = values
	}
	return scripttest.Response{Status: 429, Header: all, Body: `{"error":"rate_limit_exceeded","message":"Too many requests","retryAfter":32}`}
}

// Every response on the vendor's pages or observed in practice, and what
// goes wrong on the way.
func TestUpdateCreditBatchErrors(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		want   credit.Error
	}{
		{
			"400",
			scripttest.Status(400, `{"errors":[{"message":"expiresOn is malformed"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "expiresOn is malformed"},
		},
		{
			"400 with a message",
			scripttest.Status(400, `{"message":"bad"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "bad"},
		},
		{
			"400 with odd members",
			scripttest.Status(400, `{"error":{"a":1},"message":7,"errors":[{"message":null},"worse",8],"retryAfter":"soon"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "an error without a message; worse; an error without a message"},
		},
		{
			"401 without a body",
			scripttest.Status(401, ""),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401},
		},
		{
			"403",
			scripttest.Status(403, `{"message":"role lacks permission"}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, Message: "role lacks permission"},
		},
		{
			"404",
			scripttest.Status(404, `{"errors":["Not Found"]}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Message: "Not Found"},
		},
		{
			"404 of a router",
			scripttest.Response{Status: 404, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: "Not Found\n"},
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Message: "Not Found"},
		},
		{
			"405",
			scripttest.Status(405, ""),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 405},
		},
		{
			"409",
			scripttest.Status(409, `{"error":"conflict","message":"duplicate"}`),
			credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected, StatusCode: 409, Code: "conflict", Message: "duplicate"},
		},
		{
			"412",
			scripttest.Status(412, ""),
			credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected, StatusCode: 412},
		},
		{
			"422",
			scripttest.Status(422, `{"message":"currentBalance is too high"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 422, Message: "currentBalance is too high"},
		},
		{
			"429 as the page has it",
			limited(http.Header{"Retry-After": {"32"}}),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, Code: "rate_limit_exceeded", Message: "Too many requests", RetryAfter: 32 * time.Second},
		},
		{
			"429 without the header",
			limited(nil),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, Code: "rate_limit_exceeded", Message: "Too many requests", RetryAfter: 32 * time.Second},
		},
		{
			"429 whose header says something else",
			limited(http.Header{"Retry-After": {"45"}}),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, Code: "rate_limit_exceeded", Message: "Too many requests", RetryAfter: 45 * time.Second},
		},
		{
			"429 whose header says that the wait is over",
			limited(http.Header{"Retry-After": {"0"}}),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, Code: "rate_limit_exceeded", Message: "Too many requests"},
		},
		{
			"429 whose header cannot be read",
			limited(http.Header{"Retry-After": {"soon"}}),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, Code: "rate_limit_exceeded", Message: "Too many requests", RetryAfter: 32 * time.Second},
		},
		{
			"429 without a body",
			scripttest.Status(429, ""),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429},
		},
		{
			"429 with waits that are none",
			scripttest.Status(429, `{"retryAfter":-1}`),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429},
		},
		{
			"429 with a wait beyond all bounds",
			scripttest.Status(429, `{"retryAfter":9223372036854775807}`),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429},
		},
		{
			"500",
			scripttest.Status(500, `{"errors":[{"message":"boom"}]}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "boom"},
		},
		{
			"502 of HTML",
			scripttest.Response{Status: 502, Header: html, Body: "<html>inside</html>"},
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 502},
		},
		{
			"503",
			scripttest.Response{Status: 503, Header: http.Header{"Retry-After": {"120"}}},
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 503, RetryAfter: 2 * time.Minute},
		},
		{
			"301, which the pages say to follow",
			scripttest.Response{Status: 301, Header: http.Header{"Location": {"https://elsewhere.example/x?y=z"}}},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 301, Message: "redirected to host elsewhere.example, which is refused: check the base URL"},
		},
		{
			"304",
			scripttest.Response{Status: 304},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 304, Message: "redirected, which is refused"},
		},
		{
			"a request id",
			scripttest.Response{Status: 403, Header: http.Header{"X-Request-Id": {"r-1"}}},
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, RequestID: "r-1"},
		},
		{
			"an answer that quotes the key",
			scripttest.Status(403, `{"error":"no `+apiKey+`","message":"key `+apiKey+` lacks permission"}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, Code: "no [redacted]", Message: "key [redacted] lacks permission"},
		},

		{
			"a 200 with errors",
			scripttest.OK(`{"errors":[{"message":"currentBalance must be an integer"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 200, Message: "currentBalance must be an integer"},
		},
		{
			"a 200 with a not-found error",
			scripttest.OK(`{"errors":[{"message":"Credit batch not found"}]}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 200, Message: "Credit batch not found"},
		},
		{
			"a 200 with errors as strings",
			scripttest.OK(`{"errors":["too early","NOT FOUND"]}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 200, Message: "too early; NOT FOUND"},
		},
		{
			"a 200 with errors without a message",
			scripttest.OK(`{"errors":[{}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "an error without a message"},
		},
		{
			"a 200 whose errors are one",
			scripttest.OK(`{"errors":{"message":"bad"}}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "bad"},
		},
		{
			"a 200 with errors beside data of null",
			scripttest.OK(`{"data":null,"errors":[{"message":"bad"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "bad"},
		},
		{
			"a 200 with errors beside a record of null",
			scripttest.OK(`{"data":{"UpdateCreditBatch":null},"errors":[{"message":"bad"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "bad"},
		},
		{
			"a 200 with errors beside an empty record",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{}},"errors":[{"message":"bad"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "bad"},
		},
		{
			"a 200 with errors beside the record",
			scripttest.OK(`{"errors":[{"message":"mail was not sent"}],` + updated[1:]),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "mail was not sent"},
		},
		{
			"a 200 with errors beside a part of the record",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{"currentBalance":5}},"errors":["Not found"]}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Unknown, StatusCode: 200, Message: "Not found"},
		},
		{
			"a 200 with errors beside the record under another name",
			scripttest.OK(`{"data":{"Batch":` + batch + `},"errors":["bad"]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "bad"},
		},
		{
			"a 200 with errors in the bare record",
			scripttest.OK(`{"errors":["bad"],` + batch[1:]),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "bad"},
		},
		{
			"a 200 with errors that quote the key",
			scripttest.OK(`{"errors":["key ` + apiKey + `"]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "key [redacted]"},
		},

		{
			"a 200 with a refusal and a failure",
			scripttest.OK(`{"errors":[{"message":"name is invalid"},{"message":"Request timed out"}]}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Message: "name is invalid; Request timed out"},
		},
		{
			"a 200 with a failure and null data",
			scripttest.OK(`{"data":null,"errors":[{"message":"Internal server error"}]}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Message: "Internal server error"},
		},
		{
			"a 200 with the code of a failure",
			scripttest.OK(`{"data":null,"errors":[{"message":"name is required","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Code: "INTERNAL_SERVER_ERROR", Message: "name is required"},
		},
		{
			"a 200 with the code of a refusal",
			scripttest.OK(`{"errors":[{"message":"no","code":"BAD_USER_INPUT"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 200, Code: "BAD_USER_INPUT", Message: "no"},
		},
		{
			"a 200 with the code of a refusal, and of a failure in extensions",
			scripttest.OK(`{"errors":[{"message":"no","code":"BAD_USER_INPUT","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Code: "BAD_USER_INPUT", Message: "no"},
		},
		{
			"a 200 with the code of a failure in lower case",
			scripttest.OK(`{"errors":[{"message":"name is required","code":"internal_server_error"}]}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Code: "internal_server_error", Message: "name is required"},
		},
		{
			"a 200 with the code of another failure",
			scripttest.OK(`{"errors":[{"message":"invalid state","extensions":{"code":"GATEWAY_TIMEOUT"}}]}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Code: "GATEWAY_TIMEOUT", Message: "invalid state"},
		},
		{
			"a 200 with the code of a refusal in extensions",
			scripttest.OK(`{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}},{"message":"bad"}]}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 200, Code: "FORBIDDEN", Message: "no; bad"},
		},
		{
			"a 200 with an unknown code",
			scripttest.OK(`{"errors":[{"message":"no","code":"SERVICE_DEGRADED"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Code: "SERVICE_DEGRADED", Message: "no"},
		},
		{
			"a 200 with a refusal inside the envelope",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{"errors":[{"message":"Permission denied"}]}}}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 200, Message: "Permission denied"},
		},
		{
			"a 200 with an unclear error inside the envelope",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{"errors":[{"message":"no"}]}}}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "no"},
		},
		{
			"a 200 with a failure inside the envelope and a refusal at the top",
			scripttest.OK(`{"errors":[{"message":"not found"}],"data":{"UpdateCreditBatch":{"errors":[{"message":"internal"}]}}}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Message: "not found; internal"},
		},
		{
			"a 200 with a refusal inside the good record",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{"errors":["name is invalid"],` + batch[1:] + `}}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "name is invalid"},
		},
		{
			"a 200 with a refusal inside the good record, in escapes",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{"\u0065rror\u0073":["name is invalid"],` + batch[1:] + `}}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "name is invalid"},
		},
		{
			"a 200 with a refusal in the good bare record",
			scripttest.OK(`{"errors":["name is invalid"],` + batch[1:]),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Unknown, StatusCode: 200, Message: "name is invalid"},
		},
		{
			"302",
			scripttest.Response{Status: 302},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 302, Message: "redirected, which is refused"},
		},
		{
			"303",
			scripttest.Response{Status: 303},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 303, Message: "redirected, which is refused"},
		},
		{
			"307",
			scripttest.Response{Status: 307},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Rejected, StatusCode: 307, Message: "redirected, which is refused"},
		},
		{
			"308",
			scripttest.Response{Status: 308},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Rejected, StatusCode: 308, Message: "redirected, which is refused"},
		},
		{"408", scripttest.Response{Status: 408}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 408}},
		{"425", scripttest.Response{Status: 425}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 425}},
		{"460", scripttest.Response{Status: 460}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 460}},
		{"499", scripttest.Response{Status: 499}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 499}},

		{"a success under another name", scripttest.OK(`{"data":{"APIUpdateCreditBatch":` + batch + `}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success directly in data", scripttest.OK(`{"data":` + batch + `}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success that names two ids", scripttest.OK(`{"id":"another",` + batch[1:]), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success that is truncated", scripttest.Response{Cut: true, Body: updated}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{
			"a success with errors and an empty list of them",
			scripttest.OK(`{"errors":["name is invalid"],"errors":[],` + updated[1:]),
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"a success with two envelopes",
			scripttest.OK(`{"data":null,` + updated[1:]),
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"a success with two records",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{"id":"another"},"UpdateCreditBatch":` + batch + `}}`),
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"a success with errors inside and an empty list of them",
			scripttest.OK(`{"data":{"UpdateCreditBatch":{"errors":["name is invalid"],"errors":[],` + batch[1:] + `}}`),
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"a 200 with errors beside a list as data",
			scripttest.OK(`{"data":[],"errors":[{"message":"name is invalid"}]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 200, Message: "name is invalid"},
		},
		{"a success of null", scripttest.OK(`null`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of nothing", scripttest.OK(``), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success without an id", scripttest.OK(`{}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of data without it", scripttest.OK(`{"data":{}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of data of null", scripttest.OK(`{"data":null}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success with a record of null", scripttest.OK(`{"data":{"UpdateCreditBatch":null}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of a list", scripttest.OK(`[` + batch + `]`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success in a list", scripttest.OK(`{"data":{"UpdateCreditBatch":[` + batch + `]}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of two others", scripttest.OK(`{"data":{"a":` + batch + `,"b":` + batch + `}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of another batch", scripttest.OK(`{"data":{"UpdateCreditBatch":{"id":"another"}}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success with a wrong type", scripttest.OK(`{"data":{"UpdateCreditBatch":{"id":"` + batchID + `","name":7}}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200}},
		{"a success cut short", scripttest.OK(updated[:len(updated)-1]), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of HTML", scripttest.Response{Header: html, Body: "<html></html>"}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success too large", scripttest.OK(`{"id":"` + strings.Repeat("x", 5<<20) + `"}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := scripttest.NewServer(t, test.answer)
			client := newClient(t, server.URL, credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
			got, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{Name: new("n")})
			checkError(t, got, err, test.want)
		})
	}
}

func checkError(t *testing.T, batch *ti.CreditBatch, err error, want credit.Error) {
	t.Helper()
	got, ok := errors.AsType[*credit.Error](err)
	if !ok || batch != nil {
		t.Fatalf("got %v, %v; want a *credit.Error", batch, err)
	}
	want.Vendor, want.Op, want.Attempts = "thoughtindustries", "UpdateCreditBatch", 1
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreFields(credit.Error{}, "Err")); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(err, want.Kind) {
		t.Errorf("errors.Is does not see %v in %v", want.Kind, err)
	}
	if inDoubt := strings.Contains(err.Error(), "whether the change was made"); inDoubt != (want.Outcome == credit.Unknown) {
		t.Errorf("the text of an error that is %v: %v", want.Outcome, err)
	}
	if strings.Contains(err.Error(), apiKey) {
		t.Errorf("the key is in %v", err)
	}
}

// The body decides, not its label.
func TestUpdateCreditBatchReadsAMislabelledAnswer(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Header: http.Header{"Content-Type": {"text/html"}}, Body: updated})
	if _, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{}); err != nil {
		t.Error(err)
	}
}

// The wait is the vendor's, not a second less.
func TestUpdateCreditBatchWaitsForA429(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		client, err := ti.New("acme", apiKey, credit.WithRetry(credit.RetryPolicy{MaxWait: time.Minute}),
			credit.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				at = append(at, time.Now())
				if len(at) == 1 {
					return &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"32"}}}, nil
				}
				return &http.Response{StatusCode: 204}, nil
			})))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{CurrentBalance: new(int64(5))})
		if err != nil || len(at) != 2 || at[1].Sub(at[0]) != 32*time.Second {
			t.Errorf("%v after attempts at %v, want success 32 s later", err, at)
		}
	})
}

// A wait above MaxWait is returned in the error at once.
func TestUpdateCreditBatchHandsUpALongWait(t *testing.T) {
	client, server := connect(t, limited(http.Header{"Retry-After": {"32"}}))
	_, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{Name: new("n")})
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || e.RetryAfter != 32*time.Second || len(server.Requests()) != 1 {
		t.Errorf("%v after %d requests, want the 429 with its wait after one", err, len(server.Requests()))
	}
}

// A read changes nothing, whatever became of it.
func TestListCreditBatchesErrorsSpeakOfNoChange(t *testing.T) {
	client, _ := connect(t, limited(http.Header{"Retry-After": {"32"}}))
	_, err := walk(t, client, "c", "")
	got, ok := errors.AsType[*credit.Error](err)
	if !ok {
		t.Fatalf("got %v, want a *credit.Error", err)
	}
	want := credit.Error{
		Vendor: "thoughtindustries", Op: "ListCreditBatches", Kind: credit.ErrRateLimited, Outcome: credit.NotSent,
		StatusCode: 429, Code: "rate_limit_exceeded", Message: "Too many requests", RetryAfter: 32 * time.Second, Attempts: 1,
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Error(diff)
	}
}
