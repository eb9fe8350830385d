package credit

import (
	"net"
	"net/url"
	"strings"
)

// parseBaseURL never quotes rawURL in an error: it may hold a password.
func parseBaseURL(rawURL string) (*url.URL, error) {
	refuse := func(reason string) (*url.URL, error) {
		return nil, &InvalidError{Field: "WithBaseURL", Reason: reason}
	}
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return refuse("is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse("must start with https://")
	case u.Hostname() == "":
		return refuse("has no host")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return refuse("must be https: plain http is for loopback hosts only")
	case u.User != nil:
		return refuse("must not hold a user or password")
	case u.RawQuery != "" || u.ForceQuery:
		return refuse("must not have a query")
	case u.Fragment != "" || strings.HasSuffix(rawURL, "#"):
		return refuse("must not have a fragment")
	case hasDotSegment(u.Path):
		return refuse("must not have . or .. in its path")
	}
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}
