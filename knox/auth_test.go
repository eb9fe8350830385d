package knox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/knox"
)

const secret = "s3cr3t-98765"

func credentials(domain string) knox.ClientCredentials {
	return knox.ClientCredentials{Domain: domain, ClientID: "cid-1", ClientSecret: secret}
}

// A tenant is the token endpoint and the API of one tenant, without a network.
type tenant struct {
	mu            sync.Mutex
	tokenRequests []*http.Request
	calls         []*http.Request
	forms         []string

	token func(n int, req *http.Request) *http.Response // nil: tokens of 24 hours
	api   func(n int) *http.Response                    // nil: the record
}

func (v *tenant) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if req.URL.Path != "/oauth/token" {
		v.calls = append(v.calls, req)
		if v.api != nil {
			return v.api(len(v.calls)), nil
		}
		return says(200, least), nil
	}
	v.tokenRequests, v.forms = append(v.tokenRequests, req), append(v.forms, string(body))
	if v.token != nil {
		n := len(v.tokenRequests)
		v.mu.Unlock() // it may wait
		defer v.mu.Lock()
		return v.token(n, req), nil
	}
	return gives(len(v.tokenRequests)), nil
}

func (v *tenant) counts() (tokens, calls int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.tokenRequests), len(v.calls)
}

func says(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// gives is the answer of a token endpoint, in the form that Auth0 has.
func gives(n int) *http.Response {
	return says(200, fmt.Sprintf(`{"access_token":"jwt-%d-0123456789","token_type":"Bearer","expires_in":86400}`, n))
}

// source signs in at the tenant.
func (v *tenant) source(ctx context.Context) oauth2.TokenSource {
	return credentials("acme.us.auth0.com").TokenSource(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: v}))
}

// client uses the API with tokens of the tenant's own.
func (v *tenant) client(t *testing.T) *knox.Client {
	t.Helper()
	client, err := knox.New("acme", v.source(t.Context()), credit.WithTransport(v))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestTokenRequestIsAForm(t *testing.T) {
	server := scripttest.NewServer(t,
		scripttest.OK(`{"access_token":"jwt-1-0123456789","token_type":"Bearer","expires_in":86400}`), scripttest.OK(least))
	c := credentials(server.URL)
	c.ClientSecret = "a&b=c d+e/ü"
	client, err := knox.New("acme", c.TokenSource(t.Context()), credit.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests before a token was needed", n)
	}
	if _, err := client.UpdateCredit(t.Context(), leastRecord(nil)); err != nil {
		t.Fatal(err)
	}
	sent := server.Requests()[0]
	want := "audience=https%3A%2F%2Fapi.rhythmsoftware.com&client_id=cid-1&client_secret=a%26b%3Dc+d%2Be%2F%C3%BC&grant_type=client_credentials"
	if sent.Method != "POST" || sent.Path != "/oauth/token" || sent.Body != want {
		t.Errorf("sent %s %s\n%s\nwant POST /oauth/token\n%s", sent.Method, sent.Path, sent.Body, want)
	}
	for name, want := range map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""} {
		if got := sent.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if got := server.Requests()[1].Header.Get("Authorization"); got != "Bearer jwt-1-0123456789" {
		t.Errorf("the call carried %q", got)
	}
}

func TestDomainIsAHostOrAnAddress(t *testing.T) {
	for domain, want := range map[string]string{
		"acme.us.auth0.com":          "https://acme.us.auth0.com/oauth/token",
		"acme.us.auth0.com/":         "https://acme.us.auth0.com/oauth/token",
		"https://acme.us.auth0.com":  "https://acme.us.auth0.com/oauth/token",
		"https://acme.us.auth0.com/": "https://acme.us.auth0.com/oauth/token",
		"http://127.0.0.1:8080":      "http://127.0.0.1:8080/oauth/token",
		"ACME.us.Auth0.com":          "https://acme.us.auth0.com/oauth/token",
		"http://LOCALHOST:8080":      "http://localhost:8080/oauth/token",
	} {
		v := &tenant{}
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: v})
		if _, err := credentials(domain).TokenSource(ctx).Token(); err != nil {
			t.Errorf("%s: %v", domain, err)
			continue
		}
		if got := v.tokenRequests[0].URL.String(); got != want {
			t.Errorf("%s asks %s, want %s", domain, got, want)
		}
	}
}

func TestManyCallsShareOneToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		v := &tenant{token: func(n int, _ *http.Request) *http.Response {
			<-hold
			return gives(n)
		}}
		client := v.client(t)
		var done sync.WaitGroup
		for range 64 {
			done.Go(func() {
				if _, err := client.UpdateCredit(t.Context(), leastRecord(nil)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		done.Wait()
		if tokens, calls := v.counts(); tokens != 1 || calls != 64 {
			t.Errorf("%d tokens for %d calls, want 1 for 64", tokens, calls)
		}
	})
}

func TestTokenIsRenewedAMinuteBeforeItExpires(t *testing.T) {
	for name, answer := range map[string]string{
		"a day":                `{"access_token":"jwt-1-0123456789","token_type":"Bearer","expires_in":86400}`,
		"a day by default":     `{"access_token":"jwt-1-0123456789","token_type":"Bearer"}`,
		"a day that is a text": `{"access_token":"jwt-1-0123456789","token_type":"Bearer","expires_in":"86400"}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &tenant{token: func(int, *http.Request) *http.Response { return says(200, answer) }}
				client := v.client(t)
				for _, step := range []struct {
					wait time.Duration
					want int
				}{{0, 1}, {24*time.Hour - time.Minute - 1, 1}, {1, 2}, {time.Hour, 2}} {
					time.Sleep(step.wait)
					if _, err := client.GetCredit(t.Context(), "cr-1"); err != nil {
						t.Fatal(err)
					}
					if tokens, _ := v.counts(); tokens != step.want {
						t.Errorf("%d tokens after %v more, want %d", tokens, step.wait, step.want)
					}
				}
			})
		})
	}
}

// Tokens are counted, and a 401 has many reasons that no token heals.
func TestRefusedTokenIsNotReplaced(t *testing.T) {
	v := &tenant{api: func(int) *http.Response { return says(401, `{"message":"Unauthorized"}`) }}
	client := v.client(t)
	for range 3 {
		_, err := client.UpdateCredit(t.Context(), leastRecord(nil))
		if !errors.Is(err, credit.ErrUnauthorized) || credit.OutcomeOf(err) != credit.Rejected {
			t.Errorf("error %v", err)
		}
	}
	if tokens, calls := v.counts(); tokens != 1 || calls != 3 {
		t.Errorf("%d tokens for %d calls, want 1 for 3", tokens, calls)
	}
}

func TestFailedTokenRequestFailsAllWhoWaitAndIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		v := &tenant{token: func(n int, _ *http.Request) *http.Response {
			if n > 1 {
				return gives(n)
			}
			<-hold
			return says(503, ``)
		}}
		client := v.client(t)
		var done sync.WaitGroup
		for i := range 64 { // of different credits: updates of one do not wait for a token together
			done.Go(func() {
				record := leastRecord(func(r *knox.Credit) { r.ID = fmt.Sprintf("cr-%d", i) })
				_, err := client.UpdateCredit(t.Context(), record)
				if !errors.Is(err, credit.ErrUnavailable) || credit.OutcomeOf(err) != credit.NotSent {
					t.Errorf("error %v", err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		done.Wait()
		if tokens, calls := v.counts(); tokens != 1 || calls != 0 {
			t.Errorf("%d token requests and %d calls, want 1 and none", tokens, calls)
		}
		if _, err := client.GetCredit(t.Context(), "cr-1"); err != nil {
			t.Errorf("the next call does not ask again: %v", err)
		}
	})
}

// The text of a token endpoint must not reach a log: it may
// quote them.
func TestTokenEndpointsRefusals(t *testing.T) {
	quoting := `"error_description":"client cid-1 with secret ` + secret + ` is unknown"`
	for _, test := range []struct {
		name   string
		answer *http.Response
		kind   credit.Kind
		says   string // a part of the text
	}{
		{"400", says(400, `{"error":"invalid_request",`+quoting+`}`), credit.ErrUnauthorized, "HTTP 400 invalid_request"},
		{"401", says(401, `{"error":"access_denied",`+quoting+`}`), credit.ErrUnauthorized, "HTTP 401 access_denied"},
		{"401 that quotes", says(401, `{"error":"`+secret+`"}`), credit.ErrUnauthorized, "HTTP 401"},
		{"401 in plain text", says(401, secret), credit.ErrUnauthorized, "HTTP 401"},
		{"403", says(403, `{"error":"unauthorized_client",`+quoting+`}`), credit.ErrForbidden, "HTTP 403 unauthorized_client"},
		{"404", says(404, secret), credit.ErrUnauthorized, "HTTP 404"},
		{"429, no tokens are left", says(429, `{"error":"too_many_requests",`+quoting+`}`), credit.ErrRateLimited, "HTTP 429 too_many_requests"},
		{"500", says(500, `{"error":"server_error",`+quoting+`}`), credit.ErrUnavailable, "HTTP 500 server_error"},
		{"502 of HTML", says(502, `<html>`+secret), credit.ErrUnavailable, "HTTP 502"},
		{"an error in a 200", says(200, `{"error":"access_denied",`+quoting+`}`), credit.ErrUnauthorized, "HTTP 200 access_denied"},
		{"HTML in a 200", says(200, `<html>`+secret), credit.ErrUnavailable, "no token"},
		{"a 200 without a token", says(200, `{"token_type":"`+secret+`"}`), credit.ErrUnavailable, "no token"},
		{"a token of two lines", says(200, `{"access_token":"`+secret+`\r\nX-A: b"}`), credit.ErrUnavailable, "cannot stand in a header"},
		{"a redirect", redirects(), credit.ErrMalformed, "HTTP 302"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := &tenant{token: func(int, *http.Request) *http.Response { return test.answer }}
			record, err := v.client(t).UpdateCredit(t.Context(), leastRecord(nil))
			e, ok := errors.AsType[*credit.Error](err)
			if !ok || record != nil || e.Kind != test.kind || e.Outcome != credit.NotSent || e.StatusCode != 0 || e.Attempts != 0 {
				t.Errorf("got %v, %+v; want %v and not sent", record, e, test.kind)
			}
			if tokens, calls := v.counts(); tokens != 1 || calls != 0 {
				t.Errorf("%d token requests and %d calls, want 1 and none", tokens, calls)
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

func TestCredentialsAreHidden(t *testing.T) {
	c := credentials("acme.us.auth0.com")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, c); got != "[redacted]" {
			t.Errorf("%s prints %q, want [redacted]", verb, got)
		}
	}
	if got := c.LogValue().String(); got != "[redacted]" {
		t.Errorf("logs as %q", got)
	}
	source := (&tenant{token: func(int, *http.Request) *http.Response {
		return says(200, `{"access_token":"`+secret+`","expires_in":86400}`)
	}}).source(t.Context())
	if _, err := source.Token(); err != nil {
		t.Fatal(err)
	}
	client, err := knox.New("acme", source)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{c, &c, source, client, *client} {
		checkHidden(t, v)
	}
}

func TestCallerWhoStopsWaitingLeavesTheTokenToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		v := &tenant{token: func(n int, _ *http.Request) *http.Response {
			<-hold
			return gives(n)
		}}
		client := v.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.UpdateCredit(ctx, leastRecord(nil))
		if !errors.Is(err, context.DeadlineExceeded) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("error %v", err)
		}
		close(hold)
		synctest.Wait()
		if _, err := client.UpdateCredit(t.Context(), leastRecord(nil)); err != nil {
			t.Error(err)
		}
		if tokens, calls := v.counts(); tokens != 1 || calls != 1 {
			t.Errorf("%d tokens for %d calls, want 1 for 1", tokens, calls)
		}
	})
}

// A transport of the caller's that panics must not end the process from another
// goroutine, and not the calls that did not cause it.
func TestPanicInATokenRequestReachesTheCallThatCausedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold, panics := make(chan struct{}), true
		v := &tenant{token: func(n int, _ *http.Request) *http.Response {
			if panics {
				<-hold
				panic("planted " + secret)
			}
			return gives(n)
		}}
		client := v.client(t)
		var panicked, failed atomic.Int32
		var done sync.WaitGroup
		for range 16 {
			done.Go(func() {
				defer func() {
					if value := recover(); value == "planted "+secret {
						panicked.Add(1)
					} else if value != nil {
						t.Errorf("panicked with %v", value)
					}
				}()
				_, err := client.GetCredit(t.Context(), "cr-1")
				if !errors.Is(err, credit.ErrUnavailable) || credit.OutcomeOf(err) != credit.NotSent {
					t.Errorf("error %v", err)
				}
				checkHidden(t, err)
				failed.Add(1)
			})
		}
		synctest.Wait()
		close(hold)
		done.Wait()
		if panicked.Load() != 1 || failed.Load() != 15 {
			t.Errorf("%d calls panicked and %d failed, want 1 and 15", panicked.Load(), failed.Load())
		}
		panics = false
		if _, err := client.GetCredit(t.Context(), "cr-1"); err != nil {
			t.Errorf("the next call: %v", err)
		}
	})
}

// A source that was made with a request's context is a common mistake.
func TestTokenSourceReportsItsEndedContext(t *testing.T) {
	life, end := context.WithCancel(t.Context())
	v := &tenant{}
	client, err := knox.New("acme", v.source(life), credit.WithTransport(v))
	if err != nil {
		t.Fatal(err)
	}
	end()
	_, err = client.UpdateCredit(t.Context(), leastRecord(nil))
	if !errors.Is(err, credit.ErrInvalid) || errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("error %v, want one of the source's context, which is not the call's", err)
	}
	if tokens, calls := v.counts(); tokens != 0 || calls != 0 {
		t.Errorf("%d token requests and %d calls, want none", tokens, calls)
	}
}

func TestWrongCredentialsAreRefusedByNew(t *testing.T) {
	for _, test := range []struct {
		name        string
		credentials knox.ClientCredentials
		want        string
	}{
		{"nothing set", knox.ClientCredentials{}, "ClientID ClientSecret Domain"},
		{"no id", knox.ClientCredentials{Domain: "acme.us.auth0.com", ClientSecret: secret}, "ClientID"},
		{"no secret", knox.ClientCredentials{Domain: "acme.us.auth0.com", ClientID: "cid-1"}, "ClientSecret"},
		{"a domain over http", credentials("http://acme.us.auth0.com"), "Domain"},
		{"a domain over ftp", credentials("ftp://acme.us.auth0.com"), "Domain"},
		{"a domain of spaces", credentials("acme us"), "Domain"},
		{"a password in it", credentials("https://user:" + secret + "@acme.us.auth0.com"), "Domain"},
		{"a query in it", credentials("acme.us.auth0.com?a=" + secret), "Domain"},
		{"the scheme and no more", credentials("https://"), "Domain"},
	} {
		source := test.credentials.TokenSource(t.Context())
		client, err := knox.New("acme", source)
		if got := refused(t, err); got != test.want || client != nil {
			t.Errorf("%s: refused %s, want %s", test.name, got, test.want)
		}
		if _, err := source.Token(); refused(t, err) != test.want {
			t.Errorf("%s: Token gives %v", test.name, err)
		}
		checkHidden(t, err)
	}
	source := credentials("acme.us.auth0.com").TokenSource(nil)
	if _, err := knox.New("acme", source); refused(t, err) != "ctx" {
		t.Errorf("a nil context gives %v", err)
	}
}
