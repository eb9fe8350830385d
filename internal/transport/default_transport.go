package transport

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// baseTransport returns the transport that sends the requests: the caller's, or
// the one that all clients share.
func baseTransport(cfg credit.Config) http.RoundTripper {
	switch {
	case cfg.Transport != nil:
		return cfg.Transport
	case cfg.HTTPClient != nil && cfg.HTTPClient.Transport != nil:
		return cfg.HTTPClient.Transport
	case cfg.HTTPClient != nil:
		return http.DefaultTransport
	}
	return sharedTransport()
}

// sharedTransport returns one pool of connections for all clients, so that a
// service that creates a client per request does not open a connection per
// request.
var sharedTransport = sync.OnceValue(func() http.RoundTripper { return newTransport(sharedPings) })

// sharedPings makes the shared transport ping an HTTP/2 connection that has
// received nothing for 10 s, and close it if the ping is not answered within
// 5 s. Without pings a connection that a NAT or load balancer has forgotten
// stays in the pool until the kernel gives up, about 15 minutes on Linux.
var sharedPings = http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second}

// newTransport returns the SDK's own transport. It keeps up to 512 idle
// connections per host: with net/http's default of two, each burst of calls
// would open new connections.
func newTransport(pings http.HTTP2Config) *http.Transport {
	return &http.Transport{
		Proxy:                  proxyFromEnvironment,
		OnProxyConnectResponse: checkProxyConnect,
		DialContext:            countingDialer((&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext),
		ForceAttemptHTTP2:      true,
		HTTP2:                  &pings,
		MaxIdleConnsPerHost:    512,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
	}
}
