package rest

import (
	"net/url"
	"strings"
)

// expandPath returns prefix and path with the path's placeholders replaced by ids,
// each escaped as one segment.
func expandPath(prefix, path string, ids []string) string {
	for _, id := range ids {
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		prefix, path = prefix+before+url.PathEscape(id), after
	}
	return prefix + path
}

// setURL sets u to the URL of an operation with the escaped ids and query.
func (c *Client) setURL(u *url.URL, path string, ids []string, query string) {
	escaped := expandPath(c.prefix, path, ids)
	*u = url.URL{Scheme: c.scheme, Host: c.host, Path: escaped, RawQuery: query}
	if strings.ContainsAny(escaped, "%!'()*[]") { // net/url would escape these differently
		u.Path, _ = url.PathUnescape(escaped) // cannot fail: expandPath escaped it
		u.RawPath = escaped
	}
}
