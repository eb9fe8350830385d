package flexprice_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// Every answer that the server gives, and what goes wrong on the way.
func TestUpdateCreditGrantErrors(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	plain := http.Header{"Content-Type": {"text/plain"}}
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		want   credit.Error
	}{
		// The handlers' shape.
		{
			"404",
			scripttest.Status(404, `{"code":"not_found","message":"Credit grant not found","http_status_code":404,"details":{"id":"cg_1"}}`),
			credit.Error{
				Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Code: "not_found", Message: "Credit grant not found",
				Fields: []credit.FieldError{{Field: "id", Message: "cg_1"}},
			},
		},
		{
			"400 of a request that cannot be read",
			scripttest.Status(400, `{"code":"validation_error","message":"Invalid request format","http_status_code":400}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: "validation_error", Message: "Invalid request format"},
		},
		{
			"400 of an empty name",
			scripttest.Status(400, `{"code":"validation_error","message":"Please provide a name for the credit grant","http_status_code":400}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: "validation_error", Message: "Please provide a name for the credit grant"},
		},
		{
			"500 of the database",
			scripttest.Status(500, `{"code":"database_error","message":"Failed to update credit grant","http_status_code":500}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Code: "database_error", Message: "Failed to update credit grant"},
		},
		{
			"details of any type, in the order of their names",
			scripttest.Status(400, `{"code":"validation_error","message":"bad","http_status_code":400,"details":{"z":"text","a":7.50,"b":true,"c":null,"d":["x",1],"e":{"f":"g"},"h":""}}`),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: "validation_error", Message: "bad",
				Fields: []credit.FieldError{
					{Field: "a", Message: "7.50"},
					{Field: "b", Message: "true"},
					{Field: "c", Message: "null"},
					{Field: "d", Message: `["x",1]`},
					{Field: "e", Message: `{"f":"g"}`},
					{Field: "h", Message: `""`},
					{Field: "z", Message: "text"},
				},
			},
		},
		{
			"details that are no object",
			scripttest.Status(400, `{"code":"validation_error","message":"bad","details":["a"]}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: "validation_error", Message: "bad"},
		},
		{
			"odd members",
			scripttest.Status(400, `{"code":7,"message":"bad","http_status_code":"400","details":null}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "bad"},
		},

		// The key check.
		{
			"401",
			scripttest.Status(401, `{"error":"Unauthorized"}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Unauthorized"},
		},
		{
			"401 of a header",
			scripttest.Status(401, `{"error":"Invalid authorization header format"}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Invalid authorization header format"},
		},
		{
			"401 of a token",
			scripttest.Status(401, `{"error":"Invalid token"}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Invalid token"},
		},
		{
			"401 of claims",
			scripttest.Status(401, `{"error":"Invalid token claims"}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Invalid token claims"},
		},

		// The environment check.
		{
			"403 of the environment",
			scripttest.Status(403, `{"error":"Access denied","message":"Invalid or inaccessible environment"}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, Message: "Access denied: Invalid or inaccessible environment"},
		},
		{
			"500 of the environment",
			scripttest.Status(500, `{"error":"Internal server error","message":"Failed to resolve environment"}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Rejected, StatusCode: 500, Message: "Internal server error: Failed to resolve environment"},
		},

		// The access check.
		{
			"403 of the role",
			scripttest.Status(403, `{"message":"insufficient permissions"}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, Message: "insufficient permissions"},
		},
		{
			"403 of the tenant",
			scripttest.Status(403, `{"message":"tenant account is suspended"}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, Message: "tenant account is suspended"},
		},
		{
			"500 of the tenant",
			scripttest.Status(500, `{"message":"failed to verify tenant access"}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Rejected, StatusCode: 500, Message: "failed to verify tenant access"},
		},
		{
			"500 with other words",
			scripttest.Status(500, `{"error":"Internal server error","message":"Failed to resolve environment of the grant"}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "Internal server error: Failed to resolve environment of the grant"},
		},
		{
			"503 with the words of a check",
			scripttest.Status(503, `{"message":"failed to verify tenant access"}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 503, Message: "failed to verify tenant access"},
		},

		// The router, and a crash.
		{
			"404 of the router",
			scripttest.Response{Status: 404, Header: plain, Body: "404 page not found"},
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Message: "404 page not found"},
		},
		{
			"500 of a crash",
			scripttest.Response{Status: 500},
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500},
		},

		// Before April 2026.
		{
			"404 of an old server",
			scripttest.Status(404, `{"success":false,"error":{"message":"Credit grant not found","internal_error":"ent: not found","details":{"id":"cg_1"}}}`),
			credit.Error{
				Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Message: "Credit grant not found",
				Fields: []credit.FieldError{{Field: "id", Message: "cg_1"}},
			},
		},
		{
			"500 of an old server",
			scripttest.Status(500, `{"success":false,"error":{"message":"An unexpected error occurred","internal_error":"pq: planted"}}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "An unexpected error occurred"},
		},

		// The rest.
		{
			"429 of a gateway",
			scripttest.Response{Status: 429, Header: http.Header{"Retry-After": {"7"}}, Body: `{"error":"Rate limit exceeded"}`},
			credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, Message: "Rate limit exceeded", RetryAfter: 7 * time.Second},
		},
		{
			"a page of HTML",
			scripttest.Response{Status: 502, Header: html, Body: "<html>inside</html>"},
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 502},
		},
		{
			"a request id",
			scripttest.Response{Status: 401, Header: http.Header{"X-Request-Id": {"01JZX4QN5Y8M2T7R0V6W3B9KDE"}}, Body: `{"error":"Unauthorized"}`},
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Unauthorized", RequestID: "01JZX4QN5Y8M2T7R0V6W3B9KDE"},
		},
		{
			"an answer that quotes the key",
			scripttest.Status(400, `{"code":"`+apiKey+`","message":"key `+apiKey+`","details":{"`+apiKey+`":"is `+apiKey+`"}}`),
			credit.Error{
				Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: "[redacted]", Message: "key [redacted]",
				Fields: []credit.FieldError{{Field: "[redacted]", Message: "is [redacted]"}},
			},
		},
		{
			"307 for a slash",
			scripttest.Response{Status: 307, Header: http.Header{"Location": {"/v1/creditgrants/x"}}},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Rejected, StatusCode: 307, Message: "redirected, which is refused"},
		},
		{"300", scripttest.Response{Status: 300}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 300, Message: "redirected, which is refused"}},
		{"301", scripttest.Response{Status: 301}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 301, Message: "redirected, which is refused"}},
		{"302", scripttest.Response{Status: 302}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 302, Message: "redirected, which is refused"}},
		{"303", scripttest.Response{Status: 303}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 303, Message: "redirected, which is refused"}},
		{"308", scripttest.Response{Status: 308}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Rejected, StatusCode: 308, Message: "redirected, which is refused"}},
		{"408", scripttest.Response{Status: 408}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 408}},
		{"425", scripttest.Response{Status: 425}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 425}},
		{"460", scripttest.Response{Status: 460}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 460}},
		{"499", scripttest.Response{Status: 499}, credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 499}},

		{
			"a success of the old error",
			scripttest.OK(`{"success":false,"error":{"message":"no"}}`),
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200},
		},
		{"a success with two ids", scripttest.OK(`{"id":"cg_2",` + strings.TrimLeft(grant, " \n{")), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success that is truncated", scripttest.Response{Cut: true, Body: grant}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of null", scripttest.OK(`null`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of nothing", scripttest.OK(``), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success without a body", scripttest.Response{Status: 204}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 204}},
		{"a success without an id", scripttest.OK(`{}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of another grant", scripttest.OK(`{"id":"cg_2"}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of a grant in another case", scripttest.OK(`{"id":"` + strings.ToLower(grantID) + `"}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of a list", scripttest.OK(`[` + grant + `]`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success with an amount of words", scripttest.OK(`{"id":"` + grantID + `","credits":"many"}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200}},
		{"a success cut short", scripttest.OK(grant[:len(grant)-1]), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{"a success of HTML", scripttest.Response{Header: html, Body: "<html></html>"}, credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200}},
		{
			"a success with a request id",
			scripttest.Response{Header: http.Header{"X-Request-Id": {"r-1"}}, Body: `{}`},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200, RequestID: "r-1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := once(t, test.answer).UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{Name: new("n")})
			test.want.Op = "UpdateCreditGrant"
			checkError(t, got, err, test.want)
		})
		t.Run(test.name+", reading", func(t *testing.T) {
			got, err := once(t, test.answer).GetCreditGrant(t.Context(), grantID)
			test.want.Op, test.want.Outcome = "GetCreditGrant", credit.NotSent // a read changes nothing
			checkError(t, got, err, test.want)
		})
	}
}

