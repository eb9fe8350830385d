package knox

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/creditkit/creditkit/internal/redact"
	"github.com/creditkit/creditkit/internal/rest"
	"github.com/creditkit/creditkit/internal/transport"
)

// audience is the audience of a token, the same for every tenant.
const audience = "https://api.rhythmsoftware.com"

// ClientCredentials are a program's own credentials, created in the Rhythm Console
// under API Keys. They are printed as [redacted], in JSON too. fmt does not call the
// Format method of unexported fields, so do not keep them in an unexported field of
// a struct that is printed.
//
// Source: https://docs.api.rhythmsoftware.com/tutorials/authentication
type ClientCredentials struct {
	// Domain is the tenant's Auth0 domain, "acme.us.auth0.com". A URL is
	// accepted too, https but for loopback hosts.
	Domain       string
	ClientID     string
	ClientSecret string
}

// TokenSource returns a source that requests a token on first use and caches it
// until a minute before it expires, after 24 hours. A tenant gets 1,000 tokens a
// month: create one source and share it. It is safe for concurrent use; concurrent
// callers share one token request. A failed token request is not retried; the next
// call makes a new one.
//
// ctx limits the lifetime of the source, not that of one call: when ctx is done, the
// source returns no more tokens. The HTTP client is the value of
// [oauth2.HTTPClient] in ctx, if there is one. [New] returns an error for invalid
// credentials.
func (c ClientCredentials) TokenSource(ctx context.Context) oauth2.TokenSource {
	base, err := c.validate(ctx)
	config := clientcredentials.Config{
		ClientID:       c.ClientID,
		ClientSecret:   c.ClientSecret,
		TokenURL:       base + "/oauth/token",
		EndpointParams: url.Values{"audience": {audience}},
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	fetch := func(ctx context.Context, _ *oauth2.Token) (*oauth2.Token, error) {
		token, err := transport.RequestToken(ctx, vendor, &config)
		if err == nil && token.Expiry.IsZero() {
			token.Expiry = time.Now().Add(tokenTTL)
		}
		return token, err
	}
	return transport.NewCachedTokenSource(transport.TokenClient(ctx, nil), fetch, err)
}

// tokenTTL is the lifetime of every token of the vendor. It applies if the token
// response does not contain one; without it the token would be cached forever
// and rejected after a day.
const tokenTTL = 24 * time.Hour

func (c ClientCredentials) validate(ctx context.Context) (base string, err error) {
	v := rest.Validator{Vendor: vendor}
	v.Context(ctx, "ctx")
	v.Text("ClientID", c.ClientID)
	v.Text("ClientSecret", c.ClientSecret)
	base = c.Domain
	if !strings.Contains(base, "://") {
		base = "https://" + base
	}
	base = v.URL("Domain", base)
	return base, v.Err()
}

// Format redacts the secret in every fmt verb.
func (c ClientCredentials) Format(f fmt.State, _ rune) { redact.Print(f) }

// LogValue redacts the secret in logs.
func (c ClientCredentials) LogValue() slog.Value { return slog.StringValue(redact.Mark) }

// MarshalText redacts the secret in JSON, and in logs that contain the value
// inside another one.
func (c ClientCredentials) MarshalText() ([]byte, error) { return []byte(redact.Mark), nil }
