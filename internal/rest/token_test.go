package rest

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
)

type source func() (*oauth2.Token, error)

func (s source) Token() (*oauth2.Token, error) { return s() }

// renewer is a source that replaces refused tokens.
type renewer struct {
	oauth2.TokenSource
	renew source
}

func (r renewer) RenewToken(context.Context, string) (*oauth2.Token, error) { return r.renew() }

func tokenClient(t *testing.T, rt http.RoundTripper, tokens oauth2.TokenSource) *Client {
	t.Helper()
	c, err := New(Config{Vendor: "acme", BaseURL: "https://api.acme.test", Auth: Tokens(tokens), DecodeError: decodeErrorBody}, []credit.Option{fast, credit.WithTransport(rt)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func endpoint(status int) error {
	return &oauth2.RetrieveError{Response: &http.Response{StatusCode: status}, Body: []byte(secret), ErrorCode: "invalid_grant"}
}

func fails(err error) source { return func() (*oauth2.Token, error) { return nil, err } }

func TestKindOfAFailedTokenRequest(t *testing.T) {
	for _, test := range []struct {
		name   string
		tokens oauth2.TokenSource
		want   credit.Kind
	}{
		{"an empty one", credit.StaticToken(""), credit.ErrInvalid},
		{"none", source(func() (*oauth2.Token, error) { return nil, nil }), credit.ErrUnavailable},
		{"a network's", fails(errLost), credit.ErrUnavailable},
		{"an ended context", fails(context.Canceled), credit.ErrUnavailable},
		{"no response", fails(&oauth2.RetrieveError{}), credit.ErrUnavailable},
		{"200 that says no", fails(endpoint(200)), credit.ErrUnauthorized},
		{"302", fails(endpoint(302)), credit.ErrMalformed},
		{"400", fails(endpoint(400)), credit.ErrUnauthorized},
		{"401", fails(endpoint(401)), credit.ErrUnauthorized},
		{"403", fails(endpoint(403)), credit.ErrForbidden},
		// None of these is about the credit.
		{"404", fails(endpoint(404)), credit.ErrUnauthorized},
		{"409", fails(endpoint(409)), credit.ErrUnauthorized},
		{"412", fails(endpoint(412)), credit.ErrUnauthorized},
		{"422", fails(endpoint(422)), credit.ErrUnauthorized},
		{"408", fails(endpoint(408)), credit.ErrUnavailable},
		{"429", fails(endpoint(429)), credit.ErrRateLimited},
		{"500", fails(endpoint(500)), credit.ErrUnavailable},
		{"503", fails(endpoint(503)), credit.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play()
			_, err := send(t, tokenClient(t, s, test.tokens), &opKeyed)
			e := failure(t, err)
			if e.Kind != test.want || e.Outcome != credit.NotSent || e.Attempts != 0 || e.StatusCode != 0 || e.Err == nil || s.sent() != 0 {
				t.Errorf("%d requests, %v; want %v", s.sent(), e, test.want)
			}
			hides(t, err, secret)
		})
	}
}

// Where a 409 asks for patience, the token endpoint's does too.
func TestTokenEndpointThrottles(t *testing.T) {
	throttled := &oauth2.RetrieveError{Response: &http.Response{StatusCode: 409, Header: http.Header{"Retry-After": {"7"}}}}
	for op, want := range map[*Operation]credit.Kind{&opThrottle: credit.ErrRateLimited, &opSafe: credit.ErrUnauthorized} {
		_, err := send(t, tokenClient(t, play(), fails(throttled)), op)
		if e := failure(t, err); e.Kind != want || e.RetryAfter != 7*time.Second || e.Outcome != credit.NotSent {
			t.Errorf("%s gives %v", op.ID, e)
		}
	}
}

func TestEndedContextOfATokenStaysVisible(t *testing.T) {
	_, err := send(t, tokenClient(t, play(), fails(context.DeadlineExceeded)), &opRead)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("errors.Is does not find the deadline in %v", err)
	}
}

func TestTokenIsMaskedInVendorTexts(t *testing.T) {
	s := play(`401 {"message":"token ` + secret + ` is unknown"}`)
	_, err := send(t, tokenClient(t, s, credit.StaticToken(secret)), &opKeyed)
	if got, want := failure(t, err).Message, "token [redacted] is unknown"; got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
	if got := s.requests[0].Header.Get("Authorization"); got != "Bearer "+secret {
		t.Errorf("sent the header %q", got)
	}
}

// A refused token that cannot be replaced leaves the vendor's answer, and what
// the attempts before it may have done.
func TestRenewalThatFails(t *testing.T) {
	old := source(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "old"}, nil })
	for _, test := range []struct {
		steps   []string
		outcome credit.Outcome
	}{
		{[]string{"401"}, credit.Rejected},
		{[]string{"503", "401"}, credit.Unknown},
	} {
		s := play(test.steps...)
		_, err := send(t, tokenClient(t, s, renewer{old, fails(endpoint(404))}), &opSafe)
		e := failure(t, err)
		if e.Kind != credit.ErrUnauthorized || e.StatusCode != 401 || e.Outcome != test.outcome || e.Err == nil || e.Attempts != len(test.steps) {
			t.Errorf("after %v: %v", test.steps, e)
		}
		if _, ok := errors.AsType[*oauth2.RetrieveError](err); !ok {
			t.Errorf("errors.AsType does not find the endpoint's refusal in %v", err)
		}
	}
}

func TestRenewalThatWorks(t *testing.T) {
	old := source(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "old"}, nil })
	renewed := source(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "new"}, nil })
	s := play("401", `200 {"id":"7"}`)
	if _, err := send(t, tokenClient(t, s, renewer{old, renewed}), &opUnsafe); err != nil {
		t.Fatal(err)
	}
	if got := s.requests[1].Header.Get("Authorization"); got != "Bearer new" {
		t.Errorf("sent the header %q", got)
	}
}
