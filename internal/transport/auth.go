package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

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

// Format prints [redacted], whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

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
	return bearer(func() oauth2.TokenSource { return source })
}

// bearer is a function for the same reason: a source may be a plain string.
type bearer func() oauth2.TokenSource

func (b bearer) Renewable() bool {
	_, ok := b().(TokenRenewer)
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
	value := token.Type() + " " + token.AccessToken
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return Credentials{}, &TokenError{err: errOddToken}
	}
	return Credentials{Name: "Authorization", Value: value, Secret: token.AccessToken}, nil
}

func (b bearer) token(ctx context.Context, stale string) (*oauth2.Token, error) {
	source := b()
	if renewer, ok := source.(TokenRenewer); ok && stale != "" {
		return renewer.RenewToken(ctx, stale)
	}
	if source, ok := source.(ContextTokenSource); ok {
		return source.TokenContext(ctx)
	}
	return source.Token()
}

var (
	errNoToken  = errors.New("the token source returned no token")
	errOddToken = errors.New("the token source returned a token that cannot stand in a header")
)

// unauthorized reports whether the last answer refused the credentials.
func (c *Call) unauthorized() bool {
	return c.Answer != nil && c.Answer.Status == http.StatusUnauthorized
}

// renewable reports whether refused credentials can be replaced, which is done
// once in a call.
func (c *Client) renewable(call *Call) bool { return c.auth.Renewable() && !call.renewed }

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
		text := fmt.Sprintf("no token: the token endpoint answered HTTP %d", retrieve.Response.StatusCode)
		if isCode(retrieve.ErrorCode) {
			text += " " + retrieve.ErrorCode
		}
		return text
	}
	if errors.Is(e.err, errNoToken) || errors.Is(e.err, errOddToken) {
		return e.err.Error()
	}
	return "no token: " + words(e.err)
}

// isCode reports whether s looks like OAuth's invalid_grant and not like a text
// that may quote what was sent.
func isCode(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// Is and As see the source's error; nothing unwraps to it, and so nothing
// prints it.
func (e *TokenError) Is(target error) bool { return errors.Is(e.err, target) }

// As gives errors.As the source's own error.
func (e *TokenError) As(target any) bool { return errors.As(e.err, target) }

// GoString keeps %#v from the source's error.
func (e *TokenError) GoString() string { return e.Error() }
