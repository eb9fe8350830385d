package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/redact"
)

// An Auth provides the credentials of one client.
type Auth interface {
	// Credentials returns what to send. stale, unless empty, is the secret
	// that the vendor has just refused.
	Credentials(ctx context.Context, stale string) (Credentials, error)
	// Renewable reports whether refused credentials can be replaced.
	Renewable() bool
}

// Credentials are one header of a request. Secret is the part of its value that
// must never be shown.
type Credentials struct {
	Name   string
	Secret string

	value []string // as an http.Header holds it; all requests share it
}

// NewCredentials returns the header name with value.
func NewCredentials(name, value, secret string) Credentials {
	return Credentials{Name: name, Secret: secret, value: []string{value}}
}

// Format prints [redacted], whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { redact.Print(f) }

// LogValue returns [redacted].
func (Credentials) LogValue() slog.Value { return slog.StringValue(redact.Mark) }

// MarshalText returns [redacted], for encoding/json and others.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redact.Mark), nil }

// tokenRenewer is a token source that can replace a token which the vendor
// refuses although it has not expired.
type tokenRenewer interface {
	oauth2.TokenSource
	// RenewToken returns a token other than stale. Callers that come with
	// the same stale token together cause one renewal.
	RenewToken(ctx context.Context, stale string) (*oauth2.Token, error)
}

// contextTokenSource is a token source whose wait for a token ends with ctx.
type contextTokenSource interface {
	TokenContext(ctx context.Context) (*oauth2.Token, error)
}

// StaticAuth sends the same credentials with every call.
func StaticAuth(c Credentials) Auth {
	return staticAuth{credentials: func() Credentials { return c }}
}

// staticAuth holds its credentials behind a function, so that no printing reaches
// them.
type staticAuth struct{ credentials func() Credentials }

func (s staticAuth) Credentials(context.Context, string) (Credentials, error) {
	return s.credentials(), nil
}

func (staticAuth) Renewable() bool { return false }

// Bearer sends the source's tokens in the Authorization header. A source whose
// Token has no context runs in a goroutine of its own, one at a time: calls that
// come meanwhile wait for its token, each until its context ends. If Token never
// returns, that one goroutine remains.
func Bearer(source oauth2.TokenSource) Auth {
	return &bearer{source: func() oauth2.TokenSource { return source }}
}

type bearer struct {
	source func() oauth2.TokenSource // behind a function: a source may be a string that prints
	last   atomic.Pointer[bearerCredentials]

	mu      sync.Mutex
	pending *flight
}

// bearerCredentials are the credentials made from a token.
type bearerCredentials struct {
	accessToken, tokenType string
	credentials            Credentials
}

func (b *bearer) Renewable() bool {
	_, ok := b.source().(tokenRenewer)
	return ok
}

func (b *bearer) Credentials(ctx context.Context, stale string) (Credentials, error) {
	token, err := b.token(ctx, stale)
	if err != nil {
		return Credentials{}, newTokenError(err)
	}
	if token == nil || token.AccessToken == "" {
		return Credentials{}, newTokenError(errNoToken)
	}
	if last := b.last.Load(); last != nil && last.accessToken == token.AccessToken && last.tokenType == token.TokenType {
		return last.credentials, nil
	}
	value := token.Type() + " " + token.AccessToken
	if !redact.IsPrintable(value) {
		return Credentials{}, newTokenError(errOddToken)
	}
	credentials := NewCredentials("Authorization", value, token.AccessToken)
	b.last.Store(&bearerCredentials{accessToken: token.AccessToken, tokenType: token.TokenType, credentials: credentials})
	return credentials, nil
}

func (b *bearer) token(ctx context.Context, stale string) (*oauth2.Token, error) {
	source := b.source()
	if renewer, ok := source.(tokenRenewer); ok && stale != "" {
		return renewer.RenewToken(ctx, stale)
	}
	if source, ok := source.(contextTokenSource); ok {
		return source.TokenContext(ctx)
	}
	b.mu.Lock()
	starts := b.pending == nil
	if starts {
		b.pending = startFlight(source.Token, b.finish)
	}
	pending := b.pending
	b.mu.Unlock()
	return pending.wait(ctx, starts)
}

func (b *bearer) finish(*flight) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending = nil
}

var (
	errNoToken  = errors.New("the token source returned no token")
	errOddToken = errors.New("the token source returned a token that cannot stand in a header")
)

// isUnauthorized reports whether the last response rejected the credentials.
func (c *Call) isUnauthorized() bool {
	return c.Response != nil && c.Response.Status == http.StatusUnauthorized
}

// canRenew reports whether refused credentials can be replaced, which is done
// once in a call.
func (c *Client) canRenew(call *Call) bool { return c.auth.Renewable() && !call.renewed }

// authorize sets the credentials in header, unless it holds them already.
func (c *Client) authorize(call *Call, header http.Header, stale string) error {
	credentials, err := c.auth.Credentials(call, stale)
	if err != nil {
		return err
	}
	if call.Secret != credentials.Secret {
		call.Secret = credentials.Secret
		header[credentials.Name] = credentials.value
	}
	return nil
}

// A TokenError is a token source that gave no token. Its text never holds the
// source's own: that may quote the token endpoint's response.
type TokenError struct {
	err func() error // behind a function, so that fmt does not reach it
}

func newTokenError(err error) *TokenError { return &TokenError{err: func() error { return err }} }

func (e *TokenError) Error() string {
	err := e.err()
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		return invalid.Error()
	}
	if retrieve, ok := errors.AsType[*oauth2.RetrieveError](err); ok && retrieve.Response != nil {
		text := fmt.Sprintf("no token: the token endpoint returned HTTP %d", retrieve.Response.StatusCode)
		if isCode(retrieve.ErrorCode) {
			text += " " + retrieve.ErrorCode
		}
		return text
	}
	for _, own := range []error{errNoToken, errOddToken, errFlightDied, errFlightPanicked} {
		if errors.Is(err, own) {
			return own.Error()
		}
	}
	return "no token: " + safeText(err)
}

// isCode reports whether s is one of OAuth's error codes, or of those that the
// vendors' token endpoints add. Any other text may quote what was sent.
func isCode(s string) bool { return slices.Contains(tokenCodes, s) }

var tokenCodes = []string{
	"access_denied", "account_locked", "invalid_client", "invalid_grant", "invalid_request", "invalid_scope",
	"mfa_required", "password_leaked", "server_error", "slow_down", "temporarily_unavailable", "too_many_attempts",
	"too_many_requests", "unauthorized", "unauthorized_client", "unsupported_grant_type",
}

// Is and As see the source's error; nothing unwraps to it, and so nothing
// prints it.
func (e *TokenError) Is(target error) bool { return errors.Is(e.err(), target) }

// As gives errors.As the source's own error.
func (e *TokenError) As(target any) bool { return errors.As(e.err(), target) }

// GoString keeps %#v from the source's error.
func (e *TokenError) GoString() string { return e.Error() }
