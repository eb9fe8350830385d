package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// A provoked failure comes from a real server, proxy or transport.
type provoked struct {
	name      string
	provoke   func(t testing.TB, x *exchange) error
	want      string // the text shown; a * at its end stands for anything
	permanent bool
}

// provocations are one failure at least for each text in reasons and http2Forms.
func provocations() []provoked {
	return slices.Concat(requestFailures(), responseFailures(), tlsFailures(), http2Failures(), proxyFailures(), socksFailures(), tokenFailures())
}

func TestReasonOfEachFailure(t *testing.T) {
	seen, ran := map[string]bool{}, 0
	tests := provocations()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ran++
			x := &exchange{}
			err := test.provoke(t, x)
			if err == nil {
				t.Fatal("no error")
			}
			text := redactError(err).Error()
			if prefix, any := strings.CutSuffix(test.want, "*"); text != test.want && !(any && strings.HasPrefix(text, prefix)) {
				t.Errorf("%q is shown as %q, want %q", err, text, test.want)
			}
			checkPrints(t, redactError(err), "")
			if got := isPermanent(err, x.noConn()); got != test.permanent {
				t.Errorf("%q: permanent %v, want %v", err, got, test.permanent)
			}
			if got := isPermanent(redactError(err), x.noConn()); got != test.permanent {
				t.Errorf("%q: permanent %v when described, want %v", err, got, test.permanent)
			}
			notePrefixes(seen, err)
		})
	}
	if ran < len(tests) {
		return // -run selects some of them
	}
	for _, r := range reasons {
		if !seen[r.prefix] && r.prefix != cgiProxy { // a process of its own provokes it
			t.Errorf("nothing produces %q", r.prefix)
		}
	}
	for _, form := range http2Forms {
		if !seen[form.prefix] {
			t.Errorf("nothing produces %q", form.prefix)
		}
	}
}

// notePrefixes notes which texts of the lists err's tree begins with.
func notePrefixes(seen map[string]bool, err error) {
	for ; err != nil; err = errors.Unwrap(err) {
		text := strings.TrimPrefix(err.Error(), "http2: Transport: cannot retry err [")
		if _, cause, ok := strings.Cut(text, "; PROTOCOL_ERROR; "); ok {
			text = cause
		}
		if i := slices.IndexFunc(reasons, func(r reason) bool { return strings.HasPrefix(text, r.prefix) }); i >= 0 {
			seen[reasons[i].prefix] = true
		}
		for _, form := range http2Forms {
			if strings.HasPrefix(text, form.prefix) {
				seen[form.prefix] = true
			}
		}
	}
}

// sendHTTP sends a request over plain HTTP to serve.
func sendHTTP(serve func(net.Conn), change func(*http.Transport)) func(testing.TB, *exchange) error {
	return func(t testing.TB, x *exchange) error {
		return x.send(t, ownTransport(t, change), "http://"+listenTCP(t, serve)+"/planted?planted=planted")
	}
}

// sendHTTPS sends a request over HTTPS to a server that speaks no TLS by itself.
func sendHTTPS(serve func(net.Conn), change func(*http.Transport)) func(testing.TB, *exchange) error {
	return func(t testing.TB, x *exchange) error {
		return x.send(t, ownTransport(t, change), "https://"+listenTCP(t, serve)+"/planted?planted=planted")
	}
}

