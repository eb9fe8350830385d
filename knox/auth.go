package knox

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/creditkit/creditkit/internal/rest"
	"github.com/creditkit/creditkit/internal/transport"
)

// audience is what a token must be made for, at every tenant.
const audience = "https://api.rhythmsoftware.com"

// ClientCredentials are a program's own credentials, made in the Rhythm
// Console under API Keys. They print as [redacted].
//
// Source: https://docs.api.rhythmsoftware.com/tutorials/authentication
type ClientCredentials struct {
	// Domain is the tenant's Auth0 domain, "acme.us.auth0.com". A URL is
	// accepted too, https but for loopback hosts.
	Domain       string
	ClientID     string
	ClientSecret string
}

// TokenSource returns a source that asks for a token when it is first needed
// and keeps it until a minute before it expires, 24 hours on. A tenant gets
// 1,000 tokens a month: make one source and share it. It may be used by many
// goroutines, which together ask for one token.
//
// ctx is the source's life. Its values pick the HTTP client as usual, under
// [oauth2.HTTPClient].
func (c ClientCredentials) TokenSource(ctx context.Context) oauth2.TokenSource {
	base, err := c.check()
	config := clientcredentials.Config{
		ClientID:       c.ClientID,
		ClientSecret:   c.ClientSecret,
		TokenURL:       base + "/oauth/token",
		EndpointParams: url.Values{"audience": {audience}},
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	mint := func(ctx context.Context, _ *oauth2.Token) (*oauth2.Token, error) { return config.Token(ctx) }
	return transport.NewMinted(transport.TokenClient(ctx, nil), mint, err)
}

func (c ClientCredentials) check() (base string, err error) {
	check := rest.Check{Vendor: vendor}
	check.Text("ClientID", c.ClientID)
	check.Text("ClientSecret", c.ClientSecret)
	base = c.Domain
	if !strings.Contains(base, "://") {
		base = "https://" + base
	}
	base = check.URL("Domain", base)
	return base, check.Err()
}

// Format keeps the secret out of every print.
func (c ClientCredentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// LogValue keeps the secret out of every log.
func (c ClientCredentials) LogValue() slog.Value { return slog.StringValue("[redacted]") }
