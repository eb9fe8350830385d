package rest

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// expand fills the placeholders of a path with ids, each escaped as one
// segment. PathEscape escapes braces too, so that an id never looks like a
// placeholder.
func expand(path string, ids []string) string {
	for _, id := range ids {
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		path = before + url.PathEscape(id) + after
	}
	return path
}

// badID says what is wrong with an id, or nothing. Dots would climb the path,
// no vendor's ids hold control characters, and in a body encoding/json would turn
// an id that is not UTF-8 into another one.
func badID(id string) string {
	switch {
	case id == "":
		return "is empty"
	case id == "." || id == "..":
		return "must not be . or .."
	case !utf8.ValidString(id):
		return notUTF8
	case strings.ContainsFunc(id, unicode.IsControl):
		return "holds a control character"
	}
	return ""
}
