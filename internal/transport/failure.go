package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A failure is an error with a text that can be shown in place of its own. Texts
// of net/http, of token endpoints and of callers' transports may hold URLs with
// queries or parts of responses. errors.Is and errors.As see the error itself,
// but nothing prints it.
type failure struct {
	text string
	err  func() error // behind a function, so that no printing reaches it
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return errors.Is(f.err(), target) }
func (f *failure) As(target any) bool   { return errors.As(f.err(), target) }
func (f *failure) GoString() string     { return f.text }

// Redacted returns err with text in place of its own.
func Redacted(text string, err error) error {
	return &failure{text: text, err: func() error { return err }}
}

// redactError returns err with a text that names its cause and holds no secret.
func redactError(err error) error { return Redacted(safeText(err), err) }

// describeFailure returns the error of an attempt with a text that can be shown. If a
// context has ended, the text says which one.
func describeFailure(a *attempt, err error, timeout time.Duration) error {
	switch call, ended := a.call, a.context.Err(); {
	case call.Err() != nil: // visible to errors.Is, also behind a custom cause
		return Redacted(call.Err().Error(), errors.Join(call.Err(), context.Cause(call), err))
	case ended != nil:
		return Redacted(fmt.Sprintf("no response within %v", timeout), errors.Join(ended, err))
	}
	return redactError(err)
}

// safeText returns what can be shown of err: texts of the standard library and of
// golang.org/x/oauth2 that are known to hold no secret. Of any other error it
// names the type.
func safeText(err error) string {
	if text, ok := typedText(err); ok {
		return text
	}
	if text, ok := safeReason(err); ok {
		return text
	}
	if status, ok := proxyStatus(err); ok {
		// A transport of the caller may use such a text for something else.
		return "the proxy or the HTTP transport refused the connection: " + statusText(status)
	}
	for _, plain := range []error{context.Canceled, context.DeadlineExceeded, errTooLarge, errNoResponse, errNotFinal, net.ErrClosed} {
		if errors.Is(err, plain) {
			return plain.Error()
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return closedEarly
	}
	return fmt.Sprintf("an error of type %T", innermostError(err))
}

// typedText is the text of the exported error types and of our own.
func typedText(err error) (string, bool) {
	if proxy, ok := errors.AsType[*proxyFuncError](err); ok {
		return proxy.Error(), true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return opErrorText(*op), true
	}
	if header, ok := errors.AsType[tls.RecordHeaderError](err); ok && isPlainHTTP(header) {
		return plainHTTP, true
	}
	for _, text := range []func(error) (string, bool){
		knownText[*proxyConnectError], knownText[*net.DNSError], knownText[*tls.CertificateVerificationError],
		knownText[x509.HostnameError], knownText[x509.UnknownAuthorityError], knownText[x509.CertificateInvalidError], knownText[syscall.Errno],
	} {
		if text, ok := text(err); ok {
			return text, true
		}
	}
	if address, ok := errors.AsType[*net.AddrError](err); ok {
		return addressText(address)
	}
	return "", false
}

// isPlainHTTP reports whether a server answered a TLS handshake with HTTP.
func isPlainHTTP(e tls.RecordHeaderError) bool { return string(e.RecordHeader[:]) == "HTTP/" }

// addressText names what is wrong with an address. The address itself is shown
// only if it is the number of a port.
func addressText(e *net.AddrError) (string, bool) {
	switch e.Err {
	case "invalid port":
		if len(e.Addr) <= 10 && strings.Trim(e.Addr, "0123456789") == "" {
			return e.Err + " " + e.Addr, true
		}
	case "missing port in address", "too many colons in address", "no suitable address":
	default:
		return "invalid address", true
	}
	return e.Err, true
}

// opErrorText keeps the text of package net about an operation and its addresses. The error
// inside may be a proxy's or a dialer's own.
func opErrorText(op net.OpError) string {
	switch {
	case op.Err == nil:
		op.Err = errNoCause
	case op.Op == "remote error":
		return alertText("TLS alert", op.Err)
	case op.Op == "local error": // crypto/tls has sent this alert
		return alertText("TLS error", op.Err)
	case op.Timeout():
		op.Err = errTimedOut
	default:
		op.Err = errors.New(safeText(op.Err))
	}
	return op.Error()
}

var (
	errTimedOut = errors.New("timed out")
	errNoCause  = errors.New("failed")
)

// alertText returns what and the name of a TLS alert. crypto/tls returns it over
// TCP as an unexported type inside a *net.OpError, so it is recognized by its
// text.
func alertText(what string, err error) string {
	if text := strings.TrimPrefix(errorText(err), "tls: "); slices.Contains(alerts, text) {
		return what + ": " + text
	}
	return what
}

// alerts are crypto/tls's names of the alerts that end a connection.
var alerts = []string{
	"unexpected message", "bad record MAC", "decryption failed", "record overflow", "decompression failure", "handshake failure",
	"bad certificate", "unsupported certificate", "revoked certificate", "expired certificate", "unknown certificate",
	"illegal parameter", "unknown certificate authority", "access denied", "error decoding message", "error decrypting message",
	"export restriction", "protocol version not supported", "insufficient security level", "internal error",
	"inappropriate fallback", "user canceled", "no renegotiation", "missing extension", "unsupported extension",
	"certificate unobtainable", "unrecognized name", "bad certificate status response", "bad certificate hash value",
	"unknown PSK identity", "certificate required", "no application protocol", "encrypted client hello required",
}

func knownText[E error](err error) (string, bool) {
	if e, ok := errors.AsType[E](err); ok {
		return escapeControls(e.Error()), true
	}
	return "", false
}

// escapeControls escapes control and format characters: the names in a
// certificate are the server's.
func escapeControls(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// innermostError follows err's wrapped errors to the last one.
func innermostError(err error) error {
	for {
		next := errors.Unwrap(err)
		if f, ok := err.(*failure); ok { //nolint:errorlint // the walk goes through each wrapper itself
			next = f.err()
		}
		if next == nil {
			return err
		}
		err = next
	}
}
