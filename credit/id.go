package credit

import (
	"unicode"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// ValidateID returns a *[InvalidError] if no vendor can be sent the id: if it is
// empty, "." or ".." (which would change a URL's path), holds a control character,
// or is not valid UTF-8 (which JSON would turn into another id).
func ValidateID(id string) error {
	if reason := invalidID(id); reason != "" {
		return &InvalidError{Field: "id", Reason: reason}
	}
	return nil
}

// invalidID returns why id cannot be sent, or "".
func invalidID(id string) string {
	switch {
	case id == "":
		return "is empty"
	case id == "." || id == "..":
		return "must not be . or .."
	case jsontext.IsPlain(id): // as nearly all are
		return ""
	case !utf8.ValidString(id):
		return notUTF8
	}
	for _, r := range id {
		if unicode.IsControl(r) {
			return "holds a control character"
		}
	}
	return ""
}

const notUTF8 = "is not valid UTF-8"