// once returns a client that sends nothing again.
func once(t *testing.T, answer scripttest.Response) *flexprice.Client {
	t.Helper()
	server := scripttest.NewServer(t, answer)
	return newClient(t, server.URL, credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
}

func checkError(t *testing.T, grant *flexprice.CreditGrant, err error, want credit.Error) {
	t.Helper()
	got, ok := errors.AsType[*credit.Error](err)
	if !ok || grant != nil {
		t.Fatalf("got %v, %v; want a *credit.Error", grant, err)
	}
	want.Vendor, want.Attempts = "flexprice", 1
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreFields(credit.Error{}, "Err")); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(err, want.Kind) {
		t.Errorf("errors.Is does not see %v in %v", want.Kind, err)
	}
	for _, secret := range []string{apiKey, "planted"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s is in %v", secret, err)
		}
	}
}

// The server's own table of codes and statuses.
func TestCodesAndStatuses(t *testing.T) {
	for code, test := range map[flexprice.ErrorCode]struct {
		status  int
		kind    credit.Kind
		outcome credit.Outcome
		again   bool
	}{
		flexprice.ErrorCodeNotFound:           {404, credit.ErrNotFound, credit.Rejected, false},
		flexprice.ErrorCodeAlreadyExists:      {409, credit.ErrConflict, credit.Rejected, false},
		flexprice.ErrorCodeVersionConflict:    {409, credit.ErrConflict, credit.Rejected, false},
		flexprice.ErrorCodeValidationError:    {400, credit.ErrInvalid, credit.Rejected, false},
		flexprice.ErrorCodeInvalidOperation:   {400, credit.ErrInvalid, credit.Rejected, false},
		flexprice.ErrorCodePermissionDenied:   {403, credit.ErrForbidden, credit.Rejected, false},
		flexprice.ErrorCodeTooManyRequests:    {429, credit.ErrRateLimited, credit.Rejected, true},
		flexprice.ErrorCodeHTTPClientError:    {500, credit.ErrUnavailable, credit.Unknown, false},
		flexprice.ErrorCodeDatabaseError:      {500, credit.ErrUnavailable, credit.Unknown, false},
		flexprice.ErrorCodeSystemError:        {500, credit.ErrUnavailable, credit.Unknown, false},
		flexprice.ErrorCodeInternalError:      {500, credit.ErrUnavailable, credit.Unknown, false},
		flexprice.ErrorCodeNotImplemented:     {501, credit.ErrUnavailable, credit.Unknown, false},
		flexprice.ErrorCodeServiceUnavailable: {503, credit.ErrUnavailable, credit.Unknown, true},
		"a_new_code":                          {409, credit.ErrConflict, credit.Rejected, false},
		"":                                    {500, credit.ErrUnavailable, credit.Unknown, false},
	} {
		t.Run(string(code), func(t *testing.T) {
			no := scripttest.Status(test.status, fmt.Sprintf(`{"code":%q,"message":"no","http_status_code":%d}`, code, test.status))
			attempts := 1
			if test.again {
				attempts = 4
			}
			client, server := connect(t, no, no, no, no)
			_, err := client.UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{Name: new("n")})
			got, ok := errors.AsType[*credit.Error](err)
			if !ok {
				t.Fatalf("got %v, want a *credit.Error", err)
			}
			want := credit.Error{
				Vendor: "flexprice", Op: "UpdateCreditGrant", Kind: test.kind, Outcome: test.outcome,
				StatusCode: test.status, Code: string(code), Message: "no", Attempts: attempts,
			}
			if diff := cmp.Diff(want, *got); diff != "" {
				t.Error(diff)
			}
			if n := len(server.Requests()); n != attempts {
				t.Errorf("%d requests, want %d", n, attempts)
			}
		})
	}
}

