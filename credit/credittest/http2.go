package credittest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// HTTP2 serves the fake over TLS and HTTP/2 on a second address until the Server is
// closed. url is for credit.WithBaseURL, and transport, which trusts the server's
// certificate, for credit.WithTransport. Call it outside of a testing/synctest bubble.
func (s *Server) HTTP2() (url string, transport *http.Transport) {
	certificate, roots := selfSigned()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic("credittest: " + err.Error())
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(s.serveHTTP2),
		ReadHeaderTimeout: time.Minute,
		Protocols:         new(http.Protocols),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, h2ConnKey{}, c)
		},
	}
	// net/http sees a plain connection, because frames are changed above TLS.
	server.Protocols.SetUnencryptedHTTP2(true)
	s.mu.Lock()
	s.http2 = append(s.http2, server)
	s.mu.Unlock()
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}
	go func() { _ = server.Serve(h2Listener{listener, config}) }() // until Close
	transport = &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
	}
	return "https://" + listener.Addr().String() + s.prefix, transport
}

// StreamReset acts, and resets the HTTP/2 stream with an error code instead of a response.
// Without HTTP/2 it is the same as [LostAfter].
func StreamReset(code uint32) Fault {
	return Fault{Applied: true, frame: &h2Frame{kind: frameReset, code: code}}
}

// GoAway acts, sends a GOAWAY frame with an error code instead of a response, and closes
// the HTTP/2 connection. Without HTTP/2 it is the same as [LostAfter].
func GoAway(code uint32) Fault {
	return Fault{Applied: true, frame: &h2Frame{kind: frameGoAway, code: code}}
}

// GoAwayUnprocessed is [GoAway] with a frame that says that the vendor did not
// process the request, although it did.
func GoAwayUnprocessed(code uint32) Fault {
	return Fault{Applied: true, frame: &h2Frame{kind: frameGoAway, code: code, denies: true}}
}

// h2Frame replaces the RST_STREAM frame that net/http sends for a handler that
// panicked.
type h2Frame struct {
	kind   byte
	code   uint32
	denies bool // the request's stream is not among those that were processed
}

const (
	frameReset    = 0x3
	frameGoAway   = 0x7
	frameHeader   = 9 // bytes: length, type, flags, stream
	internalError = 0x2
)

type h2ConnKey struct{}

// serveHTTP2 serves HTTP/2 connections.
func (s *Server) serveHTTP2(w http.ResponseWriter, req *http.Request) {
	s.working.RLock()
	defer s.working.RUnlock()
	conn := req.Context().Value(h2ConnKey{}).(*h2Conn)
	r, err := readRequest(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	answer := s.exchange(req.Context(), r)
	switch {
	case answer.silent:
		conn.silence()
		<-req.Context().Done()
	case answer.frame != nil:
		conn.replaceReset(*answer.frame)
		panic(http.ErrAbortHandler)
	case answer.lost:
		_ = conn.Close()
		panic(http.ErrAbortHandler)
	}
	answer.write(w)
}

// h2Listener accepts connections and removes their TLS.
type h2Listener struct {
	net.Listener
	config *tls.Config
}

func (l h2Listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &h2Conn{Conn: tls.Server(conn, l.config)}, nil
}

// h2Conn is a connection of the server. It can change the frames that it sends.
type h2Conn struct {
	net.Conn

	mu      sync.Mutex
	unsent  []byte // the beginning of a frame
	replace []h2Frame
	silent  bool
}

// silence keeps the connection open and sends nothing more.
func (c *h2Conn) silence() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = true
}

// replaceReset sends f instead of the next RST_STREAM with INTERNAL_ERROR.
func (c *h2Conn) replaceReset(f h2Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replace = append(c.replace, f)
}

func (c *h2Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent {
		return len(p), nil
	}
	c.unsent = append(c.unsent, p...)
	var whole []byte
	closes := false
	for len(c.unsent) >= frameHeader && !closes {
		size := frameHeader + int(c.unsent[0])<<16 + int(c.unsent[1])<<8 + int(c.unsent[2])
		if len(c.unsent) < size {
			break
		}
		frame := c.unsent[:size]
		c.unsent = c.unsent[size:]
		if len(c.replace) > 0 && frame[3] == frameReset && binary.BigEndian.Uint32(frame[frameHeader:]) == internalError {
			f := c.replace[0]
			c.replace = c.replace[1:]
			frame = f.encode(binary.BigEndian.Uint32(frame[5:]))
			closes = f.kind == frameGoAway
		}
		whole = append(whole, frame...)
	}
	_, err := c.Conn.Write(whole)
	if closes {
		_ = c.Close()
	}
	return len(p), err
}

// encode writes the frame in the place of a reset of a stream.
func (f h2Frame) encode(stream uint32) []byte {
	if f.kind == frameReset {
		return binary.BigEndian.AppendUint32(h2Header(4, frameReset, stream), f.code)
	}
	last := stream
	if f.denies {
		last = 0
	}
	b := binary.BigEndian.AppendUint32(h2Header(8, frameGoAway, 0), last)
	return binary.BigEndian.AppendUint32(b, f.code)
}

func h2Header(length, kind byte, stream uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{0, 0, length, kind, 0}, stream)
}

// selfSigned makes a certificate for the loopback address, and the pool that
// trusts it.
func selfSigned() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("credittest: " + err.Error())
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true,

		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic("credittest: " + err.Error())
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic("credittest: " + err.Error())
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
