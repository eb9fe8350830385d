package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
)

// A connTrace records, from net/http's own trace, how far one attempt got with
// its connections. net/http requests a connection first and writes nothing of
// the request before it holds one.
type connTrace struct {
	hooks httptrace.ClientTrace

	mu        sync.Mutex
	requested bool // a connection
	held      []heldConn
	room      [1]heldConn // most attempts hold one connection
	notSent   bool        // the attempt is over, and was proven not sent
}

// A heldConn is a connection that an attempt held.
type heldConn struct {
	counter *countingConn // nil where the bytes on it are not counted
	written int64         // the count when the attempt got it
}

// withContext returns ctx with the trace of one attempt.
func (t *connTrace) withContext(ctx context.Context) context.Context {
	t.hooks = httptrace.ClientTrace{GetConn: t.getConn, GotConn: t.gotConn}
	return httptrace.WithClientTrace(ctx, &t.hooks)
}

func (t *connTrace) getConn(string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requested = true
}

func (t *connTrace) gotConn(info httptrace.GotConnInfo) {
	held := heldConn{counter: counterOf(info.Conn)}
	if held.counter != nil {
		held.written = held.counter.count()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil {
		t.held = t.room[:0]
	}
	t.held = append(t.held, held)
	if t.notSent && info.Conn != nil {
		// A transport returned before its own work was over. The proof was
		// given, and holds because nothing can be written any more.
		_ = info.Conn.Close()
	}
}

// provesNotSent reports whether the attempt requested a connection, and whether it
// is certain that no byte of the request left: it requested and held none, or it wrote
// nothing on the ones that it held, and never will. A transport that reports
// nothing proves nothing.
func (t *connTrace) provesNotSent() (requested, notSent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, held := range t.held {
		if held.counter == nil || !held.counter.sealUnwritten(held.written) {
			return true, false
		}
	}
	t.notSent = t.requested
	return t.requested, t.requested
}

// countingDialer wraps the connections of dial, so that a connTrace can tell
// whether anything was written on one.
func countingDialer(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &countingConn{Conn: conn}, nil
	}
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// counterOf returns the counter below conn. There is none where the transport
// is not the SDK's, and for HTTP/2, whose requests share a connection.
func counterOf(conn net.Conn) *countingConn {
	var counter *countingConn
	encrypted := false
	for conn != nil {
		switch c := conn.(type) {
		case *countingConn:
			counter, conn = c, c.Conn
		case *tls.Conn:
			if c.ConnectionState().NegotiatedProtocol == "h2" {
				return nil
			}
			encrypted, conn = true, c.NetConn()
		default:
			conn = nil
		}
	}
	if counter != nil && encrypted {
		counter.setEncrypted()
	}
	return counter
}

// A countingConn counts the bytes that were written and may hold a part of a
// request.
type countingConn struct {
	net.Conn

	mu        sync.Mutex
	written   int64
	encrypted bool // requests go through TLS
	sealed    bool
}

var errSealed = errors.New("the request was given up before it was written")

// Write counts what the network took. It holds the lock meanwhile, so that a
// seal comes before or after a write as a whole.
func (c *countingConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sealed {
		return 0, errSealed
	}
	n, err := c.Conn.Write(b)
	if !c.encrypted || !isTLSAlert(b) {
		c.written += int64(n)
	}
	return n, err
}

func (c *countingConn) count() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written
}

func (c *countingConn) setEncrypted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.encrypted = true
}

// sealUnwritten reports whether nothing was written since the count was before,
// and refuses all later writes if so.
func (c *countingConn) sealUnwritten(before int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = c.sealed || c.written == before
	return c.sealed && c.written == before
}

// TLS record types, and the length of an encrypted alert in TLS 1.3: 5 bytes of
// header, 2 of alert, 1 of type, 16 of tag.
const (
	recordAlert     = 21
	recordData      = 23
	encryptedAlert  = 24
	tlsHeaderLength = 5
)

// isTLSAlert reports whether b is a TLS record that holds an alert. crypto/tls
// writes one when it closes a connection, also one that the vendor has closed
// before. TLS 1.3 hides the type of its records, but no part of a request is as
// short: net/http writes at least a request line in one record.
func isTLSAlert(b []byte) bool {
	return len(b) > tlsHeaderLength && (b[0] == recordAlert || b[0] == recordData && len(b) == encryptedAlert)
}
