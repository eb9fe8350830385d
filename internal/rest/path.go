package rest

import (
	"net/url"
	"strings"
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