// sendTo sends a request to an address.
func sendTo(address string, change func(*http.Request)) func(testing.TB, *exchange) error {
	return func(t testing.TB, x *exchange) error {
		rt := ownTransport(t, nil)
		return x.send(t, doFunc(func(req *http.Request) (*http.Response, error) {
			if change != nil {
				change(req)
			}
			return rt.RoundTrip(req)
		}), address)
	}
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func requestFailures() []provoked {
	return []provoked{
		{"scheme", sendTo("planted://vendor.example/planted", nil), "unsupported protocol scheme", true},
		{"no host", sendTo("http:///planted", nil), "http: no Host in request URL", true},
		{"header", sendTo("http://vendor.example/", func(req *http.Request) { req.Header.Set("X-Planted", "planted\n") }), "net/http: invalid header", false},
		{"method", sendTo("http://vendor.example/", func(req *http.Request) { req.Method = "planted planted" }), "net/http: invalid method", false},
		{"port", sendTo("http://127.0.0.1:99999/planted", nil), "dial tcp: invalid port 99999", true},
		{"refused", sendTo("http://"+unusedAddress(), nil), "dial tcp *", false},
		{"response header timeout", sendHTTP(readSilently, func(rt *http.Transport) { rt.ResponseHeaderTimeout = 20 * time.Millisecond }), "timeout awaiting response headers", false},
		{"dial timeout", sendHTTP(readSilently, func(rt *http.Transport) { rt.DialContext = (&net.Dialer{Timeout: 1}).DialContext }), "dial tcp *", false},
		{"idle connection", closedWhileIdle, closedEarly, false},
		{"hang-up", sendHTTP(func(conn net.Conn) { respondOnce("")(conn) }, nil), closedEarly, false},
		{"reset", sendHTTP(func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0); respondOnce("")(conn) }, nil), "read tcp *", false},
	}
}

// unusedAddress is an address on which nothing listens.
func unusedAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// closedWhileIdle sends a second request at the moment the server closes the
// kept connection: after net/http chose the connection, before it writes.
func closedWhileIdle(t testing.TB, x *exchange) error {
	closed := make(chan struct{})
	over := make(chan struct{})
	rt := ownTransport(t, func(rt *http.Transport) {
		dial := rt.DialContext
		rt.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			return closing{conn, closed}, err
		}
	})
	address := "http://" + listenTCP(t, func(conn net.Conn) {
		respondOnce("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn)
		<-over
	})
	if err := x.send(t, rt, address); err != nil {
		t.Fatal(err)
	}
	return x.send(t, doFunc(func(req *http.Request) (*http.Response, error) {
		return rt.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GotConn: func(httptrace.GotConnInfo) { close(over); <-closed },
		})))
	}), address)
}

type closing struct {
	net.Conn
	closed chan struct{}
}

func (c closing) Close() error {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	return c.Conn.Close()
}

