package nexudus_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/nexudus"
)

// invalid is the page's example of a 400, byte for byte.
const invalid = `{
  "Message": "RemainingCredit: is a required field",
  "Value": null,
  "Errors": [
    {
      "AttemptedValue": null,
      "Message": "is a required field",
      "PropertyName": "RemainingCredit"
    }
  ],
  "WasSuccessful": false
}`

func answer(status int, contentType, body string) scripttest.Response {
	return scripttest.Response{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}
}

// Every response on Nexudus' pages, and failures of the network.
func TestUpdateErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		want   credit.Error
	}{
		{
			"the page's 400",
			scripttest.Status(400, invalid),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "RemainingCredit: is a required field",
				Fields: []credit.FieldError{{Field: "RemainingCredit", Message: "is a required field"}},
			},
		},
		{
			"a 400 of several properties, of which Message names another",
			scripttest.Status(400, `{"Message":"Name: is a required field","Value":null,"Errors":[
				{"AttemptedValue":"bearer-0123456789","Message":"must be above 0","PropertyName":"TotalCredit"},
				{"AttemptedValue":{"a":1},"Message":"is not known","PropertyName":"CoworkerId"}],"WasSuccessful":false}`),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "Name: is a required field",
				Fields: []credit.FieldError{{Field: "TotalCredit", Message: "must be above 0"}, {Field: "CoworkerId", Message: "is not known"}},
			},
		},
		{
			"the earlier pages' 400 with a Status of 500",
			scripttest.Status(400, `{"Status":500,"Message":"Name: is a required field","Value":null,"OpenInDialog":false,"RedirectURL":null,"UpdatedOn":null,"UpdatedBy":null,
				"Errors":[{"AttemptedValue":null,"Message":"is a required field","PropertyName":"BusinessId"}],"WasSuccessful":false}`),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "Name: is a required field",
				Fields: []credit.FieldError{{Field: "BusinessId", Message: "is a required field"}},
			},
		},
		{
			"a 400 with odd errors",
			scripttest.Status(400, `{"Message":"no","Errors":["x",null,{},{"PropertyName":7,"Message":"bad"},{"PropertyName":"Id"}]}`),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "no",
				Fields: []credit.FieldError{{Message: "bad"}, {Field: "Id"}},
			},
		},
		{
			"a 400 whose errors are a text",
			scripttest.Status(400, `{"Message":"no","Errors":"x"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "no"},
		},
		{
			"a 400 that is a text",
			scripttest.Status(400, `"Invalid request"`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "Invalid request"},
		},
		{
			"a 400 that quotes the token",
			scripttest.Status(400, `{"Message":"`+token+`","Errors":[{"PropertyName":"`+token+`","Message":"`+token+`"}]}`),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "[redacted]",
				Fields: []credit.FieldError{{Field: "[redacted]", Message: "[redacted]"}},
			},
		},
		{
			"401",
			scripttest.Status(401, `{"Message":"Authorization has been denied for this request."}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Authorization has been denied for this request."},
		},
		{
			"401 without a body",
			scripttest.Status(401, ``),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401},
		},
		{
			"401 of HTML",
			answer(401, "text/html", "<html>sign in</html>"),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401},
		},
		{
			"403",
			scripttest.Status(403, ``),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403},
		},
		{
			"404",
			scripttest.Status(404, `"Not found"`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Message: "Not found"},
		},
		{
			"412",
			scripttest.Status(412, ``),
			credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected, StatusCode: 412},
		},
		{
			"422",
			scripttest.Status(422, `{"Message":"no"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 422, Message: "no"},
		},
		{
			"500",
			scripttest.Status(500, `{"Message":"An error has occurred."}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "An error has occurred."},
		},
		{
			"500 in the envelope",
			scripttest.Status(500, `{"Status":500,"Message":"An error occurred","Value":null,"RedirectURL":null,"UpdatedOn":null,"UpdatedBy":null,"Errors":null,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "An error occurred"},
		},
		{
			"500 of HTML",
			answer(500, "text/html", "<html>"+token+"</html>"),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500},
		},
		{
			"500 in plain text",
			answer(500, "text/plain", "Runtime Error\r\n"),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "Runtime Error"},
		},
		{
			"501",
			scripttest.Status(501, ``),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 501},
		},
		{
			"a redirect",
			scripttest.Response{Status: 302, Header: http.Header{"Location": {"https://login.example/signin?ReturnUrl=x"}}},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 302, Message: "redirected to host login.example, which is refused: check the base URL"},
		},
		{
			"WasSuccessful false",
			scripttest.OK(`{"Status":200,"Message":"The credit is in use","Value":null,"Errors":null,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 200, Message: "The credit is in use"},
		},
		{
			"the page's 400 in a 200",
			scripttest.OK(invalid),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 200, Message: "RemainingCredit: is a required field",
				Fields: []credit.FieldError{{Field: "RemainingCredit", Message: "is a required field"}},
			},
		},
		{
			"WasSuccessful false with a Status of 404",
			scripttest.OK(`{"Status":404,"Message":"Not found","WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 200, Message: "Not found"},
		},
		{
			"WasSuccessful false with a Status of 401",
			scripttest.OK(`{"Status":401,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 409",
			scripttest.OK(`{"Status":409,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 500",
			scripttest.OK(`{"Status":500,"Message":"no","WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200, Message: "no"},
		},
		{
			"WasSuccessful false with a Status of 503",
			scripttest.OK(`{"Status":503,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 500 as a text",
			scripttest.OK(`{"Status":"500","WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 5e2",
			scripttest.OK(`{"Status":5e2,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 408",
			scripttest.OK(`{"Status":408,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 425",
			scripttest.OK(`{"Status":425,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 460",
			scripttest.OK(`{"Status":460,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"WasSuccessful false with a Status of 499",
			scripttest.OK(`{"Status":499,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 200},
		},
		{
			"WasSuccessful false beside odd members",
			scripttest.OK(`{"Status":"later","Message":"no","Value":"x","UpdatedOn":7,"Errors":[],"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 200, Message: "no"},
		},
		{
			"a repeated Status",
			scripttest.OK(`{"Status":500,"Status":400,"WasSuccessful":false}`),
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200},
		},
		{"a 200 without WasSuccessful", scripttest.OK(`{"Status":200,"Value":{"Id":87654321}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful null", scripttest.OK(`{"WasSuccessful":null}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful as a string", scripttest.OK(`{"WasSuccessful":"false"}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful true beside odd members", scripttest.OK(`{"WasSuccessful":true,"Value":{"Id":87654321},"UpdatedOn":7}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200}},
		{"WasSuccessful true for a text as id", scripttest.OK(`{"WasSuccessful":true,"Value":{"Id":"87654321"}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200}},
		{"WasSuccessful true without a Value", scripttest.OK(`{"WasSuccessful":true}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful true for null", scripttest.OK(`{"Value":null,"UpdatedOn":null,"UpdatedBy":null,"Errors":[],"WasSuccessful":true,"More":1}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful true for a null id", scripttest.OK(`{"WasSuccessful":true,"Value":{"Id":null}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful true for two ids", scripttest.OK(`{"WasSuccessful":true,"Value":{"Id":87654321,"Id":87654321}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful true and false", scripttest.OK(`{"WasSuccessful":true,"Value":{"Id":87654321},"WasSuccessful":false}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful under another name", scripttest.OK(`{"wasSuccessful":true,"Value":{"Id":87654321}}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a 200 of an empty object", scripttest.OK(`{}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"an empty 202", scripttest.Response{Status: 202}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 202}},
		{"a 202 with WasSuccessful true", scripttest.Status(202, updated), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 202}},
		{"a login page", answer(200, "text/html", "<!doctype html><html><body>Sign in</body></html>"), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a truncated WasSuccessful false", scripttest.OK(`{"Status":200,"Message":"no","Value":null,"WasSuccessful":fal`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"WasSuccessful true for another record", scripttest.OK(strings.Replace(updated, "87654321", "87654322", 1)), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a 200 of null", scripttest.OK(`null`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a 200 of nothing", scripttest.OK(``), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a 204", scripttest.Response{Status: 204}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 204}},
		{"a 200 of a text", scripttest.OK(`"OK"`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a 200 that is truncated", scripttest.OK(updated[:100]), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a 200 of HTML", answer(200, "text/html", "<html></html>"), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a 200 with the request id", scripttest.Response{Header: http.Header{"X-Request-Id": {"req-7"}}}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200, RequestID: "req-7"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, test.answer)
			result, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil))
			got, ok := errors.AsType[*credit.Error](err)
			if !ok || result != nil {
				t.Fatalf("got %v, %v; want a *credit.Error", result, err)
			}
			test.want.Vendor, test.want.Op, test.want.Attempts = "nexudus", "UpdateCoworkerBookingCredit", 1
			if diff := cmp.Diff(test.want, *got, cmpopts.IgnoreFields(credit.Error{}, "Err")); diff != "" {
				t.Error(diff)
			}
			if !errors.Is(err, test.want.Kind) || credit.OutcomeOf(err) != test.want.Outcome {
				t.Errorf("%v is not seen as %v and %v", err, test.want.Kind, test.want.Outcome)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("%v shows the token", err)
			}
		})
	}
}

// A wrong label, another of the statuses of a success and a byte order mark are no
// reason to doubt a yes.
func TestUpdateReadsASuccessInAnotherDress(t *testing.T) {
	for _, a := range []scripttest.Response{
		answer(200, "text/plain", updated),
		scripttest.OK(`{"Value":{"Id":87654321,"More":1},"UpdatedOn":null,"UpdatedBy":null,"Errors":[],"WasSuccessful":true,"More":1}`),
		{Status: 201, Body: updated},
		{Status: 203, Body: updated},
		{Body: "\ufeff" + updated},
	} {
		client, _ := connect(t, a)
		if result, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil)); err != nil || !result.WasSuccessful {
			t.Errorf("%s gives %v, %v", a.Body, result, err)
		}
	}
}

func TestReadErrorsChangeNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		kind   credit.Kind
	}{
		{"401", scripttest.Status(401, ``), credit.ErrUnauthorized},
		{"404", scripttest.Status(404, `"Not found"`), credit.ErrNotFound},
		{"500", scripttest.Status(500, `{"Message":"An error has occurred."}`), credit.ErrUnavailable},
		{"another record", scripttest.OK(strings.Replace(record, "87654321", "87654322", 1)), credit.ErrMalformed},
		{"a list", scripttest.OK(`{"Records":[` + record + `],"TotalItems":1}`), credit.ErrMalformed},
		{"a batch", scripttest.OK(`[` + record + `]`), credit.ErrMalformed},
		{"an empty object", scripttest.OK(`{}`), credit.ErrMalformed},
		{"null", scripttest.OK(`null`), credit.ErrMalformed},
		{"nothing", scripttest.OK(``), credit.ErrMalformed},
		{"HTML", answer(200, "text/html", `<html>`), credit.ErrMalformed},
		{"an odd amount", scripttest.OK(strings.Replace(record, "50.00", `"fifty"`, 1)), credit.ErrMalformed},
	} {
		client, _ := connect(t, test.answer)
		got, err := client.GetCoworkerBookingCredit(t.Context(), 87654321)
		e, ok := errors.AsType[*credit.Error](err)
		if got != nil || !ok || e.Kind != test.kind || e.Outcome != credit.NotSent || e.Op != "GetCoworkerBookingCredit" {
			t.Errorf("%s gives %v, %v; want %v with nothing sent", test.name, got, err, test.kind)
		}
	}
}

// A throttle is a vendor whose responses the test sets.
type throttle struct {
	answers []func() *http.Response
	at      []time.Time
}

func (v *throttle) RoundTrip(*http.Request) (*http.Response, error) {
	v.at = append(v.at, time.Now())
	return v.answers[min(len(v.at), len(v.answers))-1](), nil
}

// waits is a throttle's answer, with an empty body as the page has it.
func waits(status int, retryAfter string) func() *http.Response {
	return func() *http.Response {
		return &http.Response{
			Status:     "409 You must wait before accessing this url again.",
			StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}, Body: http.NoBody,
		}
	}
}

func yes() *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(updated)), ContentLength: -1}
}

// Nexudus uses 409 for rate limiting, and 429 as other vendors do.
func TestThrottleIsWaitedFor(t *testing.T) {
	for _, test := range []struct {
		name       string
		status     int
		header     string
		answers    int // throttled ones
		waits      []time.Duration
		ok         bool
		retryAfter time.Duration
	}{
		{"409 once", 409, "1", 1, []time.Duration{time.Second}, true, 0},
		{"429 once", 429, "1", 1, []time.Duration{time.Second}, true, 0},
		{"409 to the end", 409, "1", 4, []time.Duration{time.Second, time.Second, time.Second}, false, time.Second},
		{"429 to the end", 429, "2", 4, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second}, false, 2 * time.Second},
		{"409 for longer than MaxWait", 409, "31", 1, nil, false, 31 * time.Second},
		{"429 for longer than MaxWait", 429, "3600", 1, nil, false, time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor := &throttle{}
				for range test.answers {
					vendor.answers = append(vendor.answers, waits(test.status, test.header))
				}
				vendor.answers = append(vendor.answers, yes)
				client, err := nexudus.New(credit.StaticToken(token), credit.WithTransport(vendor))
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil))
				var waited []time.Duration
				for i := 1; i < len(vendor.at); i++ {
					waited = append(waited, vendor.at[i].Sub(vendor.at[i-1]))
				}
				if diff := cmp.Diff(test.waits, waited); diff != "" {
					t.Errorf("waited (-want +got)\n%s", diff)
				}
				if test.ok {
					if err != nil {
						t.Error(err)
					}
					return
				}
				want := credit.Error{
					Vendor: "nexudus", Op: "UpdateCoworkerBookingCredit", Kind: credit.ErrRateLimited, Outcome: credit.Rejected,
					StatusCode: test.status, RetryAfter: test.retryAfter, Attempts: len(test.waits) + 1,
				}
				got, ok := errors.AsType[*credit.Error](err)
				if !ok {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, *got); diff != "" {
					t.Error(diff)
				}
				if errors.Is(err, credit.ErrConflict) {
					t.Error("a throttle passes for a conflict")
				}
			})
		})
	}
}

func TestThrottledReadIsWaitedFor(t *testing.T) {
	client, server := connect(t, scripttest.Response{Status: 409, Header: http.Header{"Retry-After": {"0"}}}, scripttest.OK(record))
	if _, err := client.GetCoworkerBookingCredit(t.Context(), 87654321); err != nil || len(server.Requests()) != 2 {
		t.Errorf("%v after %d requests, want success after 2", err, len(server.Requests()))
	}
}

func TestWhatIsSentAgain(t *testing.T) {
	for status, want := range map[int]int{
		300: 1, 303: 1, 307: 1, 308: 1,
		400: 1, 401: 1, 403: 1, 404: 1, 412: 1, 422: 1, 425: 1, 460: 1, 499: 1, 500: 1, 501: 1,
		408: 2, 409: 2, 429: 2, 502: 2, 503: 2, 504: 2,
	} {
		answers := []scripttest.Response{{Status: status, Header: http.Header{"Retry-After": {"0"}}}, scripttest.OK(updated)}
		client, server := connect(t, answers[:want]...)
		_, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil))
		if n := len(server.Requests()); n != want || (err == nil) != (want == 2) {
			t.Errorf("%d: %v after %d requests, want %d", status, err, n, want)
		}
	}
}

// The statuses that leave the outcome unknown, and those that reject.
func TestStatusDecidesTheOutcome(t *testing.T) {
	for status, want := range map[int]credit.Outcome{
		300: credit.Unknown, 301: credit.Unknown, 302: credit.Unknown, 303: credit.Unknown, 304: credit.Unknown,
		307: credit.Rejected, 308: credit.Rejected,
		400: credit.Rejected, 405: credit.Rejected, 409: credit.Rejected, 429: credit.Rejected, 451: credit.Rejected,
		408: credit.Unknown, 425: credit.Unknown, 460: credit.Unknown, 499: credit.Unknown,
		500: credit.Unknown, 501: credit.Unknown, 502: credit.Unknown, 503: credit.Unknown, 504: credit.Unknown, 599: credit.Unknown,
	} {
		once := credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})
		client, err := nexudus.New(credit.StaticToken(token), credit.WithTransport(scripttest.NewTransport(t, scripttest.Response{Status: status})), once)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil)); credit.OutcomeOf(err) != want {
			t.Errorf("%d: %v, want the outcome %v", status, err, want)
		}
		client, err = nexudus.New(credit.StaticToken(token), credit.WithTransport(scripttest.NewTransport(t, scripttest.OK(held), scripttest.Response{Status: status})), once)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = client.Updater().Update(t.Context(), ref, three); credit.OutcomeOf(err) != want {
			t.Errorf("%d to the facade: %v, want the outcome %v", status, err, want)
		}
	}
}

// The same yes in an answer of every status of the 200s. A read is whole with a
// 200 alone.
func TestSuccessStatuses(t *testing.T) {
	for status := 200; status < 300; status++ {
		want := credit.Unknown
		if status == 200 || status == 201 || status == 203 {
			want = 0
		}
		client, _ := play(t, scripttest.Status(status, updated))
		_, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil))
		if credit.OutcomeOf(err) != want || want != 0 && !errors.Is(err, credit.ErrMalformed) {
			t.Errorf("%d: %v, want the outcome %v", status, err, want)
		}
		client, _ = play(t, scripttest.OK(held), scripttest.Status(status, updated))
		if _, err = client.Updater().Update(t.Context(), ref, three); credit.OutcomeOf(err) != want {
			t.Errorf("%d to the facade: %v, want the outcome %v", status, err, want)
		}
		if status == 200 {
			continue
		}
		client, _ = play(t, scripttest.Status(status, held))
		result, err := client.Updater().Update(t.Context(), ref, three)
		failed[*credit.MalformedReadError](t, result, err, credit.NotSent)
		client, _ = play(t, scripttest.Status(status, record))
		if _, err = client.GetCoworkerBookingCredit(t.Context(), 87654321); !errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%d to a read: %v", status, err)
		}
	}
}

// A truncated response proves nothing, not even if it looks like a rejection. The
// record may be sent twice, commands may not.
func TestSuccessThatBreaksOffIsSentAgain(t *testing.T) {
	cut := scripttest.Response{Cut: true, Body: `{"Status":200,"Message":"no","Value":null,"WasSuccessful":fal`}
	client, server := connect(t, cut, scripttest.OK(updated))
	if _, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil)); err != nil || len(server.Requests()) != 2 {
		t.Errorf("%v after %d requests, want success after 2", err, len(server.Requests()))
	}
	client, server = connect(t, cut)
	_, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(func(u *nexudus.CoworkerBookingCreditUpdate) { u.AddedElegiblePasses = []int64{1} }))
	if credit.OutcomeOf(err) != credit.Unknown || !errors.Is(err, credit.ErrMalformed) || len(server.Requests()) != 1 {
		t.Errorf("%v after %d requests, want unknown after 1", err, len(server.Requests()))
	}
}
