package credit

import (
	"context"
	"fmt"
	"log/slog"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/internal/redact"
)

// StaticToken returns a source of one bearer token that was obtained elsewhere and never
// changes. The source prints as [redacted].
func StaticToken(token string) oauth2.TokenSource {
	return staticToken{token: redact.NewSecret(token)}
}

type staticToken struct{ token redact.Secret }

func (s staticToken) Token() (*oauth2.Token, error) {
	token := s.token.Reveal()
	if token == "" {
		return nil, &InvalidError{Field: "token", Reason: "is empty"}
	}
	return &oauth2.Token{AccessToken: token}, nil
}

// TokenContext lets the client call the source without a goroutine, because Token does
// not block.
func (s staticToken) TokenContext(context.Context) (*oauth2.Token, error) { return s.Token() }

func (staticToken) Format(f fmt.State, _ rune)   { redact.Print(f) }
func (staticToken) LogValue() slog.Value         { return slog.StringValue(redact.Mark) }
func (staticToken) MarshalText() ([]byte, error) { return []byte(redact.Mark), nil }
