package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
)

// isPermanent reports whether err is a failure that another attempt cannot heal:
// the configuration of the client, of the server or of a proxy has to change
// first. It says nothing about whether the request was sent.
//
// noConn reports that the transport requested a connection and never got one.
// Only then is a text that equals an HTTP reason phrase a proxy's refusal, and
// every TLS alert permanent.
func isPermanent(err error, noConn bool) bool {
	return err != nil &&
		(isCertificateError(err) ||
			isPermanentAlert(err, noConn) ||
			isProxyRefusal(err, noConn) ||
			isWrongProtocol(err) ||
			isInvalidAddress(err))
}

// isCertificateError reports a server certificate that is not trusted, has
// expired or is for another host.
func isCertificateError(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	// A caller's own dialer may verify the certificate itself.
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok
}

// isPermanentAlert reports a TLS alert from the server. Over TLS 1.3 the alert
// about a client certificate arrives after the handshake, when the transport
// already holds the connection.
func isPermanentAlert(err error, noConn bool) bool {
	op, ok := errors.AsType[*net.OpError](err)
	for ok && op.Op != "remote error" {
		op, ok = errors.AsType[*net.OpError](op.Err) // an https proxy's, for example
	}
	if !ok || op.Err == nil {
		return false
	}
	return noConn || !slices.Contains(connectionAlerts, strings.TrimPrefix(errorText(op.Err), "tls: "))
}

// connectionAlerts are alerts about one connection rather than about what
// client and server support.
var connectionAlerts = []string{"unexpected message", "bad record MAC", "decryption failed", "record overflow", "internal error", "user canceled"}

// isProxyRefusal reports a proxy that refuses the client or the address, and a
// Proxy function that fails. A proxy's 408 and 429 are temporary, and so are
// its 5xx.
func isProxyRefusal(err error, noConn bool) bool {
	if _, ok := errors.AsType[*proxyFuncError](err); ok {
		return true
	}
	if _, own := errors.AsType[*proxyConnectError](err); own || noConn {
		if status, ok := proxyStatus(err); ok {
			return status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
		}
	}
	return hasReason(err, socksNotAllowed, socksNoMethod, socksBadPassword)
}

// isWrongProtocol reports a server that does not speak TLS, and a URL that
// net/http cannot send to.
func isWrongProtocol(err error) bool {
	if header, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return header.Msg == "first record does not look like a TLS handshake"
	}
	return hasReason(err, plainHTTP, "unsupported protocol scheme", "http: no Host in request URL")
}

// isInvalidAddress reports an address that cannot be dialed, such as one with a
// port above 65535.
func isInvalidAddress(err error) bool {
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		return true
	}
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.Err == "unknown port"
}

// hasReason reports whether err is shown by one of texts.
func hasReason(err error, texts ...string) bool {
	text, ok := safeReason(err)
	return ok && slices.Contains(texts, text)
}
