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

// audience is what a token must be made for, at every tenant.
const audience = "https://api.rhythmsoftware.com"

// ClientCredentials are a program's own credentials, made in the Rhythm
// Console under API Keys. They print as [redacted], in JSON too; but fmt looks
// into unexported fields without asking, so keep them out of those of a struct
// that is printed.
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
// goroutines, which together ask for one token. A request for a token is not
// repeated when it fails; the next call makes a new one.
//
// ctx is the source's life, not that of one call: once it has ended there are no
// more tokens. Its values pick the HTTP client as usual, under
// [oauth2.HTTPClient]. Wrong credentials are refused by [New].
func (c ClientCredentials) TokenSource(ctx context.Context) oauth2.TokenSource {
	base, err := c.check(ctx)
	config := clientcredentials.Config{
		ClientID:       c.ClientID,
		ClientSecret:   c.ClientSecret,
		TokenURL:       base + "/oauth/token",
		EndpointParams: url.Values{"audience": {audience}},
		AuthStyle:      oauth2.AuthStyleInParams,
	}
	fetch := func(ctx context.Context, _ *oauth2.Token) (*oauth2.Token, error) {
		token, err := config.Token(ctx)
		if err == nil && token.Expiry.IsZero() {
			token.Expiry = time.Now().Add(tokenTTL)
		}
		return token, err
	}
	return transport.NewCachedTokenSource(transport.TokenClient(ctx, nil), fetch, err)
}

// life is how long every token of the vendor lives. It holds for one whose
// answer does not say: kept for ever, it would be refused after a day.
const tokenTTL = 24 * time.Hour

func (c ClientCredentials) check(ctx context.Context) (base string, err error) {
	v := rest.Validator{Vendor: vendor}
	v.Context("ctx", ctx)
	v.Text("ClientID", c.ClientID)
	v.Text("ClientSecret", c.ClientSecret)
	base = c.Domain
	if !strings.Contains(base, "://") {
		base = "https://" + base
	}
	base = v.URL("Domain", base)
	return base, v.Err()
}

// Format keeps the secret out of every print.
func (c ClientCredentials) Format(f fmt.State, _ rune) { redact.Print(f) }

// LogValue keeps the secret out of every log.
func (c ClientCredentials) LogValue() slog.Value { return slog.StringValue(redact.Mark) }

// MarshalText keeps the secret out of JSON, and so out of logs that hold the
// value inside another one.
func (c ClientCredentials) MarshalText() ([]byte, error) { return []byte(redact.Mark), nil }
