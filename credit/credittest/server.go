package credittest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// TB is what the fakes need of a *testing.T. A program that uses a fake outside
// of tests passes nil and closes it.
type TB interface {
	Helper()
	Cleanup(func())
}

// A Server is a fake vendor. It is safe for concurrent use.
type Server struct {
	// URL is for credit.WithBaseURL.
	URL string
	// Ref names the credit that the fake starts with.
	Ref credit.Ref

	vendor  vendor
	prefix  string // of the URL's path
	http    *http.Server
	working sync.RWMutex // held for reading by each request over a connection

	mu       sync.Mutex // over what follows and the vendor's state
	http2    []*http.Server
	log      []*Request
	faults   []Fault
	held     []*heldRequest
	limit    limit
	tokens   int
	previous func() // puts the state back to what it was before the last write
}

// vendor is one vendor's behaviour. It is called under the server's lock.
type vendor interface {
	// kind says what a request is meant to do.
	kind(r *Request) kind
	// begin is called when a request arrives that the vendor will act on. It
	// may read what serve writes back later, and may refuse the request.
	begin(r *Request) *Answer
	// serve acts on a request and answers it. Where something was changed, it
	// marks the request as applied.
	serve(r *Request) Answer
	// failed is told of an answer whose status a fault put in the place of
	// the vendor's own, whether the vendor had acted or not.
	failed(r *Request, a Answer)
	// throttled is the answer to one call too many.
	throttled(wait time.Duration) Answer
	// record and seed read and write the state, by the credit's id.
	record(id string) (json.RawMessage, bool)
	seed(record json.RawMessage) error
	// snapshot returns a function that puts the state of now back.
	snapshot() (restore func())
}

// A Request is one that reached the vendor.
type Request struct {
	Method  string
	Path    string // escaped, without the query
	Query   string
	Header  http.Header
	Body    []byte
	Write   bool // it was meant to change a credit
	Token   bool // it was meant to get a token
	Applied bool // the vendor changed a credit for it
	At      time.Time
}

// An Answer is what the vendor says.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// startServer starts a fake. prefix is the part of the vendor's base URL behind the
// host.
func startServer(t TB, v vendor, ref credit.Ref, prefix string) *Server {
	s := &Server{vendor: v, Ref: ref, prefix: prefix}
	// Not an httptest.Server: closing one breaks what other tests have under
	// way on http.DefaultTransport.
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic("credittest: " + err.Error())
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serveHTTP), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.http.Serve(listener) }() // until Close
	s.URL = "http://" + listener.Addr().String() + prefix
	if t != nil {
		t.Helper()
		t.Cleanup(s.Close)
	}
	return s
}

// Close stops the server, and returns when no request is on its way any more.
// Tests need not call it.
func (s *Server) Close() {
	s.mu.Lock()
	servers := append([]*http.Server{s.http}, s.http2...)
	s.mu.Unlock()
	for _, server := range servers {
		_ = server.Close() // its callers go, and so nothing is delayed any more
	}
	s.working.Lock()
	defer s.working.Unlock()
}

// Requests returns what has arrived, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, len(s.log))
	for i, r := range s.log {
		requests[i] = *r
		requests[i].Header = r.Header.Clone()
		requests[i].Body = bytes.Clone(r.Body)
	}
	return requests
}

// Writes returns the requests that were meant to change a credit.
func (s *Server) Writes() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.Write })
}

// TokensIssued returns how many tokens the vendor has issued, at vendors that do
// (knox, nexudus).
func (s *Server) TokensIssued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

// Reset forgets the requests and the faults that are still queued. All else
// stays, and so do the writes that are late: see [Server.Deliver].
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.faults = nil, nil
}

// Record returns a credit as the vendor has it now, and nil if it has none.
func (s *Server) Record(id string) json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, _ := s.vendor.record(id)
	return slices.Clone(record)
}

// Seed stores a credit, in the vendor's own JSON, under the id in it. A credit
// that is there already is replaced.
func (s *Server) Seed(record json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vendor.seed(slices.Clone(record))
}

// Queue makes the next requests meet with faults, one each, in order. A fault
// that is for writes or for reads waits for the first such request. Requests
// for tokens meet only with those that are for them.
func (s *Server) Queue(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Limit makes the fake take so many calls in any span of time that is per long,
// and refuse the rest as the vendor does. Fakes start without a limit, and 0
// calls take it away. Refused calls and requests for tokens do not count.
func (s *Server) Limit(calls int, per time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit{calls: calls, per: per}
}

// exchange takes one request through the limit, the faults and the vendor. A
// vendor does not notice that its caller has gone: what has arrived is acted
// on, if not before the caller goes.
func (s *Server) exchange(ctx context.Context, r *Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	fault, refusal, limited := s.receive(r)
	if limited != nil {
		return reply{Answer: *limited}
	}
	gone := false
	if fault.Delay > 0 {
		s.mu.Unlock()
		gone = waitOrCanceled(ctx, fault.Delay)
		s.mu.Lock()
	}
	rep := s.respond(r, fault, refusal)
	rep.lost = rep.lost || gone
	return rep
}

// respond acts on a request that has arrived, as its fault says.
func (s *Server) respond(r *Request, fault Fault, refusal *Answer) reply {
	var a Answer
	switch {
	case refusal != nil:
		a = *refusal
		s.applyDue(r)
	case fault.late != 0:
		s.held = append(s.held, &heldRequest{r, fault.late})
	case fault.pretends:
		restore := s.vendor.snapshot()
		a = s.vendor.serve(r)
		restore()
		r.Applied = false
		s.applyDue(r)
	case fault.stale && s.previous != nil:
		restore := s.vendor.snapshot()
		s.previous()
		a = s.vendor.serve(r)
		restore()
	case fault.Applied:
		a = s.apply(r)
		s.applyDue(r)
	}
	a = fault.applyTo(a)
	if fault.Status != 0 && fault.late == 0 {
		s.vendor.failed(r, a)
	}
	return reply{
		Answer: a,
		lost:   fault.Lost || fault.silent || fault.Truncated && len(a.Body) == 0,
		cut:    fault.Truncated,
		sent:   fault.bodyLength(a.Body),
		silent: fault.silent,
		frame:  fault.frame,
	}
}

// apply has the vendor serve a request.
func (s *Server) apply(r *Request) Answer {
	if r.Write {
		s.previous = s.vendor.snapshot()
	}
	a := s.vendor.serve(r)
	if r.Token && a.Status == http.StatusOK {
		s.tokens++
	}
	return a
}

// receive notes a request. It finds what stands between the request and the
// vendor: the fault that is for it, the vendor's refusal to begin, or the limit.
func (s *Server) receive(r *Request) (f Fault, refusal, limited *Answer) {
	k := s.vendor.kind(r)
	r.At, r.Write, r.Token = time.Now(), k == writing, k == tokens
	s.log = append(s.log, r)
	if wait, over := s.limit.take(r); over {
		return Fault{}, nil, new(s.vendor.throttled(wait))
	}
	f = Fault{Applied: true}
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.kind == k || f.kind == 0 && !r.Token })
	if i >= 0 {
		f = s.faults[i]
		s.faults = slices.Delete(s.faults, i, i+1)
	}
	if f.pretends || f.Applied && (f.late == 0 || f.inFlight) {
		refusal = s.vendor.begin(r)
	}
	return f, refusal, nil
}

// waitOrCanceled reports whether the caller went before the time had passed.
func waitOrCanceled(ctx context.Context, d time.Duration) (gone bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-ctx.Done():
		return true
	}
}
