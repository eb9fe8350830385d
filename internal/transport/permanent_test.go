package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

// A transport of the caller may return such a text after it sent the request.
func TestReasonPhraseIsPermanentOnlyWithoutConnection(t *testing.T) {
	err := errors.New("Forbidden")
	if isPermanent(err, false) || !isPermanent(err, true) {
		t.Error("a reason phrase is a proxy's refusal if and only if no connection was held")
	}
}

func TestConnectionAlertsAreNotPermanentOnceConnected(t *testing.T) {
	for _, test := range []struct {
		code      tls.AlertError
		permanent bool
	}{{20, false}, {80, false}, {90, false}, {42, true}, {48, true}, {116, true}} {
		err := &net.OpError{Op: "remote error", Err: test.code}
		if isPermanent(err, false) != test.permanent || !isPermanent(err, true) {
			t.Errorf("%v", err)
		}
	}
}

func TestPermanentFailures(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, test := range []struct {
		name      string
		err       error
		permanent bool
	}{
		{"a dialer's own check of the authority", x509.UnknownAuthorityError{}, true},
		{"a dialer's own check of the host", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "vendor.example"}, true},
		{"a dialer's own check of the dates", x509.CertificateInvalidError{Reason: x509.Expired}, true},
		{"port out of range", dial(&net.AddrError{Err: "invalid port", Addr: "99999"}), true},
		{"unknown port", dial(&net.DNSError{Err: "unknown port", Name: "tcp/planted"}), true},
		{"wrapped", fmt.Errorf("planted: %w", redactError(dial(&net.AddrError{Err: "invalid port"}))), true},
		{"connection refused", errDial, false},
		{"connection reset", errLost, false},
		{"network unreachable", dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), false},
		{"dial timeout", dial(os.ErrDeadlineExceeded), false},
		{"host not found", dial(&net.DNSError{Err: "no such host", IsNotFound: true}), false},
		{"DNS temporary", dial(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), false},
		{"DNS timeout", dial(&net.DNSError{Err: "i/o timeout", IsTimeout: true}), false},
		{"end of file", io.EOF, false},
		{"attempt timeout", context.DeadlineExceeded, false},
		{"canceled", context.Canceled, false},
		{"a caller's own", errOwn, false},
		{"two failures", errors.Join(errLost, errOwn), false},
		{"an alert without a text", &net.OpError{Op: "remote error"}, false},
		{"TLS record too long", tls.RecordHeaderError{Msg: "oversized record received with length 20000"}, false},
		{"nothing", nil, false},
	} {
		for _, noConn := range []bool{true, false} {
			if isPermanent(test.err, noConn) != test.permanent {
				t.Errorf("%s, no connection %v: permanent %v", test.name, noConn, !test.permanent)
			}
		}
	}
}
