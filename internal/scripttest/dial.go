package scripttest

import (
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
)

// A RefusedDial is a transport whose connections are all refused. With Reports it
// reports to net/http's trace that it requested one, as net/http's transport does.
type RefusedDial struct {
	Reports bool

	requests atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (d *RefusedDial) RoundTrip(req *http.Request) (*http.Response, error) {
	d.requests.Add(1)
	if d.Reports {
		httptrace.ContextClientTrace(req.Context()).GetConn(req.URL.Host)
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// Requests returns the number of requests that the transport received.
func (d *RefusedDial) Requests() int { return int(d.requests.Load()) }
