package credittest

import (
	"bytes"
	"net/http"
	"slices"
	"time"
)

// A Request is a request that reached the vendor.
type Request struct {
	Method  string
	Path    string // escaped, without the query
	Query   string
	Header  http.Header
	Body    []byte
	Write   bool // it is a write
	Token   bool // it is for a token
	Applied bool // the vendor changed a credit for it
	At      time.Time
}

// Requests returns the recorded requests in the order of arrival, see [Server.KeepRequests].
func (s *Server) Requests() []Request {
	return s.recorded(func(*Request) bool { return true })
}

// Writes returns the recorded requests that are writes.
func (s *Server) Writes() []Request {
	return s.recorded(func(r *Request) bool { return r.Write })
}

// recorded returns copies of some of the recorded requests.
func (s *Server) recorded(wanted func(*Request) bool) []Request {
	requests := []Request{}
	s.mu.Lock()
	for _, r := range s.lastRequests() {
		if wanted(r) {
			requests = append(requests, *r)
		}
	}
	s.mu.Unlock()
	// The vendor no longer changes headers and bodies, so others need not wait for their
	// copies.
	for i, r := range requests {
		requests[i].Header, requests[i].Body = r.Header.Clone(), bytes.Clone(r.Body)
	}
	return requests
}

// KeepRequests makes the fake record only the last n requests. A fake starts without a
// limit, and 0 removes it: its memory then grows with each request until [Server.Reset].
func (s *Server) KeepRequests(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = s.lastRequests() // of the limit until now
	s.keep = max(0, n)
	s.log = slices.Clone(s.lastRequests())
}

// recordRequest records a request. The oldest ones are dropped many at a time, because
// each time copies those that stay.
func (s *Server) recordRequest(r *Request) {
	s.log = append(s.log, r)
	if s.keep > 0 && len(s.log) >= 2*s.keep+100 {
		s.log = slices.Clone(s.lastRequests())
	}
}

func (s *Server) lastRequests() []*Request {
	if s.keep > 0 {
		return s.log[max(0, len(s.log)-s.keep):]
	}
	return s.log
}
