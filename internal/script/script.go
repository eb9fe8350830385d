// Package script is a loopback server for tests that plays written answers in
// order and keeps what it was sent. It knows no vendor.
package script

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

// An Answer is what the server does with one request. The zero Answer is a
// 200 with an empty body.
type Answer struct {
	Status int         // 0 is 200
	Header http.Header // Content-Type is application/json unless given
	Body   string
	Lost   bool // close the connection without an answer
	Cut    bool // close the connection at the end of Body, before the announced end
}

// OK is a 200 with a JSON body.
func OK(body string) Answer { return Answer{Body: body} }

// No is a refusal with a JSON body.
func No(status int, body string) Answer { return Answer{Status: status, Body: body} }

// A Request is what arrived.
type Request struct {
	Method string
	Path   string // as it was escaped on the wire, with the query
	Header http.Header
	Body   string
}

// A Server plays a script.
type Server struct {
	URL string

	t        *testing.T // of a Server without a network
	mu       sync.Mutex
	answers  []Answer
	requests []Request
}

// Serve starts a server for the length of a test. A request beyond the script
// fails the test.
func Serve(t *testing.T, answers ...Answer) *Server {
	s := &Server{answers: answers}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("script: reading a request: %v", err)
		}
		a, ok := s.next(Request{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: string(body)})
		if !ok {
			t.Errorf("script: a request beyond the script: %s %s", r.Method, r.URL.Path)
			http.Error(w, "beyond the script", http.StatusTeapot)
			return
		}
		a.play(w)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Play returns a Server without a network, to be used as a transport: for tests
// whose time is that of testing/synctest. A request beyond the script fails the
// test.
func Play(t *testing.T, answers ...Answer) *Server { return &Server{answers: answers, t: t} }

var errLost = errors.New("script: the connection was closed")

// RoundTrip plays the next answer.
func (s *Server) RoundTrip(req *http.Request) (*http.Response, error) {
	r := Request{Method: req.Method, Path: req.URL.RequestURI(), Header: req.Header}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		r.Body = string(body)
	}
	a, ok := s.next(r)
	if !ok {
		s.t.Errorf("script: a request beyond the script: %s %s", r.Method, r.Path)
	}
	if !ok || a.Lost {
		return nil, errLost
	}
	cut := a.Cut
	a.Cut = false
	recorder := httptest.NewRecorder()
	a.play(recorder)
	resp := recorder.Result()
	resp.Request = req
	if cut {
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, lost{}))
	}
	return resp, nil
}

type lost struct{}

func (lost) Read([]byte) (int, error) { return 0, errLost }

// Requests returns what has arrived so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Only returns the one request that has arrived, and fails the test where
// there are more or fewer.
func (s *Server) Only(t *testing.T) Request {
	t.Helper()
	all := s.Requests()
	if len(all) != 1 {
		t.Fatalf("%d requests arrived, want 1", len(all))
	}
	return all[0]
}

func (s *Server) next(r Request) (Answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if len(s.answers) == 0 {
		return Answer{}, false
	}
	a := s.answers[0]
	s.answers = s.answers[1:]
	return a, true
}

func (a Answer) play(w http.ResponseWriter) {
	if a.Lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if a.Cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)+1))
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	_, _ = io.WriteString(w, a.Body)
	if a.Cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
