package credit

import (
	"fmt"
	"io"
	"log/slog"

	"golang.org/x/oauth2"
)

// StaticToken returns a source of one bearer token that never changes, for a
// token that was obtained elsewhere. The source prints as [redacted].
func StaticToken(token string) oauth2.TokenSource {
	return staticToken{token: func() string { return token }}
}

// staticToken keeps the token behind a function, so that no printing of a
// struct that holds the source can reach it.
type staticToken struct{ token func() string }

func (s staticToken) Token() (*oauth2.Token, error) {
	token := s.token()
	if token == "" {
		return nil, &InvalidError{Field: "token", Reason: "is empty"}
	}
	return &oauth2.Token{AccessToken: token}, nil
}

func (s staticToken) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }
func (s staticToken) LogValue() slog.Value       { return slog.StringValue(redacted) }

const redacted = "[redacted]"
