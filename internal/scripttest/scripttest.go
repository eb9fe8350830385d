// Package scripttest provides a server and a transport for tests. They play a
// list of responses in order and record the requests. The package knows no
// vendor.
package scripttest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// A Response is what the server does with one request. The zero Response is a
// 200 with an empty body.
type Response struct {
	Status int         // 0 is 200
	Header http.Header // Content-Type is application/json unless given
	Body   string
	Lost   bool // close the connection without a response
	Cut    bool // close the connection after Body, before the announced end
}

// OK returns a 200 with a JSON body.
func OK(body string) Response { return Response{Body: body} }

// Status returns a response with the status and a JSON body.
func Status(status int, body string) Response { return Response{Status: status, Body: body} }

// A Request is what arrived.
type Request struct {
	Method string
	Path   string // as escaped on the wire, with the query
	Header http.Header
	Body   string
}

// A Server plays responses, over the network or as an http.RoundTripper.
type Server struct {
	URL string

	t         *testing.T // set by NewTransport only
	mu        sync.Mutex
	responses []Response
	requests  []Request
}

// NewServer starts a server on the loopback interface and closes it at the end
// of the test. A request after the last response fails the test.
func NewServer(t *testing.T, responses ...Response) *Server {
	s := &Server{responses: responses}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("scripttest: reading a request: %v", err)
		}
		resp, ok := s.nextResponse(Request{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: string(body)})
		if !ok {
			t.Errorf("scripttest: unexpected request: %s %s", r.Method, r.URL.Path)
			http.Error(w, "unexpected request", http.StatusTeapot)
			return
		}
		resp.writeTo(w)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// NewTransport returns a Server without a network, for use as a transport in
// tests with testing/synctest. A request after the last response fails the test.
func NewTransport(t *testing.T, responses ...Response) *Server {
	return &Server{responses: responses, t: t}
}

var errClosed = errors.New("scripttest: the connection was closed")

// RoundTrip plays the next response.
func (s *Server) RoundTrip(req *http.Request) (*http.Response, error) {
	r := Request{Method: req.Method, Path: req.URL.RequestURI(), Header: req.Header}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		r.Body = string(body)
	}
	next, ok := s.nextResponse(r)
	if !ok {
		s.t.Errorf("scripttest: unexpected request: %s %s", r.Method, r.Path)
	}
	if !ok || next.Lost {
		return nil, errClosed
	}
	cut := next.Cut
	next.Cut = false
	recorder := httptest.NewRecorder()
	next.writeTo(recorder)
	resp := recorder.Result()
	resp.Request = req
	if cut {
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, closedReader{}))
	}
	return resp, nil
}

type closedReader struct{}

func (closedReader) Read([]byte) (int, error) { return 0, errClosed }

// Requests returns the requests so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Only returns the only request. It fails the test if there are more or fewer.
func (s *Server) Only(t *testing.T) Request {
	t.Helper()
	all := s.Requests()
	if len(all) != 1 {
		t.Fatalf("%d requests arrived, want 1", len(all))
	}
	return all[0]
}

// nextResponse records a request and returns its response, or false if there is
// none left.
func (s *Server) nextResponse(r Request) (Response, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if len(s.responses) == 0 {
		return Response{}, false
	}
	next := s.responses[0]
	s.responses = s.responses[1:]
	return next, true
}

func (r Response) writeTo(w http.ResponseWriter) {
	if r.Lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	for name, values := range r.Header {
		w.Header()[name] = values
	}
	if r.Cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.Body)+1))
	}
	if r.Status != 0 {
		w.WriteHeader(r.Status)
	}
	_, _ = io.WriteString(w, r.Body)
	if r.Cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
