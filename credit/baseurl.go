package credit

import (
	"net/netip"
	"net/url"
	"strings"
)

// parseBaseURL validates a base URL. Its errors do not quote rawURL, which may hold a
// password.
//
// It returns the host in lower case: net/http's proxy rules treat localhost as a loopback
// host, but not LOCALHOST, whose requests would go to the proxy in clear text.
func parseBaseURL(rawURL string) (*url.URL, error) {
	refuse := func(reason string) (*url.URL, error) {
		return nil, &InvalidError{Field: "WithBaseURL", Reason: reason}
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return refuse("is not a URL")
	}
	u.Host = lowerHost(u.Host)
	switch {
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

// lowerHost lower-cases a host except for its IPv6 zone, which is the name of a network
// interface.
func lowerHost(host string) string {
	address, zone, found := strings.Cut(host, "%")
	if found {
		return strings.ToLower(address) + "%" + zone
	}
	return strings.ToLower(host)
}

// isLoopback reports whether net/http never sends requests for host through the proxy of
// the environment: for localhost, and for loopback addresses in the usual form. It does
// for other names of this machine, such as localhost. and 127.1.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Zone() == "" && address.Unmap().IsLoopback()
}

func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}
