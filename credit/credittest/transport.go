package credittest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// Transport returns a transport that reaches the fake without a network, for
// credit.WithTransport in tests with testing/synctest. Faults have the same effect as over
// a connection. Create the fake outside of the bubble, because its listener waits for the
// network.
func (s *Server) Transport() http.RoundTripper { return memoryTransport{s} }

type memoryTransport struct{ server *Server }

// RoundTrip runs in the caller's goroutine, so that no goroutine remains in a bubble.
func (m memoryTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	r, err := readRequest(req)
	if req.Body != nil {
		_ = req.Body.Close() // a RoundTripper closes it, and it is read
	}
	if err != nil {
		return nil, err
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	answer := m.server.exchange(req.Context(), r)
	if answer.silent {
		<-req.Context().Done()
	}
	if err := req.Context().Err(); answer.lost && err != nil {
		return nil, err
	}
	return answer.response(req)
}

// A reply is a response and how it is sent.
type reply struct {
	Answer
	lost   bool // no response
	cut    bool // a part of the body, then the connection breaks
	sent   int  // how many bytes of the body there are, where it is cut
	silent bool // no response, and the connection stays open
	frame  *h2Frame
}

func (r reply) response(req *http.Request) (*http.Response, error) {
	if r.lost || r.frame != nil {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	var body io.Reader = bytes.NewReader(r.Body)
	if r.cut {
		body = io.MultiReader(bytes.NewReader(r.Body[:r.sent]), brokenReader{})
	}
	return &http.Response{
		Status:        strconv.Itoa(r.Status) + " " + http.StatusText(r.Status),
		StatusCode:    r.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.Header.Clone(),
		Body:          io.NopCloser(body),
		ContentLength: int64(len(r.Body)),
		Request:       req,
	}, nil
}

// brokenReader is the end of a truncated body.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func readRequest(req *http.Request) (*Request, error) {
	r := &Request{
		Method: req.Method,
		Path:   req.URL.EscapedPath(),
		Query:  req.URL.RawQuery,
		Header: http.Header{},
	}
	for name, values := range req.Header { // spelled as a server reads it
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
	if req.Body == nil {
		return r, nil
	}
	body, err := io.ReadAll(req.Body)
	r.Body = body
	return r, err
}

// serveHTTP serves the loopback interface.
func (s *Server) serveHTTP(w http.ResponseWriter, req *http.Request) {
	s.working.RLock()
	defer s.working.RUnlock()
	r, err := readRequest(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	answer := s.exchange(req.Context(), r)
	if answer.silent {
		<-req.Context().Done()
	}
	if answer.lost || answer.frame != nil {
		breakConnection(w)
		return
	}
	answer.write(w)
}

// write sends a response or, if it is cut, a part of it.
func (r reply) write(w http.ResponseWriter) {
	for name, values := range r.Header {
		w.Header()[name] = values
	}
	body := r.Body
	if r.cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		body = body[:r.sent]
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(body) // the client may have gone
	if r.cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// breakConnection closes the connection within the header of a response. If a reused
// connection closed before that, net/http would retry some requests itself, which would
// use up faults.
func breakConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n"))
	_ = conn.Close()
}
