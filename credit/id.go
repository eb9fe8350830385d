package credit

import (
	"unicode"
	"unicode/utf8"
)

// IDProblem says what keeps id from being sent to any vendor, in words that
// follow a field's name, or nothing: it is empty, "." or ".." (which would climb
// a URL's path), holds a control character, or is not valid UTF-8 (which JSON
// would turn into another id).
func IDProblem(id string) string {
	switch {
	case id == "":
		return "is empty"
	case id == "." || id == "..":
		return "must not be . or .."
	case isPlain(id): // as nearly all are
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