// The code counts where a gateway has changed the status.
func TestTheCodeDecidesOnTheKind(t *testing.T) {
	_, err := once(t, scripttest.Status(400, `{"code":"not_found","message":"no"}`)).GetCreditGrant(t.Context(), grantID)
	if !errors.Is(err, credit.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
}

func TestA500IsNotSentAgain(t *testing.T) {
	for name, body := range map[string]string{
		"of the database":    `{"code":"database_error","message":"no","http_status_code":500}`,
		"of the environment": `{"error":"Internal server error","message":"Failed to resolve environment"}`,
		"of the tenant":      `{"message":"failed to verify tenant access"}`,
		"of a crash":         "",
	} {
		for op, call := range calls {
			client, server := connect(t, scripttest.Status(500, body))
			if _, err := call(t.Context(), client, grantID); !errors.Is(err, credit.ErrUnavailable) || len(server.Requests()) != 1 {
				t.Errorf("%s after a 500 %s: %v after %d requests, want one", op, name, err, len(server.Requests()))
			}
		}
	}
}

// The server writes the end date in a second step, and may refuse that alone.
func TestA400ToTwoStepsIsUnknown(t *testing.T) {
	date := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	const (
		archived   = `{"code":"validation_error","message":"Credit grant is already archived","http_status_code":400}`
		past       = `{"code":"validation_error","message":"bad","http_status_code":400,"details":{"end_date":"must be in the future"}}`
		unreadable = `{"code":"validation_error","message":"Invalid request format","http_status_code":400}`
		badDate    = `{"code":"validation_error","message":"Please provide a valid end date","http_status_code":400}`
		before     = `{"success":false,"error":{"message":"Invalid request format"}}`
	)
	for _, test := range []struct {
		name   string
		req    flexprice.UpdateCreditGrantRequest
		answer scripttest.Response
		want   credit.Outcome
	}{
		{"a name and a date", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(400, archived), credit.Unknown},
		{"metadata and a date", flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{"a": "b"}, EndDate: date}, scripttest.Status(400, past), credit.Unknown},
		{"cleared metadata and a date", flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{}, EndDate: date}, scripttest.Status(400, archived), credit.Unknown},
		{"all three", flexprice.UpdateCreditGrantRequest{Name: new("n"), Metadata: map[string]string{}, EndDate: date}, scripttest.Status(400, ""), credit.Unknown},
		{"a request that was not read", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(400, unreadable), credit.Rejected},
		{"the same, by an old server", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(400, before), credit.Rejected},
		{"a date alone", flexprice.UpdateCreditGrantRequest{EndDate: date}, scripttest.Status(400, archived), credit.Rejected},
		{"a name alone", flexprice.UpdateCreditGrantRequest{Name: new("n")}, scripttest.Status(400, archived), credit.Rejected},
		{"a name and a date, not found", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(404, ""), credit.Rejected},
		{"a name and a date, no access", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(403, `{"message":"insufficient permissions"}`), credit.Rejected},
		{"a name and a date, in a crash", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(500, ""), credit.Unknown},
		{"a name and a date, unreadable", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.OK(`{}`), credit.Unknown},
		{"a name and a bad date", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(400, badDate), credit.Rejected},
		{"all three, with a bad date", flexprice.UpdateCreditGrantRequest{Name: new("n"), Metadata: map[string]string{}, EndDate: date}, scripttest.Status(400, badDate), credit.Rejected},
		{"words around a bad date", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, scripttest.Status(400, `{"message":"Please provide a valid end date or none"}`), credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answer)
			got, err := client.UpdateCreditGrant(t.Context(), grantID, test.req)
			if got != nil || credit.OutcomeOf(err) != test.want || len(server.Requests()) != 1 {
				t.Errorf("got %v, %v after %d requests; want %v after one", got, err, len(server.Requests()), test.want)
			}
		})
	}
}

