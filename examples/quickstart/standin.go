package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// A standin is a vendor in this process: it answers on the loopback interface
// with what the vendor's page shows. Steps are played first, one a request.
type standin struct {
	*httptest.Server

	answer string // a format for the request's body, or a fixed text

	mu       sync.Mutex
	steps    []step
	requests int
}

// A step is something else than the usual answer.
type step struct {
	status     int
	retryAfter string
	body       string
	lost       bool // the connection breaks after the request was taken
}

func start(answer string, steps ...step) *standin {
	s := &standin{answer: answer, steps: steps}
	s.Server = httptest.NewServer(s)
	return s
}

func (s *standin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	next, number := s.next()
	if next.lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", fmt.Sprintf("req-%d", number))
	if next.retryAfter != "" {
		w.Header().Set("Retry-After", next.retryAfter)
	}
	if next.status != 0 {
		w.WriteHeader(next.status)
		_, _ = io.WriteString(w, next.body)
		return
	}
	if s.answer == echo {
		_, _ = w.Write(body)
		return
	}
	_, _ = io.WriteString(w, s.answer)
}

// echo answers with what was sent, as a vendor does that returns the record.
const echo = "echo"

func (s *standin) next() (step, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if len(s.steps) == 0 {
		return step{}, s.requests
	}
	next := s.steps[0]
	s.steps = s.steps[1:]
	return next, s.requests
}
