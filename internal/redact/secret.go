// Package redact keeps secrets out of prints, logs and error texts. [Secret]
// holds a secret, [Text] makes a vendor's text safe to show.
package redact

import (
	"fmt"
	"io"
	"log/slog"
)

// Mark replaces a secret.
const Mark = "[redacted]"

// A Secret is a text that prints as [redacted] with every verb, in JSON and in
// logs. The zero value is empty.
//
// The text is behind a function because fmt and slog print the unexported
// fields of a struct without calling their methods.
type Secret struct{ reveal func() string }

// NewSecret returns text as a Secret.
func NewSecret(text string) Secret {
	return Secret{reveal: func() string { return text }}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Format writes [redacted], whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { Print(f) }

// String returns [redacted].
func (Secret) String() string { return Mark }

// LogValue returns [redacted].
func (Secret) LogValue() slog.Value { return slog.StringValue(Mark) }

// MarshalText returns [redacted], for encoding/json and others.
func (Secret) MarshalText() ([]byte, error) { return []byte(Mark), nil }

// Print writes [redacted]. It is the body of a Format method.
func Print(f fmt.State) { _, _ = io.WriteString(f, Mark) }
