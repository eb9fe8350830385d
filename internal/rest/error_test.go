package rest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
)

func TestErrorResponseFillsTheError(t *testing.T) {
	s := play(`422 {"code":"Bad","message":"no good","fields":{"name":"is taken"}}`)
	s.head = http.Header{"X-Request-Id": {"req-17"}, "Retry-After": {"7"}}
	_, err := send(t, newClient(t, s), &opKeyed, credit.WithIdempotencyKey("k-1"))
	want := &credit.Error{
		Vendor: "acme", Op: "EditCredit", Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 422,
		Code: "Bad", Message: "no good", Fields: []credit.FieldError{{Field: "name", Message: "is taken"}},
		RequestID: "req-17", RetryAfter: 7 * time.Second, Attempts: 1, IdempotencyKey: "k-1",
	}
	if diff := cmp.Diff(want, failure(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryStatusOfAnErrorResponse(t *testing.T) {
	for status := 300; status < 600; status++ {
		outcome := credit.Unknown
		if status == 307 || status == 308 || status >= 400 && status < 500 && !slices.Contains([]int{408, 425, 460, 499}, status) {
			outcome = credit.Rejected
		}
		s := play(fmt.Sprint(status))
		_, err := send(t, newClient(t, s, credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})), &opUnsafe)
		want := &credit.Error{Vendor: "acme", Op: "AddCredit", Kind: StandardKind(status), Outcome: outcome, StatusCode: status, Attempts: 1}
		if diff := cmp.Diff(want, failure(t, err), cmpopts.IgnoreFields(credit.Error{}, "Message")); diff != "" {
			t.Errorf("%d (-want +got):\n%s", status, diff)
		}
	}
}

func TestErrorBodiesThatAreNotJSON(t *testing.T) {
	for _, test := range []struct {
		name                 string
		label, body, message string
	}{
		{"a page", "text/html", "<html><body>nginx</body></html>", ""},
		{"a router's no", "text/plain; charset=utf-8", "404 page not found\n", "404 page not found"},
		{"nothing", "application/json", "", ""},
		{"half an object", "application/json", `{"message":"n`, ""},
		{"a list", "application/json", `["no"]`, ""},
		{"odd members", "application/json", `{"message":{"en":"no"},"code":7}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play("404 " + test.body)
			s.label = test.label
			_, err := send(t, newClient(t, s), &opSafe)
			e := failure(t, err)
			if e.Message != test.message || e.Kind != credit.ErrNotFound || e.Outcome != credit.Rejected || e.StatusCode != 404 {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestLongErrorBodyIsStillClassified(t *testing.T) {
	s := play("400 " + strings.Repeat(" ", 65<<10) + `{"message":"no"}`)
	_, err := send(t, newClient(t, s), &opSafe)
	e := failure(t, err)
	if e.StatusCode != 400 || e.Kind != credit.ErrInvalid || e.Outcome != credit.Rejected || e.Err == nil || e.Message != "" {
		t.Errorf("%v", e)
	}
}

func TestRedirectNamesOnlyTheHost(t *testing.T) {
	const other, plain = "redirected to host %s, which is refused: check the base URL", "redirected, which is refused"
	for location, want := range map[string]string{
		"https://evil.test/credits/7?key=1#a": fmt.Sprintf(other, "evil.test"),
		"https://user:pw@evil.test:8443/x":    fmt.Sprintf(other, "evil.test:8443"),
		"//evil.test/x":                       fmt.Sprintf(other, "evil.test"),
		"https://" + secret + ".evil.test/":   fmt.Sprintf(other, "[redacted].evil.test"),
		"/credits/7?key=1":                    plain,
		"login?next=7":                        plain,
		"http://[::1":                         plain,
		"https://evil.test/%zz":               plain,
		"":                                    plain,
	} {
		for _, status := range []string{"301", "302", "303", "307", "308"} {
			s := play(status)
			s.head = http.Header{"Location": {location}}
			_, err := send(t, newClient(t, s), &opUnsafe)
			e := failure(t, err)
			if e.Message != want || e.Kind != credit.ErrMalformed || s.sent() != 1 {
				t.Errorf("%s to %q: %d requests, %v; want %q", status, location, s.sent(), e, want)
			}
		}
	}
}

func TestRetryAfterHeaderWinsOverTheBody(t *testing.T) {
	for _, test := range []struct {
		name   string
		header string
		body   time.Duration
		want   time.Duration
	}{
		{"neither", "", 0, 0},
		{"the body's", "", 5 * time.Second, 5 * time.Second},
		{"the header's", "7", 0, 7 * time.Second},
		{"both", "7", 5 * time.Second, 7 * time.Second},
		{"a header of 0", "0", 5 * time.Second, 0},
		{"an odd header", "soon", 5 * time.Second, 5 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play("429")
			s.head = http.Header{"Retry-After": {test.header}}
			c := newClient(t, s, credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
			c.decodeError = func(*Response) ErrorDetails { return ErrorDetails{Kind: credit.ErrRateLimited, RetryAfter: test.body} }
			_, err := send(t, c, &opSafe)
			if got := failure(t, err).RetryAfter; got != test.want {
				t.Errorf("RetryAfter is %v, want %v", got, test.want)
			}
		})
	}
}

func TestErrorDecoderOverridesTheStatus(t *testing.T) {
	for _, test := range []struct {
		body credit.Outcome
		want credit.Outcome
	}{{0, credit.Unknown}, {credit.Rejected, credit.Rejected}, {credit.Applied, credit.Applied}} {
		c := newClient(t, play("500"))
		c.decodeError = func(*Response) ErrorDetails { return ErrorDetails{Kind: credit.ErrForbidden, Outcome: test.body} }
		_, err := send(t, c, &opSafe)
		if e := failure(t, err); e.Outcome != test.want || e.Kind != credit.ErrForbidden {
			t.Errorf("%v: got %v", test.body, e)
		}
	}
}

func TestVendorsFieldsAreCopied(t *testing.T) {
	fields := []credit.FieldError{{Field: "key " + secret, Message: "is " + secret + "\n"}}
	c := newClient(t, play("400"))
	c.decodeError = func(*Response) ErrorDetails {
		return ErrorDetails{Kind: credit.ErrInvalid, Fields: fields, Code: secret}
	}
	_, err := send(t, c, &opSafe)
	e := failure(t, err)
	want := []credit.FieldError{{Field: "key [redacted]", Message: `is [redacted]\n`}}
	if diff := cmp.Diff(want, e.Fields); diff != "" || e.Code != "[redacted]" {
		t.Errorf("code %s, fields (-want +got):\n%s", e.Code, diff)
	}
	if !strings.Contains(fields[0].Field, secret) {
		t.Error("the vendor package's own slice was changed")
	}
}

func TestCauseIsTheNetworkError(t *testing.T) {
	_, err := send(t, newClient(t, play("lost")), &opUnsafe)
	if !errors.Is(err, errLost) || !errors.Is(err, credit.ErrUnavailable) {
		t.Errorf("errors.Is does not find the cause of %v", err)
	}
}
