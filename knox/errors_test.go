package knox_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/knox"
)

// impatient returns a client that sends nothing again.
func impatient(t *testing.T, answers ...scripttest.Response) *knox.Client {
	t.Helper()
	server := scripttest.NewServer(t, answers...)
	client, err := knox.New("acme", credit.StaticToken(token), credit.WithBaseURL(server.URL), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func answer(status int, contentType, body string) scripttest.Response {
	return scripttest.Response{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}
}

// The page names the statuses and no body. All that other vendors put there is
// understood, and what is not understood is not shown.
func TestRefusalsInEveryForm(t *testing.T) {
	for _, test := range []struct {
		name          string
		answer        scripttest.Response
		code, message string
	}{
		{"nothing", scripttest.Status(400, ``), "", ""},
		{"message", scripttest.Status(400, `{"message":"quantity must be >= 0.01"}`), "", "quantity must be >= 0.01"},
		{"Message, as a gateway has it", scripttest.Status(400, `{"Message":"no"}`), "", "no"},
		{"error", scripttest.Status(400, `{"error":"Bad Request"}`), "", "Bad Request"},
		{"error and message", scripttest.Status(400, `{"error":"Bad Request","message":"date is wrong","statusCode":400}`), "", "date is wrong"},
		{"code and message", scripttest.Status(400, `{"code":"ValidationException","message":"no"}`), "ValidationException", "no"},
		{"an empty message and an error", scripttest.Status(400, `{"message":"","error":"e"}`), "", "e"},
		{"members of other types", scripttest.Status(400, `{"code":7,"message":{"a":1},"error":["e"]}`), "", ""},
		{"a JSON string", scripttest.Status(400, ` "Record is locked" `), "", "Record is locked"},
		{"a JSON list", scripttest.Status(400, `[{"message":"no"}]`), "", ""},
		{"a JSON number", scripttest.Status(400, `7`), "", ""},
		{"null", scripttest.Status(400, `null`), "", ""},
		{"broken JSON", scripttest.Status(400, `{"message":"no"`), "", ""},
		{"plain text", answer(400, "text/plain; charset=utf-8", "Record is locked\n"), "", "Record is locked"},
		{"JSON that is labelled as text", answer(400, "text/plain", `{"message":"no"}`), "", "no"},
		{"text that is labelled as JSON", scripttest.Status(400, `Record is locked`), "", ""},
		{"HTML", answer(400, "text/html", "<html>no</html>"), "", ""},
		{"HTML that is labelled as text", answer(400, "text/plain", "<html>no</html>"), "", ""},
		{
			"a message that quotes the token",
			scripttest.Status(400, `{"message":"token `+token+` is bad","code":"`+token+`"}`), "[redacted]", "token [redacted] is bad",
		},
		{"a message of several lines", scripttest.Status(400, `{"message":"a\nb"}`), "", `a\nb`},
		{
			"a message without end",
			scripttest.Status(400, `{"message":"`+strings.Repeat("x", 600)+`"}`), "", strings.Repeat("x", 500) + "... (100 more bytes)",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			record, err := impatient(t, test.answer).UpdateCredit(t.Context(), leastRecord(nil))
			want := credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: test.code, Message: test.message}
			checkError(t, record, err, want)
		})
	}
}

// checkError compares the error of an update of one attempt, but for its cause.
func checkError(t *testing.T, record *knox.Credit, err error, want credit.Error) {
	t.Helper()
	got, ok := errors.AsType[*credit.Error](err)
	if !ok || record != nil {
		t.Fatalf("got %v, %v; want a *credit.Error", record, err)
	}
	want.Vendor, want.Op, want.Attempts = "knox", "UpdateCredit", 1
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreFields(credit.Error{}, "Err")); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(err, want.Kind) || credit.OutcomeOf(err) != want.Outcome {
		t.Errorf("%v is not seen as %v and %v", err, want.Kind, want.Outcome)
	}
}

