package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
)

// watch notes how far an attempt gets. An http.Transport asks for a connection
// first and writes nothing before it has one, TLS included.
func watch(ctx context.Context, call *Call) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { call.conn.CompareAndSwap(connNone, connAsked) },
		GotConn: func(httptrace.GotConnInfo) { call.conn.Store(connHeld) },
	})
}

// How far an attempt got with its connection. A transport that never asks for
// one (a test's, a recorder) proves nothing.
const (
	connNone int32 = iota
	connAsked
	connHeld
)

// neverSent reports whether it is certain that no byte of the request left.
func neverSent(err error, call *Call) bool {
	if call.conn.Load() == connAsked {
		return true
	}
	return isDial(err)
}

func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect")
}

// isCertificate reports a certificate that is not trusted, which no second
// attempt heals.
func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
