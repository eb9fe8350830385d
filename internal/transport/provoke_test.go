package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Servers on 127.0.0.1 that fail in a given way, and requests to them.

// listenTCP serves each connection with serve, until the test ends.
func listenTCP(t testing.TB, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	done := make(chan struct{})
	var serving sync.WaitGroup
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[conn] = true
			mu.Unlock()
			serving.Go(func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
				serve(conn)
			})
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		mu.Lock()
		for conn := range conns {
			_ = conn.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	return l.Addr().String()
}

// certificate is httptest's, for 127.0.0.1 and example.com; roots trusts it.
var certificate, roots = func() (tls.Certificate, *x509.CertPool) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server.TLS.Certificates[0], pool
}()

// listenTLS is listenTCP behind TLS.
func listenTLS(t testing.TB, cfg *tls.Config, serve func(net.Conn)) (address string) {
	cfg.Certificates = []tls.Certificate{certificate}
	return listenTCP(t, func(conn net.Conn) {
		secured := tls.Server(conn, cfg)
		if secured.Handshake() == nil {
			serve(secured)
		}
		readSilently(conn) // closing with unread bytes would reset the connection
	})
}

// respondOnce reads one request and writes wire.
func respondOnce(wire string) func(net.Conn) {
	return func(conn net.Conn) {
		if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(conn, wire)
		}
	}
}

// readSilently reads until the connection ends.
func readSilently(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// An h2conn is the server's side of an HTTP/2 connection, without flow control
// and compression.
type h2conn struct{ net.Conn }

// Types of frames.
const (
	h2Data, h2Headers, h2RST, h2Settings, h2Ping, h2GoAway = 0, 1, 3, 4, 6, 7
)

func (c h2conn) write(kind, flags byte, stream uint32, payload []byte) {
	frame := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	frame = binary.BigEndian.AppendUint32(frame, stream)
	_, _ = c.Write(append(frame, payload...))
}

// headers ends the stream if last.
func (c h2conn) headers(stream uint32, last bool, block string) {
	flags := byte(4)
	if last {
		flags = 5
	}
	c.write(h2Headers, flags, stream, []byte(block))
}

func (c h2conn) reset(stream, code uint32) {
	c.write(h2RST, 0, stream, binary.BigEndian.AppendUint32(nil, code))
}

func (c h2conn) goAway(last, code uint32) {
	payload := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code)
	c.write(h2GoAway, 0, 0, append(payload, "planted; ErrCode=CANCEL"...))
}

// ok200 is the header block of a 200.
const ok200 = "\x88"

// listenH2 calls act for each request that was read whole. It answers no ping.
func listenH2(t testing.TB, act func(c h2conn, stream uint32)) (address string) {
	return listenTLS(t, &tls.Config{NextProtos: []string{"h2"}}, func(conn net.Conn) {
		if _, err := io.CopyN(io.Discard, conn, 24); err != nil { // the preface
			return
		}
		c := h2conn{conn}
		c.write(h2Settings, 0, 0, nil)
		for head := make([]byte, 9); ; {
			if _, err := io.ReadFull(conn, head); err != nil {
				return
			}
			length := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
			if _, err := io.CopyN(io.Discard, conn, length); err != nil {
				return
			}
			kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
			if kind == h2Settings && flags&1 == 0 {
				c.write(h2Settings, 1, 0, nil)
			}
			if (kind == h2Data || kind == h2Headers) && flags&1 != 0 {
				act(c, stream)
			}
		}
	})
}

// An exchange is a request of a test and how far it got.
type exchange struct {
	requested, held atomic.Bool
}

func (x *exchange) noConn() bool { return x.requested.Load() && !x.held.Load() }

// send sends a request that must not be repeated and reads the response whole.
func (x *exchange) send(t testing.TB, rt http.RoundTripper, address string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { x.requested.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { x.held.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("planted body"))
	if err != nil {
		t.Fatal(err)
	}
	req.GetBody = nil
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	return err
}

// ownTransport is the SDK's transport for tests' servers.
func ownTransport(t testing.TB, change func(*http.Transport)) *http.Transport {
	rt := newTransport(sharedPings)
	rt.TLSClientConfig = &tls.Config{RootCAs: roots}
	if change != nil {
		change(rt)
	}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}