// 400, 401, 403, 404, 409, 429 and 500 are the page's; the others are HTTP's.
func TestStatusDecidesKindAndOutcome(t *testing.T) {
	for status, test := range map[int]struct {
		kind    credit.Kind
		outcome credit.Outcome
	}{
		300: {credit.ErrMalformed, credit.Unknown},
		301: {credit.ErrMalformed, credit.Unknown},
		302: {credit.ErrMalformed, credit.Unknown},
		303: {credit.ErrMalformed, credit.Unknown},
		304: {credit.ErrMalformed, credit.Unknown},
		307: {credit.ErrMalformed, credit.Rejected},
		308: {credit.ErrMalformed, credit.Rejected},
		400: {credit.ErrInvalid, credit.Rejected},
		401: {credit.ErrUnauthorized, credit.Rejected},
		403: {credit.ErrForbidden, credit.Rejected},
		404: {credit.ErrNotFound, credit.Rejected},
		405: {credit.ErrInvalid, credit.Rejected},
		408: {credit.ErrUnavailable, credit.Unknown},
		409: {credit.ErrConflict, credit.Rejected},
		410: {credit.ErrInvalid, credit.Rejected},
		412: {credit.ErrConflict, credit.Rejected},
		413: {credit.ErrInvalid, credit.Rejected},
		415: {credit.ErrInvalid, credit.Rejected},
		422: {credit.ErrInvalid, credit.Rejected},
		425: {credit.ErrUnavailable, credit.Unknown},
		429: {credit.ErrRateLimited, credit.Rejected},
		460: {credit.ErrUnavailable, credit.Unknown},
		499: {credit.ErrUnavailable, credit.Unknown},
		500: {credit.ErrUnavailable, credit.Unknown},
		501: {credit.ErrUnavailable, credit.Unknown},
		502: {credit.ErrUnavailable, credit.Unknown},
		503: {credit.ErrUnavailable, credit.Unknown},
		504: {credit.ErrUnavailable, credit.Unknown},
	} {
		client := impatient(t, scripttest.Response{Status: status}, scripttest.Response{Status: status})
		record, err := client.UpdateCredit(t.Context(), leastRecord(nil))
		want := credit.Error{Kind: test.kind, Outcome: test.outcome, StatusCode: status}
		if status < 400 {
			want.Message = "redirected, which is refused"
		}
		checkError(t, record, err, want)

		_, err = client.GetCredit(t.Context(), "cr-1")
		if e, ok := errors.AsType[*credit.Error](err); !ok || e.Kind != test.kind || e.Op != "GetCredit" || e.Outcome != credit.NotSent {
			t.Errorf("%d of a read gives %+v, want %v and not sent", status, err, test.kind)
		}
	}
}

func TestErrorHasRequestIDAndRetryAfter(t *testing.T) {
	record, err := impatient(t, scripttest.Response{
		Status: 429, Header: http.Header{"X-Request-Id": {"req-7"}, "Retry-After": {"2"}},
	}).UpdateCredit(t.Context(), leastRecord(nil))
	checkError(t, record, err, credit.Error{
		Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, RequestID: "req-7", RetryAfter: 2 * time.Second,
	})
}

func TestRedirectIsAnErrorWithoutThePath(t *testing.T) {
	record, err := impatient(t, scripttest.Response{
		Status: 302, Header: http.Header{"Location": {"https://login.example/credits/acme/cr-1?token=x"}},
	}).UpdateCredit(t.Context(), leastRecord(nil))
	checkError(t, record, err, credit.Error{
		Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 302,
		Message: "redirected to host login.example, which is refused: check the base URL",
	})
}

// Only a record with the id of the credit is a success. Any other answer may come
// from something in front of the vendor.
func TestSuccessThatDoesNotNameTheCreditIsUnknown(t *testing.T) {
	for name, ok := range map[string]scripttest.Response{
		"nothing":                          {},
		"a 204":                            {Status: 204},
		"null":                             scripttest.OK(`null`),
		"a string":                         scripttest.OK(`"string"`),
		"a list of the record":             scripttest.OK(`[` + least + `]`),
		"an empty object":                  scripttest.OK(`{}`),
		"a record without an id":           scripttest.OK(strings.Replace(least, `"id":"cr-1",`, ``, 1)),
		"a record with a null id":          scripttest.OK(strings.Replace(least, `"cr-1"`, `null`, 1)),
		"another record":                   scripttest.OK(strings.Replace(least, `"cr-1"`, `"cr-2"`, 1)),
		"a record with its id in capitals": scripttest.OK(strings.Replace(least, `"cr-1"`, `"CR-1"`, 1)),
		"an id that is a number":           scripttest.OK(strings.Replace(least, `"cr-1"`, `1`, 1)),
		"an id under another name":         scripttest.OK(strings.Replace(least, `"id"`, `"ID"`, 1)),
		"two ids":                          scripttest.OK(strings.Replace(least, `{`, `{"id":"cr-1",`, 1)),
		"an error":                         scripttest.OK(`{"message":"Internal Server Error"}`),
		"half a record":                    scripttest.OK(least[:len(least)/2]),
		"a record that is truncated":       {Cut: true, Body: least},
		"two records":                      scripttest.OK(least + least),
		"HTML":                             answer(200, "text/html", "<html></html>"),
		"plain text":                       answer(200, "text/plain", "OK"),
	} {
		t.Run(name, func(t *testing.T) {
			client := impatient(t, ok, ok)
			record, err := client.UpdateCredit(t.Context(), leastRecord(nil))
			status := 200
			if ok.Status != 0 {
				status = ok.Status
			}
			checkError(t, record, err, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: status})

			record, err = client.GetCredit(t.Context(), "cr-1")
			if record != nil || !errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("a read gives %v, %v; want malformed, with nothing sent", record, err)
			}
		})
	}
}

