package nexudus

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/creditkit/creditkit/internal/redact"
	"github.com/creditkit/creditkit/internal/rest"
	"github.com/creditkit/creditkit/internal/transport"
)

// Password is the sign-in of a user with API access. It prints as [redacted],
// in JSON too; but fmt looks into unexported fields without asking, so keep it
// out of those of a struct that is printed.
//
// Source: https://learn.nexudus.com/rest-api/authentication
type Password struct {
	Email    string
	Password string

	// TOTP is the current code of the user's second factor, where there is
	// one. It is used up by the first sign-in: when the session cannot be
	// refreshed any more, a new source with a new code is needed.
	TOTP string

	// ClientID names the session, of which Nexudus keeps one per id: a second
	// sign-in under the same id ends the first. Give each process its own.
	// When it is empty, each source makes one up.
	ClientID string

	// BaseURL replaces https://spaces.nexudus.com, for tests. The client has
	// an address of its own, see [credit.WithBaseURL].
	BaseURL string
}

// TokenSource returns a source that signs in when a token is first needed, and
// refreshes the token before it expires and, once per call, when Nexudus refuses
// it with a 401. The refresh token changes each time; when it is refused as well,
// for it lives 15 days, the source signs in again, unless a TOTP was used. It may
// be used by many goroutines, which together cause one request.
//
// ctx is the source's life, not that of one call: once it has ended there are no
// more tokens. Its values pick the HTTP client as usual, under
// [oauth2.HTTPClient]. A wrong sign-in is refused by [New].
func (p Password) TokenSource(ctx context.Context) oauth2.TokenSource {
	base, err := p.check(ctx)
	s := session{credentials: p, clientID: cmp.Or(p.ClientID, rand.Text()), tokenURL: base + "/api/token"}
	ctx = transport.TokenClient(ctx, http.Header{"client_id": {s.clientID}, "Accept": {"application/json"}})
	return transport.RefreshableTokenSource{CachedTokenSource: transport.NewCachedTokenSource(ctx, s.fetchToken, err)}
}

func (p Password) check(ctx context.Context) (base string, err error) {
	v := rest.Validator{Vendor: vendor}
	v.Context("ctx", ctx)
	v.Text("Email", p.Email)
	v.Text("Password", p.Password)
	v.Header("ClientID", p.ClientID)
	base = v.URL("BaseURL", cmp.Or(p.BaseURL, baseURL))
	return base, v.Err()
}

// A session is a sign-in and what has become of it.
type session struct {
	credentials Password
	clientID    string
	tokenURL    string
}

func (s session) fetchToken(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error) {
	switch {
	case old == nil:
		return s.signIn(ctx)
	case old.RefreshToken == "" && s.credentials.TOTP != "":
		return nil, errTOTPUsed
	case old.RefreshToken == "":
		return s.signIn(ctx)
	}
	token, err := s.requestToken(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.RefreshToken}})
	if isRejectedToken(err) && s.credentials.TOTP == "" {
		return s.signIn(ctx)
	}
	return token, err
}

func (s session) signIn(ctx context.Context) (*oauth2.Token, error) {
	form := url.Values{"grant_type": {"password"}, "username": {s.credentials.Email}, "password": {s.credentials.Password}}
	if s.credentials.TOTP != "" {
		form.Set("totp", s.credentials.TOTP)
	}
	return s.requestToken(ctx, form)
}

// errUsedUp keeps a code from being sent a second time: it would be refused, and
// refusals can lock a user out.
var errTOTPUsed = rest.Invalid(vendor, "TOTP", "is used up, and the session cannot be refreshed: a new source with a new code is needed")

// grant sends the client id in the form and, by the HTTP client, as a header:
// Nexudus' pages differ on which it reads.
func (s session) requestToken(ctx context.Context, form url.Values) (*oauth2.Token, error) {
	config := clientcredentials.Config{
		ClientID:       s.clientID,
		TokenURL:       s.tokenURL,
		EndpointParams: form,
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	return config.Token(ctx)
}

// refused tells a refresh token that is not taken any more from a token
// endpoint that cannot be reached.
func isRejectedToken(err error) bool {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && e.Response != nil && (e.Response.StatusCode == http.StatusBadRequest || e.Response.StatusCode == http.StatusUnauthorized)
}

// Format keeps the password out of every print.
func (p Password) Format(f fmt.State, _ rune) { redact.Print(f) }

// LogValue keeps the password out of every log.
func (p Password) LogValue() slog.Value { return slog.StringValue(redact.Mark) }

// MarshalText keeps the password out of JSON, and so out of logs that hold the
// value inside another one.
func (p Password) MarshalText() ([]byte, error) { return []byte(redact.Mark), nil }