// The server loads the grant before it writes anything; with an end date it loads
// it once more after the write.
func TestA500OfTheFirstReadIsRejected(t *testing.T) {
	date := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	const failed = `{"code":"database_error","message":"Failed to get credit grant","http_status_code":500}`
	for _, test := range []struct {
		name  string
		req   flexprice.UpdateCreditGrantRequest
		patch credit.Patch
		body  string
		want  credit.Outcome
	}{
		{"a name", flexprice.UpdateCreditGrantRequest{Name: new("n")}, credit.Patch{Name: credit.Set("n")}, failed, credit.Rejected},
		{"metadata", flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{}}, credit.Patch{Metadata: credit.Clear[map[string]string]()}, failed, credit.Rejected},
		{"a date", flexprice.UpdateCreditGrantRequest{EndDate: date}, credit.Patch{ExpiresAt: credit.Set(date)}, failed, credit.Unknown},
		{"a name and a date", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, credit.Patch{Name: credit.Set("n"), ExpiresAt: credit.Set(date)}, failed, credit.Unknown},
		{"another failure", flexprice.UpdateCreditGrantRequest{Name: new("n")}, credit.Patch{Name: credit.Set("n")}, `{"code":"database_error","message":"Failed to update credit grant"}`, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, scripttest.Status(500, test.body))
			_, err := client.UpdateCreditGrant(t.Context(), grantID, test.req)
			if !errors.Is(err, credit.ErrUnavailable) || credit.OutcomeOf(err) != test.want {
				t.Errorf("%v, want unavailable and %v", err, test.want)
			}
			answers := []scripttest.Response{scripttest.Status(500, test.body)}
			if !test.patch.ExpiresAt.IsZero() {
				answers = append([]scripttest.Response{shows(subscription)}, answers...)
			}
			client, _ = connect(t, answers...)
			_, err = client.Updater().Update(t.Context(), ref, test.patch)
			if !errors.Is(err, credit.ErrUnavailable) || credit.OutcomeOf(err) != test.want {
				t.Errorf("the facade: %v, want unavailable and %v", err, test.want)
			}
		})
	}
}