func responseFailures() []provoked {
	const ok = "HTTP/1.1 200 OK\r\n"
	const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	zipped := func(spoil func([]byte)) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, "planted planted planted")
		_ = z.Close()
		spoil(b.Bytes())
		return fmt.Sprintf(ok+"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", b.Len(), b.Bytes())
	}
	var tests []provoked
	for _, r := range []struct{ name, wire, want string }{
		{"no HTTP", "planted\r\n\r\n", "malformed HTTP response"},
		{"status", "HTTP/1.1 planted OK\r\n\r\n", "malformed HTTP status code"},
		{"version", "HTTP/planted 200 OK\r\n\r\n", "malformed HTTP version"},
		{"header", ok + "planted\r\n\r\n", "malformed MIME header"},
		{"length", ok + "Content-Length: planted\r\n\r\n", "bad Content-Length"},
		{"empty length", ok + "Content-Length:\r\n\r\n", "invalid empty Content-Length"},
		{"two lengths", ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "multiple Content-Length headers"},
		{"encoding", ok + "Transfer-Encoding: planted\r\n\r\n", "unsupported transfer encoding"},
		{"two encodings", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: planted\r\n\r\n", "too many transfer encodings"},
		{"chunk without end", chunked + "1\r\nxplanted\r\n", "malformed chunked encoding"},
		{"chunk length", chunked + "planted\r\n", "invalid byte in chunk length"},
		{"chunk length too large", chunked + strings.Repeat("f", 17) + "\r\n", "http chunk length too large"},
		{"no chunk length", chunked + ";planted\r\n", "empty hex number for chunk length"},
		{"chunk with LF", chunked + "1\nplanted", "chunked line ends with bare LF"},
		{"chunk with CR", chunked + "1\rp\r\nplanted", "invalid CR in chunked line"},
		{"chunk extensions", chunked + strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\nx\r\n", 50), "chunked encoding contains too much non-data"},
		{"chunk line too long", chunked + strings.Repeat("1", 9000) + "\r\n", "header line too long"},
		{"header too large", ok + "X-Planted: " + strings.Repeat("x", 11<<20) + "\r\n\r\n", "response headers are too large"},
		{"interim responses", strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n", 12) + ok + "\r\n", "response headers are too large"},
		{"cut", ok + "Content-Length: 10\r\n\r\nplanted", closedEarly},
		{"no gzip", ok + "Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\nplanted planted", "gzip: invalid header"},
		{"gzip checksum", zipped(func(b []byte) { b[len(b)-8] ^= 1 }), "gzip: invalid checksum"},
		{"gzip data", zipped(func(b []byte) { b[10] = 0xff }), "flate: corrupt input"},
	} {
		tests = append(tests, provoked{"response: " + r.name, sendHTTP(respondOnce(r.wire), nil), r.want, false})
	}
	return tests
}

func tlsFailures() []provoked {
	clientCertificate := func(version uint16) func(testing.TB, *exchange) error {
		return func(t testing.TB, x *exchange) error {
			cfg := &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version}
			return x.send(t, ownTransport(t, nil), "https://"+listenTLS(t, cfg, readSilently))
		}
	}
	trusts := func(host string, change func(*tls.Config)) func(testing.TB, *exchange) error {
		return func(t testing.TB, x *exchange) error {
			rt := ownTransport(t, func(rt *http.Transport) { change(rt.TLSClientConfig) })
			_, port, _ := net.SplitHostPort(listenTLS(t, &tls.Config{}, readSilently))
			return x.send(t, rt, "https://"+net.JoinHostPort(host, port))
		}
	}
	tests := []provoked{
		{"plain HTTP", sendHTTPS(respondToBytes("HTTP/1.1 400 planted\r\n\r\n"), nil), plainHTTP, true},
		{"plain HTTP to a client", func(t testing.TB, x *exchange) error {
			client := &http.Client{Transport: ownTransport(t, nil)}
			_, err := client.Get("https://" + listenTCP(t, respondToBytes("HTTP/1.1 400 planted\r\n\r\n")))
			return err
		}, plainHTTP, true},
		{"not TLS", sendHTTPS(respondToBytes("SSH-2.0-planted\r\n"), nil), "tls: first record does not look like a TLS handshake", true},
		{"handshake timeout", sendHTTPS(readSilently, func(rt *http.Transport) { rt.TLSHandshakeTimeout = 20 * time.Millisecond }), "TLS handshake timeout", false},
		{"old version", sendHTTPS(respondToBytes(serverHello(0x0301, 0x002f, 0)), nil), "tls: server selected unsupported protocol version", false},
		{"odd cipher", sendHTTPS(respondToBytes(serverHello(0x0303, 0x0001, 0)), nil), "tls: server chose an unconfigured cipher suite", false},
		{"odd compression", sendHTTPS(respondToBytes(serverHello(0x0303, 0xc02f, 1)), nil), "TLS error", false},
		{"record that was changed", func(t testing.TB, x *exchange) error {
			return x.send(t, ownTransport(t, nil), "https://"+listenTLS(t, &tls.Config{}, func(conn net.Conn) {
				_, _ = io.WriteString(conn.(*tls.Conn).NetConn(), "\x17\x03\x03\x00\x20"+strings.Repeat("x", 32))
			}))
		}, "TLS error: bad record MAC", false},
		{"client certificate, TLS 1.2", clientCertificate(tls.VersionTLS12), "TLS alert: *", true},
		{"client certificate, TLS 1.3", clientCertificate(tls.VersionTLS13), "TLS alert: certificate required", true},
		{"untrusted", trusts("127.0.0.1", func(c *tls.Config) { c.RootCAs = nil }), "tls: failed to verify certificate: x509: certificate signed by unknown authority", true},
		{"expired", trusts("127.0.0.1", func(c *tls.Config) { c.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) } }), "tls: failed to verify certificate: x509: certificate has expired *", true},
		{"another host", trusts("127.0.0.1", func(c *tls.Config) { c.ServerName = "vendor.invalid" }), "tls: failed to verify certificate: x509: certificate is valid for *", true},
		{"alert without a name", sendHTTPS(respondToBytes("\x15\x03\x03\x00\x02\x02\x63"), nil), "TLS alert", true},
	}
	for code := range 256 {
		text := strings.TrimPrefix(tls.AlertError(code).Error(), "tls: ")
		if code == 0 || strings.HasPrefix(text, "alert(") { // close notify ends a connection without an alert
			continue
		}
		wire := "\x15\x03\x03\x00\x02\x02" + string([]byte{byte(code)})
		tests = append(tests, provoked{"alert: " + text, sendHTTPS(respondToBytes(wire), nil), "TLS alert: " + text, true})
	}
	return tests
}

