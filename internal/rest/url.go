package rest

import (
	"net/url"
	"strings"
)

// expand fills the placeholders of a path behind prefix with ids, each escaped as
// one segment.
func expandPath(prefix, path string, ids []string) string {
	for _, id := range ids {
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		prefix, path = prefix+before+url.PathEscape(id), after
	}
	return prefix + path
}
