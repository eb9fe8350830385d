package credit_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// config applies options that are fine.
func config(t *testing.T, opts ...credit.Option) credit.Config {
	t.Helper()
	c, err := credit.NewConfig("acme", opts...)
	if err != nil {
		t.Fatalf("NewConfig: %v", err)
	}
	return c
}

// refused wants options to be refused in the name of field.
func refused(t *testing.T, field string, opts ...credit.Option) *credit.InvalidError {
	t.Helper()
	c, err := credit.NewConfig("acme", opts...)
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok || invalid.Field != field || invalid.Reason == "" {
		t.Fatalf("the error is %v, want an InvalidError of %s", err, field)
	}
	if diff := cmp.Diff(credit.Config{}, c); diff != "" {
		t.Errorf("a refused option leaves a configuration behind:\n%s", diff)
	}
	return invalid
}

type stubTransport struct{ http.RoundTripper }

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

type stubLimiter struct{}

func (stubLimiter) Wait(context.Context) error { return nil }

func TestConfigDefaults(t *testing.T) {
	want := credit.Config{
		Retry:     credit.RetryPolicy{MaxAttempts: 4, MinWait: 500 * time.Millisecond, MaxWait: 30 * time.Second, Quota: 20},
		UserAgent: "creditkit/0.1.0",
	}
	if diff := cmp.Diff(want, config(t)); diff != "" {
		t.Errorf("without options (-want +got):\n%s", diff)
	}
	if credit.DefaultAttemptTimeout != 30*time.Second {
		t.Errorf("an attempt may last %v", credit.DefaultAttemptTimeout)
	}
}

func TestOptionsSetConfig(t *testing.T) {
	transport, limiter, logger := &stubTransport{}, stubLimiter{}, slog.New(slog.DiscardHandler)
	c := config(t,
		credit.WithBaseURL("https://eu.example.com/v2"),
		credit.WithTransport(transport),
		credit.WithLimiter(limiter),
		credit.WithLogger(logger),
		credit.WithAttemptTimeout(time.Second),
	)
	if c.BaseURL.String() != "https://eu.example.com/v2" {
		t.Errorf("the base URL is %v", c.BaseURL)
	}
	if c.Transport != transport || c.Limiter != limiter || c.Logger != logger || c.AttemptTimeout != time.Second {
		t.Errorf("the configuration is %+v", c)
	}
}

func TestLastOptionOfKindWins(t *testing.T) {
	c := config(t, credit.WithAttemptTimeout(time.Hour), credit.WithAttemptTimeout(time.Second))
	if c.AttemptTimeout != time.Second {
		t.Errorf("the timeout is %v", c.AttemptTimeout)
	}
}

func TestWithHTTPClientKeepsClientUnchanged(t *testing.T) {
	hc := &http.Client{Transport: &stubTransport{}, Timeout: time.Minute}
	before := *hc
	if c := config(t, credit.WithHTTPClient(hc)); c.HTTPClient != hc {
		t.Errorf("the client is %v", c.HTTPClient)
	}
	if hc.Transport != before.Transport || hc.Timeout != before.Timeout || hc.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}

func TestOptionsRejectInvalidValues(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, field string
		opts        []credit.Option
	}{
		{"a nil option", "options", []credit.Option{nil}},
		{"no client", "WithHTTPClient", []credit.Option{credit.WithHTTPClient(nil)}},
		{"cookies", "WithHTTPClient", []credit.Option{credit.WithHTTPClient(&http.Client{Jar: jar})}},
		{"a negative attempt timeout", "WithHTTPClient", []credit.Option{credit.WithHTTPClient(&http.Client{Timeout: -1})}},
		{"no transport", "WithTransport", []credit.Option{credit.WithTransport(nil)}},
		{"no limiter", "WithLimiter", []credit.Option{credit.WithLimiter(nil)}},
		{"no logger", "WithLogger", []credit.Option{credit.WithLogger(nil)}},
		{"a nil *transport", "WithTransport", []credit.Option{credit.WithTransport((*http.Transport)(nil))}},
		{"a nil transport func", "WithTransport", []credit.Option{credit.WithTransport(transportFunc(nil))}},
		{"a client of a nil *transport", "WithHTTPClient", []credit.Option{
			credit.WithHTTPClient(&http.Client{Transport: (*http.Transport)(nil)}),
		}},
		{"a nil *limiter", "WithLimiter", []credit.Option{credit.WithLimiter((*stubLimiter)(nil))}},
		{"a zero logger", "WithLogger", []credit.Option{credit.WithLogger(&slog.Logger{})}},
		{"a logger with a nil handler", "WithLogger", []credit.Option{credit.WithLogger(slog.New((*slog.JSONHandler)(nil)))}},
		{"a zero attempt timeout", "WithAttemptTimeout", []credit.Option{credit.WithAttemptTimeout(0)}},
		{"a negative attempt timeout", "WithAttemptTimeout", []credit.Option{credit.WithAttemptTimeout(-1)}},
		{"after a valid option", "WithLogger", []credit.Option{credit.WithAttemptTimeout(1), credit.WithLogger(nil)}},
		{"before a valid option", "WithLogger", []credit.Option{credit.WithLogger(nil), credit.WithAttemptTimeout(1)}},
		{"two transports", "WithTransport", []credit.Option{
			credit.WithTransport(&stubTransport{}), credit.WithHTTPClient(&http.Client{}),
		}},
	} {
		t.Run(test.name, func(t *testing.T) { refused(t, test.field, test.opts...) })
	}
}

func TestUserAgentEndsWithSDK(t *testing.T) {
	for app, want := range map[string]string{
		"billing/1.0":               "billing/1.0 creditkit/0.1.0",
		"billing/1.0 (ops@acme.io)": "billing/1.0 (ops@acme.io) creditkit/0.1.0",
	} {
		if got := config(t, credit.WithUserAgent(app)).UserAgent; got != want {
			t.Errorf("the header is %q, want %q", got, want)
		}
	}
	if got := config(t).UserAgent; got != "creditkit/"+credit.Version {
		t.Errorf("the header is %q without an option", got)
	}
}

func TestWithUserAgentRejectsInvalidHeaderValues(t *testing.T) {
	for _, app := range []string{"", " ", " app", "app ", "a\nb", "a\r\nX-Evil: 1", "a\x00b", "a\tb", "a\x7fb", "über/1"} {
		refused(t, "WithUserAgent", credit.WithUserAgent(app))
	}
}
