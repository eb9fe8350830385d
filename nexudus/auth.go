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

// Password holds the sign-in of a user with API access. It is printed as [redacted],
// in JSON too. fmt does not call the Format method of unexported fields, so do not
// keep it in an unexported field of a struct that is printed.
//
// Source: https://learn.nexudus.com/rest-api/authentication
type Password struct {
	Email    string
	Password string

	// TOTP is the current code of the user's second factor, if there is one. It is
	// valid for one sign-in: when the session can no longer be refreshed, create a
	// new source with a new code.
	TOTP string

	// ClientID names the session. Nexudus keeps one session per id: a second
	// sign-in under the same id ends the first. Give each process its own id. If it
	// is empty, each source generates one.
	ClientID string

	// BaseURL replaces https://spaces.nexudus.com for token requests, for tests. The
	// client's address is set by [credit.WithBaseURL].
	BaseURL string
}

// TokenSource returns a source that signs in on first use. It refreshes the token
// before it expires, and once per call if Nexudus responds with a 401. Each refresh
// returns a new refresh token, which lives for 15 days. When that is rejected as
// well, the source signs in again, unless a TOTP was used. It is safe for concurrent
// use; concurrent callers share one token request.
//
// ctx limits the lifetime of the source, not that of one call: when ctx is done, the
// source returns no more tokens. The HTTP client is the value of
// [oauth2.HTTPClient] in ctx, if there is one. [New] returns an error for an invalid
// sign-in.
func (p Password) TokenSource(ctx context.Context) oauth2.TokenSource {
	base, err := p.validate(ctx)
	s := session{credentials: p, clientID: cmp.Or(p.ClientID, rand.Text()), tokenURL: base + "/api/token"}
	ctx = transport.TokenClient(ctx, http.Header{"client_id": {s.clientID}, "Accept": {"application/json"}})
	return transport.RefreshableTokenSource{CachedTokenSource: transport.NewCachedTokenSource(ctx, s.fetchToken, err)}
}

func (p Password) validate(ctx context.Context) (base string, err error) {
	v := rest.Validator{Vendor: vendor}
	v.Context(ctx, "ctx")
	v.Text("Email", p.Email)
	v.Text("Password", p.Password)
	v.Header("ClientID", p.ClientID)
	base = v.URL("BaseURL", cmp.Or(p.BaseURL, baseURL))
	return base, v.Err()
}

// A session requests and refreshes the tokens of one sign-in.
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

// errTOTPUsed is returned instead of sending a TOTP a second time: it would be
// rejected, and rejections can lock the user out.
var errTOTPUsed = rest.Invalid(vendor, "TOTP", "is used up, and the session cannot be refreshed: a new source with a new code is needed")

// requestToken sends the client id both in the form and, through the HTTP
// client, as a header, because Nexudus' pages differ on which one it reads.
func (s session) requestToken(ctx context.Context, form url.Values) (*oauth2.Token, error) {
	config := clientcredentials.Config{
		ClientID:       s.clientID,
		TokenURL:       s.tokenURL,
		EndpointParams: form,
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	return transport.RequestToken(ctx, vendor, &config)
}

// isRejectedToken reports whether the token endpoint rejected the refresh token,
// as opposed to being unavailable.
func isRejectedToken(err error) bool {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && e.Response != nil && (e.Response.StatusCode == http.StatusBadRequest || e.Response.StatusCode == http.StatusUnauthorized)
}

// Format redacts the password in every fmt verb.
func (p Password) Format(f fmt.State, _ rune) { redact.Print(f) }

// LogValue redacts the password in logs.
func (p Password) LogValue() slog.Value { return slog.StringValue(redact.Mark) }

// MarshalText redacts the password in JSON, and in logs that contain the value
// inside another one.
func (p Password) MarshalText() ([]byte, error) { return []byte(redact.Mark), nil }