// respondToBytes reads what comes first, whatever it is, and writes wire.
func respondToBytes(wire string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := conn.Read(make([]byte, 1<<16)); err == nil {
			_, _ = io.WriteString(conn, wire)
			readSilently(conn)
		}
	}
}

// serverHello is a TLS record with a ServerHello.
func serverHello(version, cipher uint16, compression byte) string {
	hello := binary.BigEndian.AppendUint16(nil, version)
	hello = append(hello, make([]byte, 33)...) // the random and an empty session id
	hello = append(binary.BigEndian.AppendUint16(hello, cipher), compression)
	return fmt.Sprintf("\x16\x03\x03\x00%c\x02\x00\x00%c%s", rune(len(hello)+4), rune(len(hello)), hello)
}

func http2Failures() []provoked {
	h2 := func(change func(*http.Transport), act func(h2conn, uint32)) func(testing.TB, *exchange) error {
		return func(t testing.TB, x *exchange) error {
			return x.send(t, ownTransport(t, change), "https://"+listenH2(t, act)+"/planted")
		}
	}
	nothing := func(h2conn, uint32) {}
	tests := []provoked{
		{"h2: ping", h2(func(rt *http.Transport) {
			rt.HTTP2 = &http.HTTP2Config{SendPingTimeout: 20 * time.Millisecond, PingTimeout: 20 * time.Millisecond}
		}, nothing), "the HTTP/2 connection was lost: a ping was not answered", false},
		{"h2: response header timeout", h2(func(rt *http.Transport) { rt.ResponseHeaderTimeout = 50 * time.Millisecond }, nothing), "timeout awaiting response headers", false},
		{"h2: reset in the body", h2(nil, func(c h2conn, id uint32) { c.headers(id, false, ok200); c.reset(id, 2) }), "HTTP/2 stream error: INTERNAL_ERROR", false},
		{"h2: unknown code", h2(nil, func(c h2conn, id uint32) { c.reset(id, 99) }), "HTTP/2 stream error: unknown code", false},
		{"h2: GOAWAY before the request", h2(nil, func(c h2conn, _ uint32) { c.goAway(0, 0) }), "the server closed the HTTP/2 connection (GOAWAY)", false},
		{"h2: GOAWAY with a code", h2(nil, func(c h2conn, _ uint32) { c.goAway(0, 11) }), "the server closed the HTTP/2 connection (GOAWAY)*", false},
		{"h2: GOAWAY and close", h2(nil, func(c h2conn, id uint32) { c.goAway(id, 11); _ = c.Conn.(*tls.Conn).CloseWrite() }), "the server closed the HTTP/2 connection (GOAWAY): ENHANCE_YOUR_CALM", false},
		{"h2: no status", h2(nil, func(c h2conn, id uint32) { c.headers(id, true, "\x0f\x0d\x010") }), "malformed HTTP/2 response: no status", false},
		{"h2: odd status", h2(nil, func(c h2conn, id uint32) { c.headers(id, true, "\x08\x07planted") }), "malformed HTTP/2 response: invalid status", false},
		{"h2: longer than its length", h2(nil, func(c h2conn, id uint32) {
			c.headers(id, false, ok200+"\x0f\x0d\x011")
			c.write(h2Data, 1, id, []byte("planted"))
		}), "the response is longer than its Content-Length", false},
		{"h2: connection error", h2(nil, func(c h2conn, id uint32) { c.write(h2Data, 0, 0, nil) }), "HTTP/2 connection error: PROTOCOL_ERROR", false},
		{"h2: header too large", h2(func(rt *http.Transport) { rt.MaxResponseHeaderBytes = 100 }, func(c h2conn, id uint32) {
			c.headers(id, true, ok200+strings.Repeat("\x0f\x0d\x32"+strings.Repeat("1", 50), 10))
		}), "response headers are too large", false},
		{"h2: HTTP/1.1 on it", h2(nil, func(c h2conn, _ uint32) { _, _ = io.WriteString(c, "HTTP/1.1 400 planted planted planted\r\n\r\n") }), "malformed HTTP/2 frame", false},
	}
	for code, name := range http2CodeNames {
		tests = append(tests, provoked{"h2: reset " + name, h2(nil, func(c h2conn, id uint32) { c.reset(id, uint32(code)) }), "HTTP/2 stream error: " + name, false})
	}
	return tests
}