// The same grant in an answer of every status of the 200s. A read is whole with a
// 200 alone.
func TestSuccessStatuses(t *testing.T) {
	for status := 200; status < 300; status++ {
		want := credit.Unknown
		if status == 200 || status == 201 || status == 203 {
			want = 0
		}
		play := func(answers ...scripttest.Response) *flexprice.Client {
			return newClient(t, flexprice.RegionUS, credit.WithTransport(scripttest.NewTransport(t, answers...)))
		}
		_, err := play(scripttest.Status(status, grant)).UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{Name: new("n")})
		if credit.OutcomeOf(err) != want || want != 0 && !errors.Is(err, credit.ErrMalformed) {
			t.Errorf("%d: %v, want the outcome %v", status, err, want)
		}
		_, err = play(scripttest.Status(status, held(`,"name":"Gold"`))).Updater().Update(t.Context(), ref, fieldPatches()["set name"])
		if credit.OutcomeOf(err) != want {
			t.Errorf("%d to the facade: %v, want the outcome %v", status, err, want)
		}
		if status == 200 {
			continue
		}
		_, err = play(scripttest.Status(status, grant)).GetCreditGrant(t.Context(), grantID)
		if !errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%d to a read: %v", status, err)
		}
		_, err = play(scripttest.Status(status, held(subscription))).Updater().Update(t.Context(), ref, fieldPatches()["set expires_at"])
		if !errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%d to the read of an update: %v", status, err)
		}
	}
}

// A truncated response proves nothing, and the update is idempotent.
func TestSuccessThatBreaksOffIsSentAgain(t *testing.T) {
	client, server := connect(t, scripttest.Response{Cut: true, Body: grant[:20]}, scripttest.OK(grant))
	if _, err := client.UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{Name: new("n")}); err != nil || len(server.Requests()) != 2 {
		t.Errorf("%v after %d requests, want success after 2", err, len(server.Requests()))
	}
}

// An end date that arrived before the connection was lost archives a plan's
// grant, and the vendor rejects the second attempt for that reason.
func TestARefusalAfterALostConnectionStaysUnknown(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Lost: true},
		scripttest.Status(400, `{"code":"validation_error","message":"Credit grant is already archived","http_status_code":400}`))
	_, err := client.UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{EndDate: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)})
	if !errors.Is(err, credit.ErrInvalid) || credit.OutcomeOf(err) != credit.Unknown {
		t.Errorf("got %v, want invalid and unknown", err)
	}
}

// The body decides, not its label.
func TestUpdateCreditGrantReadsAMislabelledAnswer(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Header: http.Header{"Content-Type": {"text/plain"}}, Body: grant})
	if _, err := client.UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{}); err != nil {
		t.Error(err)
	}
}

func TestUpdateCreditGrantWaitsForA429(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		client, err := flexprice.New(apiKey, credit.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			at = append(at, time.Now())
			if len(at) == 1 {
				return &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"7"}}}, nil
			}
			return &http.Response{StatusCode: 404}, nil
		})))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{})
		if !errors.Is(err, credit.ErrNotFound) || len(at) != 2 || at[1].Sub(at[0]) != 7*time.Second {
			t.Errorf("%v after attempts at %v, want not found 7 s later", err, at)
		}
	})
}
