package nexudus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/nexudus"
)

func TestTokenEndpointsRefusals(t *testing.T) {
	quoting := `"error_description":"user admin@example.com with password ` + secret + ` is unknown"`
	for _, test := range []struct {
		name   string
		answer *http.Response
		kind   credit.Kind
		says   string // a part of the text
	}{
		{"400 invalid_grant", says(400, `{"error":"invalid_grant",`+quoting+`}`), credit.ErrUnauthorized, "HTTP 400 invalid_grant"},
		{"400 unsupported grant", says(400, `{"error":"unsupported_grant_type"}`), credit.ErrUnauthorized, "HTTP 400 unsupported_grant_type"},
		{"400 that quotes", says(400, `{"error":"`+secret+`"}`), credit.ErrUnauthorized, "HTTP 400"},
		{"401", says(401, secret), credit.ErrUnauthorized, "HTTP 401"},
		{"403", says(403, `{"error":"access_denied",`+quoting+`}`), credit.ErrForbidden, "HTTP 403 access_denied"},
		{"429", says(429, ``), credit.ErrRateLimited, "HTTP 429"},
		{"500", says(500, `{"Message":"`+secret+`"}`), credit.ErrUnavailable, "HTTP 500"},
		{"500 of HTML", says(500, `<html>`+secret), credit.ErrUnavailable, "HTTP 500"},
		{"HTML in a 200", says(200, `<html>`+secret), credit.ErrUnavailable, "no token"},
		{"a 200 without a token", says(200, `{"token_type":"`+secret+`"}`), credit.ErrUnavailable, "no token"},
		{"a redirect", redirects(), credit.ErrMalformed, "HTTP 302"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := &space{token: func(int, url.Values) *http.Response { return test.answer }}
			err := update(t, v.client(t, password()))
			e, ok := errors.AsType[*credit.Error](err)
			if !ok || e.Kind != test.kind || e.Outcome != credit.NotSent || e.StatusCode != 0 || e.Attempts != 0 {
				t.Errorf("got %+v, want %v and not sent", err, test.kind)
			}
			if len(v.forms) != 1 || len(v.calls) != 0 {
				t.Errorf("%d token requests and %d calls, want 1 and none", len(v.forms), len(v.calls))
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
			checkHidden(t, err)
		})
	}
}

func redirects() *http.Response {
	r := says(302, secret)
	r.Header.Set("Location", "https://elsewhere.example/"+secret)
	return r
}

// checkHidden looks for the secret in every print and log of v.
func checkHidden(t *testing.T, v any) {
	t.Helper()
	var text bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&text, verb+"\n", v)
		fmt.Fprintf(&text, verb+"\n", []any{v})
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&text, nil)} {
		slog.New(handler).Error("", "v", v, "in", struct{ V any }{v})
	}
	_ = json.NewEncoder(&text).Encode(v)
	for _, hidden := range []string{secret, fmt.Sprintf("%x", secret)} {
		if strings.Contains(text.String(), hidden) {
			t.Errorf("a %T shows the secret:\n%s", v, &text)
		}
	}
}

func TestPasswordIsHidden(t *testing.T) {
	p := password()
	p.TOTP = secret
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, p); got != "[redacted]" {
			t.Errorf("%s prints %q, want [redacted]", verb, got)
		}
	}
	if got := p.LogValue().String(); got != "[redacted]" {
		t.Errorf("logs as %q", got)
	}
	source := (&space{token: func(int, url.Values) *http.Response {
		return says(200, `{"access_token":"`+secret+`","token_type":"bearer","refresh_token":"`+secret+`"}`)
	}}).source(t.Context(), p)
	if _, err := source.Token(); err != nil {
		t.Fatal(err)
	}
	client, err := nexudus.New(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{p, &p, source, client, *client} {
		checkHidden(t, v)
	}
}

func TestTokenSourceReportsItsEndedContext(t *testing.T) {
	life, end := context.WithCancel(t.Context())
	v := &space{}
	client, err := nexudus.New(v.source(life, password()), credit.WithTransport(v))
	if err != nil {
		t.Fatal(err)
	}
	end()
	err = update(t, client)
	if !errors.Is(err, credit.ErrInvalid) || errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent || len(v.forms) != 0 {
		t.Errorf("error %v, want one of the source's context, which is not the call's", err)
	}
}

func TestPanicInATokenRequestReachesItsCall(t *testing.T) {
	panics := true
	v := &space{token: func(n int, _ url.Values) *http.Response {
		if panics {
			panic("planted")
		}
		return gives(n)
	}}
	client := v.client(t, password())
	func() {
		defer func() {
			if value := recover(); value != "planted" {
				t.Errorf("recovered %v", value)
			}
		}()
		err := update(t, client)
		t.Errorf("the call gives %v instead of panicking", err)
	}()
	panics = false
	if err := update(t, client); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestWrongSignInsAreRefusedByNew(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*nexudus.Password)
		want   string
	}{
		{"nothing set", func(p *nexudus.Password) { *p = nexudus.Password{} }, "Email Password"},
		{"Email", func(p *nexudus.Password) { p.Email = "" }, "Email"},
		{"Password", func(p *nexudus.Password) { p.Password = "" }, "Password"},
		{"a ClientID of lines", func(p *nexudus.Password) { p.ClientID = "a\r\nb" }, "ClientID"},
		{"a ClientID of spaces", func(p *nexudus.Password) { p.ClientID = "worker 1" }, "ClientID"},
		{"plain http", func(p *nexudus.Password) { p.BaseURL = "http://spaces.nexudus.com" }, "BaseURL"},
		{"no URL", func(p *nexudus.Password) { p.BaseURL = "spaces.nexudus.com" }, "BaseURL"},
		{"a password in it", func(p *nexudus.Password) { p.BaseURL = "https://a:" + secret + "@spaces.nexudus.com" }, "BaseURL"},
	} {
		p := password()
		test.change(&p)
		source := p.TokenSource(t.Context())
		client, err := nexudus.New(source)
		if got := refused(t, err); got != test.want || client != nil {
			t.Errorf("%s: refused %s, want %s", test.name, got, test.want)
		}
		if _, err := source.Token(); refused(t, err) != test.want {
			t.Errorf("%s: Token gives %v", test.name, err)
		}
		checkHidden(t, err)
	}
	source := password().TokenSource(nil)
	if _, err := nexudus.New(source); refused(t, err) != "ctx" {
		t.Errorf("a nil context gives %v", err)
	}
}

func TestSignInUsesTheDefaultBaseURL(t *testing.T) {
	for base, want := range map[string]string{
		"":                        "https://spaces.nexudus.com/api/token",
		"https://proxy.example/n": "https://proxy.example/n/api/token",
		"http://127.0.0.1:8080/":  "http://127.0.0.1:8080/api/token",
		"https://Proxy.Example/N": "https://proxy.example/N/api/token",
		"http://LOCALHOST:8080":   "http://localhost:8080/api/token",
	} {
		var got string
		p := password()
		p.BaseURL = base
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: transport(func(req *http.Request) *http.Response {
			got = req.URL.String()
			return gives(1)
		})})
		if _, err := p.TokenSource(ctx).Token(); err != nil || got != want {
			t.Errorf("%q asks %s (%v), want %s", base, got, err, want)
		}
	}
}

type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req), nil }
