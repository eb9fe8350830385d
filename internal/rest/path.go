package rest

import (
	"net/url"
	"strings"
	"unicode"
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
// and no vendor's ids hold control characters.
func badID(id string) string {
	switch {
	case id == "":
		return "is empty"
	case id == "." || id == "..":
		return "must not be . or .."
	case strings.ContainsFunc(id, unicode.IsControl):
		return "holds a control character"
	}
	return ""
}
