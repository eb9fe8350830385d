package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/creditkit/creditkit/credit"
)

// leaky is an error of another package's transport, with a secret in every field.
type leaky struct{ URL, Header string }

func (l leaky) Error() string { return "cannot send " + l.URL + " with " + l.Header }

func TestDescribeShowsOnlySafeTexts(t *testing.T) {
	const address = "https://user:planted@planted.example/planted?key=planted"
	own := leaky{address, "planted"}
	inURL := func(err error) error { return &url.Error{Op: "Put", URL: address, Err: err} }
	for _, test := range []struct {
		err  error
		want string
	}{
		{own, "an error of type transport.leaky"},
		{inURL(inURL(own)), "an error of type transport.leaky"},
		{fmt.Errorf("planted: %w", inURL(errDial)), "dial tcp: connection refused"},
		{inURL(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errOwn}), "proxyconnect tcp: an error of type *errors.errorString"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}, "dial tcp: timed out"},
		{&net.OpError{Op: "dial", Net: "tcp"}, "dial tcp: failed"},
		{inURL(&net.DNSError{Err: "no such host", Name: "vendor.example"}), "lookup vendor.example: no such host"},
		{inURL(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{inURL(tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), "tls: first record does not look like a TLS handshake"},
		{inURL(&net.OpError{Op: "remote error", Err: tls.AlertError(42)}), "TLS alert: bad certificate"},
		{x509.CertificateInvalidError{Reason: x509.CANotAuthorizedForThisName, Detail: "a\u202eb\n\"c\""}, `x509: a root or intermediate certificate is not authorized to sign for this name: a\u202eb\n"c"`},
		{inURL(net.ErrClosed), "use of closed network connection"},
		{inURL(os.NewSyscallError("planted", errLost.Err)), "connection reset by peer"},
		{inURL(context.Canceled), "context canceled"},
		{inURL(context.DeadlineExceeded), "context deadline exceeded"},
		{inURL(io.EOF), "the connection was closed before the response was complete"},
		{fmt.Errorf("planted: %w", io.ErrUnexpectedEOF), "the connection was closed before the response was complete"},
		{errors.Join(own, errOwn), "an error of type *errors.joinError"},
	} {
		err := redactError(test.err)
		if !errors.Is(err, test.err) {
			t.Errorf("%q hides its cause from errors.Is", err)
		}
		if _, ok := errors.AsType[*url.Error](test.err); ok {
			if _, ok := errors.AsType[*url.Error](err); !ok {
				t.Errorf("%q hides its cause from errors.As", err)
			}
		}
		checkPrints(t, err, test.want)
		checkPrints(t, &credit.Error{Vendor: "vendor", Err: err}, "")
		checkPrints(t, fmt.Errorf("wrapped: %w", err), "")
	}
}

func TestRedactedPrintsTextOnly(t *testing.T) {
	err := Redacted("a text", errOwn)
	checkPrints(t, err, "a text")
	if !errors.Is(err, errOwn) || errors.Unwrap(err) != nil {
		t.Error("the cause must be visible to errors.Is and to no printing")
	}
}

// net/http quotes a malformed response in its error.
func TestMalformedResponsesAreNotQuoted(t *testing.T) {
	for _, test := range []struct {
		name, wire string
	}{
		{"not HTTP", "planted planted\r\n\r\n"}, {"odd status", "HTTP/1.1 planted OK\r\n\r\n"},
		{"odd header", "HTTP/1.1 200 OK\r\nplanted\r\n\r\n"}, {"odd length", "HTTP/1.1 200 OK\r\nContent-Length: planted\r\n\r\n"},
		{"odd chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nplanted\r\n"}, {"nothing", ""},
		{"odd encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: planted\r\n\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				call := once(t.Context())
				newClient(t, dialing(t, func(conn net.Conn) {
					readRequest(conn)
					_, _ = io.WriteString(conn, test.wire)
				})).Do(call)
				err := call.Failure
				if call.Response != nil {
					err = call.Response.BodyErr
				} else if call.Outcome != credit.Unknown {
					t.Errorf("outcome %v", call.Outcome)
				}
				if err == nil || call.Attempts != 1 {
					t.Fatalf("%v after %d attempts", err, call.Attempts)
				}
				checkPrints(t, err, "")
			})
		})
	}
}

func TestUnknownTransportErrorsAreNotQuoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := safe(t.Context())
		newClient(t, script(func(req *http.Request) (*http.Response, error) {
			return nil, leaky{req.URL.String(), fmt.Sprint(req.Header)}
		})).Do(call)
		checkCall(t, call, 0, 4, credit.Unknown)
		checkPrints(t, call.Failure, "an error of type transport.leaky")
		if own, ok := errors.AsType[leaky](call.Failure); !ok || !strings.Contains(own.Header, apiKey) {
			t.Error("errors.As does not see the cause")
		}
	})
}

// readRequest reads one request to its end.
func readRequest(conn net.Conn) {
	var got strings.Builder
	for buf := make([]byte, 4096); !strings.HasSuffix(got.String(), body); {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		got.Write(buf[:n])
	}
}
