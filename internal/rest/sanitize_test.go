package rest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestStandardKind(t *testing.T) {
	for status, want := range map[int]credit.Kind{
		200: credit.ErrMalformed, 204: credit.ErrMalformed, 301: credit.ErrMalformed, 304: credit.ErrMalformed, 399: credit.ErrMalformed,
		400: credit.ErrInvalid, 402: credit.ErrInvalid, 405: credit.ErrInvalid, 406: credit.ErrInvalid, 410: credit.ErrInvalid,
		413: credit.ErrInvalid, 415: credit.ErrInvalid, 418: credit.ErrInvalid, 422: credit.ErrInvalid, 451: credit.ErrInvalid,
		401: credit.ErrUnauthorized,
		403: credit.ErrForbidden,
		404: credit.ErrNotFound,
		408: credit.ErrUnavailable, 425: credit.ErrUnavailable, 460: credit.ErrUnavailable, 499: credit.ErrUnavailable,
		409: credit.ErrConflict, 412: credit.ErrConflict,
		429: credit.ErrRateLimited,
		500: credit.ErrUnavailable, 501: credit.ErrUnavailable, 502: credit.ErrUnavailable, 503: credit.ErrUnavailable, 504: credit.ErrUnavailable, 599: credit.ErrUnavailable,
	} {
		if got := StandardKind(status); got != want {
			t.Errorf("%d is %q, want %q", status, got, want)
		}
	}
}

func TestPlainTextReadsOnlyShortText(t *testing.T) {
	const text = "text/plain; charset=utf-8"
	long := strings.Repeat("a", maxMessage)
	for _, test := range []struct{ label, body, want string }{
		{text, "404 page not found\n", "404 page not found"},
		{"text/plain", "  no  ", "no"},
		{"TEXT/PLAIN", "no", "no"},
		{text, long, long},
		{text, long + "a", ""},
		{text, "", ""},
		{text, " \n", ""},
		{text, "<!DOCTYPE html>", ""},
		{text, " <html>", ""},
		{text, `{"message":"no"}`, ""},
		{text, `["no"]`, ""},
		{"text/html", "no", ""},
		{"application/json", "no", ""},
		{"", "no", ""},
		{"text", "no", ""},
	} {
		a := &Response{Header: http.Header{"Content-Type": {test.label}}, Body: []byte(test.body)}
		if got := PlainText(a); got != test.want {
			t.Errorf("%s %q gives %q, want %q", test.label, test.body, got, test.want)
		}
	}
}

// A vendor's text may come from the writer of the record, or quote the request.
func TestVendorTextsAreSanitized(t *testing.T) {
	s := play(`400 {"message":"cannot read {\"id\":\"private-7\"}\u202e","code":"bad\u200bcode","fields":{"id\u2066":"` + strings.ToUpper(secret) + `"}}`)
	s.head = http.Header{"X-Request-Id": {"r\u202e1"}}
	_, err := do(t, newClient(t, s), &opUnsafe, Call{Body: thing{ID: "private-7"}})
	want := &credit.Error{
		Vendor: "acme", Op: opUnsafe.ID, Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Attempts: 1,
		Message: `cannot read [request body]\u202e`, Code: `bad\u200bcode`, RequestID: `r\u202e1`,
		Fields: []credit.FieldError{{Field: `id\u2066`, Message: "[redacted]"}},
	}
	if diff := cmp.Diff(want, failure(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	hides(t, err, "private", "\u202e", "\u200b", "\u2066", strings.ToUpper(secret))
}

// How long to wait is read from the same details as the error, so that each
// response is explained once.
func TestEachErrorResponseIsDecodedOnce(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps []string
		want  []int
	}{
		{"retried to the end", []string{"503", "503", "503", "503"}, []int{503, 503, 503, 503}},
		{"retried, then refused", []string{"429", "404"}, []int{429, 404}},
		{"retried, then a success", []string{"503", `200 {"id":"7"}`}, []int{503}},
		{"redirect", []string{"302"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var explained []int
			count := func(a *Response) ErrorDetails {
				explained = append(explained, a.Status)
				return decodeErrorBody(a)
			}
			call := Call{IDs: []string{"acme", "7"}, IDFields: []string{"tenant", "id"}, Body: thing{ID: "7"}}
			c := newClient(t, play(test.steps...))
			c.decodeError = count
			_, _ = do(t, c, &opSafe, call)
			if !slices.Equal(explained, test.want) {
				t.Errorf("explained %v, want %v", explained, test.want)
			}

			explained = nil
			c = newClient(t, play(test.steps...))
			call.DecodeError = count
			_, _ = do(t, c, &opSafe, call)
			if !slices.Equal(explained, test.want) {
				t.Errorf("explained %v by the call's own, want %v", explained, test.want)
			}
		})
	}
}
