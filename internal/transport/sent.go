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

// neverSent reports whether it is certain that no byte of the request left. A
// dial error proves nothing once there was a connection: an http.Transport
// sends keyed requests again by itself, over a new one, when a kept one broke.
func neverSent(err error, call *Call) bool {
	switch call.conn.Load() {
	case connAsked:
		return true
	case connHeld:
		return false
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
