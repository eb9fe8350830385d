package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
)

// An Auth knows the credentials of one client.
type Auth interface {
	// Credentials returns what to send. stale, unless empty, is the secret
	// that the vendor has just refused.
	Credentials(ctx context.Context, stale string) (Credentials, error)
	// Renewable reports whether refused credentials can be replaced.
	Renewable() bool
}

// Credentials are one header's name and value. Secret is the part of the value
// that must never be shown.
type Credentials struct{ Name, Value, Secret string }

// A TokenRenewer is a token source that can replace a token which the vendor
// refuses although it has not expired.
type TokenRenewer interface {
	oauth2.TokenSource
	// RenewToken returns a token other than stale. Callers that come with
	// the same stale token together cause one renewal.
	RenewToken(ctx context.Context, stale string) (*oauth2.Token, error)
}

// A ContextTokenSource is a token source whose wait for a token ends with ctx.
type ContextTokenSource interface {
	TokenContext(ctx context.Context) (*oauth2.Token, error)
}

// Fixed sends the same credentials with every call.
func Fixed(c Credentials) Auth {
	return fixed(func() Credentials { return c })
}

// fixed is a function so that no printing reaches the key.
type fixed func() Credentials

func (f fixed) Credentials(context.Context, string) (Credentials, error) { return f(), nil }
func (fixed) Renewable() bool                                            { return false }

// Bearer sends the source's tokens in the Authorization header.
func Bearer(source oauth2.TokenSource) Auth {
	return bearer{source: source}
}

type bearer struct{ source oauth2.TokenSource }

func (b bearer) Renewable() bool {
	_, ok := b.source.(TokenRenewer)
	return ok
}

func (b bearer) Credentials(ctx context.Context, stale string) (Credentials, error) {
	token, err := b.token(ctx, stale)
	if err != nil {
		return Credentials{}, &TokenError{err: err}
	}
	if token == nil || token.AccessToken == "" {
		return Credentials{}, &TokenError{err: errNoToken}
	}
	return Credentials{
		Name:   "Authorization",
		Value:  token.Type() + " " + token.AccessToken,
		Secret: token.AccessToken,
	}, nil
}

func (b bearer) token(ctx context.Context, stale string) (*oauth2.Token, error) {
	if renewer, ok := b.source.(TokenRenewer); ok && stale != "" {
		return renewer.RenewToken(ctx, stale)
	}
	if source, ok := b.source.(ContextTokenSource); ok {
		return source.TokenContext(ctx)
	}
	return b.source.Token()
}

var errNoToken = errors.New("the token source returned no token")

func (c *Client) authorize(call *Call, header http.Header, stale string) error {
	cred, err := c.auth.Credentials(call, stale)
	if err != nil {
		return err
	}
	if call.Secret != cred.Secret {
		call.Secret = cred.Secret
		header[cred.Name] = []string{cred.Value}
	}
	return nil
}

// A TokenError is a token source that gave no token. Its text never holds the
// source's own: that may quote the token endpoint's answer.
type TokenError struct{ err error }

func (e *TokenError) Error() string {
	if invalid, ok := errors.AsType[*credit.InvalidError](e.err); ok {
		return invalid.Error()
	}
	if retrieve, ok := errors.AsType[*oauth2.RetrieveError](e.err); ok && retrieve.Response != nil {
		return fmt.Sprintf("no token: the token endpoint answered HTTP %d %s", retrieve.Response.StatusCode, retrieve.ErrorCode)
	}
	if errors.Is(e.err, errNoToken) {
		return errNoToken.Error()
	}
	return "no token: " + words(e.err)
}

// Is and As see the source's error; nothing unwraps to it, and so nothing
// prints it.
func (e *TokenError) Is(target error) bool { return errors.Is(e.err, target) }

// As gives errors.As the source's own error.
func (e *TokenError) As(target any) bool { return errors.As(e.err, target) }

// GoString keeps %#v from the source's error.
func (e *TokenError) GoString() string { return e.Error() }
