package transport

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// base is the transport at the chain's end. The loop above closes the idle
// connections of whatever lets it, after each failed call; so nothing lets it.
func base(cfg credit.Config) http.RoundTripper {
	switch {
	case cfg.Transport != nil:
		return cfg.Transport
	case cfg.HTTPClient != nil && cfg.HTTPClient.Transport != nil:
		return cfg.HTTPClient.Transport
	case cfg.HTTPClient != nil:
		return http.DefaultTransport
	}
	return shared()
}

// shared is one pool of connections for all clients, so that a service that
// makes a client per request does not dial per request. It keeps as many idle
// connections as it used: with net/http's two per host, a burst of calls
// dials anew each time.
var shared = sync.OnceValue(func() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           countingDialer((&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext),
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   512,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
})