// The answer names the credit, so the change was made, whatever else is wrong
// with it.
func TestSuccessWithAFlawIsApplied(t *testing.T) {
	record, err := impatient(t, scripttest.OK(strings.Replace(least, `0.01`, `{}`, 1))).UpdateCredit(t.Context(), leastRecord(nil))
	checkError(t, record, err, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200})
}

// The same record in an answer of every status of the 200s. A read is whole with
// a 200 alone.
func TestSuccessStatuses(t *testing.T) {
	for status := 200; status < 300; status++ {
		want := credit.Unknown
		if status == 200 || status == 201 || status == 203 {
			want = 0
		}
		client, _ := play(t, scripttest.Status(status, least))
		record, err := client.UpdateCredit(t.Context(), leastRecord(nil))
		if want == 0 && err != nil {
			t.Errorf("%d: %v", status, err)
		} else if want != 0 {
			checkError(t, record, err, credit.Error{Kind: credit.ErrMalformed, Outcome: want, StatusCode: status})
		}
		client, _ = play(t, scripttest.OK(held), scripttest.Status(status, heldThree))
		_, err = client.Updater().Update(t.Context(), ref, three)
		if credit.OutcomeOf(err) != want {
			t.Errorf("%d to the facade: %v, want the outcome %v", status, err, want)
		}
		if status != 200 {
			client, _ = play(t, scripttest.Status(status, held))
			result, err := client.Updater().Update(t.Context(), ref, three)
			failed[*credit.MalformedReadError](t, result, err, credit.NotSent)
		}
		client, _ = play(t, scripttest.Status(status, least))
		_, err = client.GetCredit(t.Context(), "cr-1")
		if (err == nil) != (status == 200) || err != nil && (!errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent) {
			t.Errorf("%d to a read: %v", status, err)
		}
	}
}

// The body decides, not its label or the exact status.
func TestSuccessInAnotherDressIsRead(t *testing.T) {
	for _, a := range []scripttest.Response{answer(200, "text/plain", least), {Status: 201, Body: " \n" + least + "\n"}, {Body: "\ufeff" + least}} {
		if record, err := impatient(t, a).UpdateCredit(t.Context(), leastRecord(nil)); err != nil || record.ID != "cr-1" {
			t.Errorf("%v, %v", record, err)
		}
	}
}

func TestWhatIsSentAgain(t *testing.T) {
	for status, want := range map[int]int{
		300: 1, 303: 1, 307: 1, 308: 1,
		400: 1, 401: 1, 403: 1, 404: 1, 405: 1, 409: 1, 422: 1, 425: 1, 460: 1, 499: 1, 500: 1, 501: 1, 505: 1,
		408: 2, 429: 2, 502: 2, 503: 2, 504: 2,
	} {
		answers := []scripttest.Response{{Status: status, Header: http.Header{"Retry-After": {"0"}}}, scripttest.OK(least)}
		client, server := connect(t, answers[:want]...)
		_, err := client.UpdateCredit(t.Context(), leastRecord(nil))
		if n := len(server.Requests()); n != want || (err == nil) != (want == 2) {
			t.Errorf("%d: %v after %d requests, want %d", status, err, n, want)
		}
	}
}

// A broken-off answer says nothing, and the same replacement twice is the same as
// once.
func TestSuccessThatBreaksOffIsSentAgain(t *testing.T) {
	client, server := connect(t, scripttest.Response{Cut: true, Body: least[:20]}, scripttest.OK(least))
	record, err := client.UpdateCredit(t.Context(), leastRecord(nil))
	if err != nil || record.ID != "cr-1" || len(server.Requests()) != 2 {
		t.Errorf("%v, %v after %d requests, want success after 2", record, err, len(server.Requests()))
	}
}