// sendThrough sends a request to https://vendor.example through a proxy.
func sendThrough(scheme string, serve func(net.Conn), change func(*http.Transport)) func(testing.TB, *exchange) error {
	return func(t testing.TB, x *exchange) error {
		proxy := &url.URL{Scheme: scheme, User: url.UserPassword("planted", "planted"), Host: listenTCP(t, serve)}
		rt := ownTransport(t, func(rt *http.Transport) {
			rt.Proxy = http.ProxyURL(proxy)
			if change != nil {
				change(rt)
			}
		})
		return x.send(t, rt, "https://vendor.example/planted")
	}
}

func proxyFailures() []provoked {
	callers := func(rt *http.Transport) { rt.OnProxyConnectResponse = nil }
	refuses := func(status int) func(net.Conn) {
		return respondOnce(fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: 7\r\n\r\nplanted", status, http.StatusText(status)))
	}
	tests := []provoked{
		{"proxy: no HTTP", sendThrough("http", respondOnce("planted\r\n\r\n"), nil), "malformed HTTP response", false},
		{"proxy: hang-up", sendThrough("http", respondOnce(""), nil), closedEarly, false},
		{"proxy: its own phrase", sendThrough("http", respondOnce("HTTP/1.1 407 planted\r\n\r\n"), nil), "the proxy refused the connection: 407 Proxy Authentication Required", true},
		{"proxy: its own phrase, a caller's transport", sendThrough("http", respondOnce("HTTP/1.1 407 planted\r\n\r\n"), callers), "an error of type *errors.errorString", false},
		{"proxy: its own status", sendThrough("http", respondOnce("HTTP/1.1 499 planted\r\n\r\n"), nil), "the proxy refused the connection: 499", true},
		{"proxy: 200 and hang-up", sendThrough("http", func(conn net.Conn) {
			respondOnce("HTTP/1.1 200 OK\r\n\r\n")(conn)
			_ = conn.(*net.TCPConn).CloseWrite()
			readSilently(conn)
		}, nil), closedEarly, false},
		{"proxy: not there", func(t testing.TB, x *exchange) error {
			rt := ownTransport(t, func(rt *http.Transport) { rt.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: unusedAddress()}) })
			return x.send(t, rt, "https://vendor.example/planted")
		}, "proxyconnect tcp: dial tcp *", false},
		{"proxy: port", func(t testing.TB, x *exchange) error {
			rt := ownTransport(t, func(rt *http.Transport) { rt.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:99999"}) })
			return x.send(t, rt, "https://vendor.example/planted")
		}, "proxyconnect tcp: dial tcp: invalid port 99999", true},
		{"proxy: alert", sendThrough("https", respondToBytes("\x15\x03\x03\x00\x02\x02\x74"), nil), "proxyconnect tcp: TLS alert: certificate required", true},
	}
	for text, status := range statusByText {
		temporary := status == 408 || status == 429 || status >= 500
		tests = append(tests,
			provoked{"proxy: " + text, sendThrough("http", refuses(status), nil), fmt.Sprintf("the proxy refused the connection: %d %s", status, text), !temporary},
			provoked{"proxy, a caller's transport: " + text, sendThrough("http", refuses(status), callers), fmt.Sprintf("the proxy or the HTTP transport refused the connection: %d %s", status, text), !temporary},
		)
	}
	return tests
}

func socksFailures() []provoked {
	answers := func(wire ...string) func(net.Conn) {
		return func(conn net.Conn) {
			for _, w := range wire {
				if _, err := conn.Read(make([]byte, 1024)); err != nil {
					return
				}
				_, _ = io.WriteString(conn, w)
			}
			readSilently(conn)
		}
	}
	tests := []provoked{
		{"socks: no method", sendThrough("socks5", answers("\x05\xff"), nil), "socks connect *", true},
		{"socks: password", sendThrough("socks5", answers("\x05\x02", "\x01\x01"), nil), "socks connect *", true},
		{"socks: HTTP", sendThrough("socks5", answers("HTTP/1.1 400 planted\r\n\r\n"), nil), "socks connect *", false},
	}
	for code := range 6 {
		reply := "\x05" + string([]byte{byte(code + 1)}) + "\x00\x01\x00\x00\x00\x00\x00\x00"
		tests = append(tests, provoked{fmt.Sprintf("socks: reply %d", code+1), sendThrough("socks5", answers("\x05\x00", reply), nil), "socks connect *", code+1 == 2})
	}
	return tests
}

func tokenFailures() []provoked {
	asks := func(label, response string, change func(*clientcredentials.Config)) func(testing.TB, *exchange) error {
		return func(t testing.TB, _ *exchange) error {
			config := clientcredentials.Config{
				ClientID: "planted", ClientSecret: "planted", AuthStyle: oauth2.AuthStyleInParams,
				TokenURL: "http://" + listenTCP(t, respondOnce("HTTP/1.1 200 OK\r\nContent-Type: "+label+"\r\n"+response)),
			}
			if change != nil {
				change(&config)
			}
			_, err := config.Token(TokenClient(t.Context(), nil))
			sharedTransport().(*http.Transport).CloseIdleConnections()
			return err
		}
	}
	body := func(text string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(text), text) }
	return []provoked{
		{"token: HTML", asks("text/html", body("<html>planted"), nil), "the token endpoint's response is not JSON", false},
		{"token: expires_in", asks("application/json", body(`{"access_token":"planted","expires_in":3599.5}`), nil), "the token endpoint's expires_in is not a whole number", false},
		{"token: type", asks("application/json", body(`{"access_token":{"planted":1}}`), nil), "the token endpoint's JSON has a member of the wrong type", false},
		{"token: form", asks("text/plain", body("planted=%zz"), nil), "the token endpoint's response is not a valid form", false},
		{"token: none", asks("application/json", body(`{"planted":"planted"}`), nil), "the token endpoint's response has no access_token", false},
		{"token: cut", asks("application/json", "Content-Length: 100\r\n\r\n{", nil), closedEarly, false},
		{"token: gzip", asks("application/json", "Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\nplanted planted", nil), "the token endpoint's response could not be read", false},
		{"token: parameter", asks("application/json", "", func(c *clientcredentials.Config) {
			c.Scopes, c.EndpointParams = []string{"planted"}, url.Values{"scope": {"planted"}}
		}), "oauth2: cannot overwrite parameter", false},
		{"token: expired", func(t testing.TB, _ *exchange) error {
			config := oauth2.Config{}
			_, err := config.TokenSource(t.Context(), &oauth2.Token{AccessToken: "planted", Expiry: time.Now().Add(-time.Hour)}).Token()
			return err
		}, "the token has expired and there is no refresh token", false},
	}
}

func TestAlertsMatchCryptoTLS(t *testing.T) {
	var names []string
	for code := 1; code < 256; code++ {
		if name := strings.TrimPrefix(tls.AlertError(code).Error(), "tls: "); !strings.HasPrefix(name, "alert(") {
			names = append(names, name)
		}
	}
	if !slices.Equal(names, alerts) {
		t.Errorf("crypto/tls names %q", names)
	}
}

// Texts of a caller's transport are not shown, even if they begin as one of
// the listed texts.
func TestUnlistedTextsAreRedacted(t *testing.T) {
	for _, r := range reasons {
		checkPrints(t, redactError(errors.New(r.prefix+" planted")), "")
	}
	for _, form := range http2Forms {
		checkPrints(t, redactError(errors.New(form.prefix+form.marker+"planted")), "")
	}
	checkPrints(t, redactError(&net.AddrError{Err: "planted", Addr: "planted"}), "invalid address")
	checkPrints(t, redactError(&net.AddrError{Err: "invalid port", Addr: "planted"}), "invalid port")
	checkPrints(t, redactError(&net.OpError{Op: "remote error", Err: errOwn}), "TLS alert")
}
