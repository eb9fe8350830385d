package credittest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// TB is the part of *testing.T that the fakes use. A program that uses a fake outside of
// tests passes nil and calls Close.
type TB interface {
	Helper()
	Cleanup(func())
}

// A Server is a fake vendor. It is safe for concurrent use.
type Server struct {
	// URL is for credit.WithBaseURL.
	URL string
	// Ref is the credit that the fake starts with.
	Ref credit.Ref

	vendor  vendor
	prefix  string // of the URL's path
	http    *http.Server
	working sync.RWMutex // held for reading by each request over a connection

	mu      sync.Mutex // over what follows and the vendor's state
	http2   []*http.Server
	log     []*Request
	keep    int // requests that are recorded; 0 is all
	faults  []Fault
	held    []*heldRequest
	limit   limit
	tokens  int
	written bool // a write has been acted on
}

// vendor is the behaviour of a vendor. Its methods are called under the server's lock.
type vendor interface {
	// kind returns whether a request is a read, a write or for a token.
	kind(r *Request) kind
	// begin is called when a request arrives that the vendor will act on. It
	// may read what serve writes back later, and may refuse the request.
	begin(r *Request) *Answer
	// serve acts on a request and returns the response. It sets r.Applied if it
	// changed a credit.
	serve(r *Request) Answer
	// failed is called with a response whose status a fault has replaced, whether
	// the vendor has acted or not.
	failed(r *Request, a Answer)
	// throttledAnswer returns the response to a call above the rate limit.
	throttledAnswer(wait time.Duration) Answer
	// record and seed read and write a credit by its id.
	record(id string) (json.RawMessage, bool)
	seed(record json.RawMessage) error
	// stores returns what writes change.
	stores() []store
}

// An Answer is a response of the vendor.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// startServer starts a fake. prefix is the part of the vendor's base URL behind the
// host.
func startServer(t TB, v vendor, ref credit.Ref, prefix string) *Server {
	s := &Server{vendor: v, Ref: ref, prefix: prefix}
	// httptest.Server.Close would close the connections of other tests on
	// http.DefaultTransport.
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

// Close stops the server and waits for its requests. Tests need not call it.
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

// TokensIssued returns the number of tokens that the vendor has issued (knox, nexudus).
func (s *Server) TokensIssued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

// Reset clears the recorded requests and the queued faults. It keeps the credits and the
// late writes, see [Server.Deliver].
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.faults = nil, nil
}

// Record returns a credit as the vendor has it now, or nil if there is none.
func (s *Server) Record(id string) json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, found := s.vendor.record(id)
	if !found {
		return nil
	}
	return slices.Clone(record)
}

// Seed stores a credit, in the vendor's own JSON, under the id in it. It replaces an
// existing credit.
func (s *Server) Seed(record json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vendor.seed(slices.Clone(record))
}

// Queue adds faults for the next requests, one each, in order. A fault with OnWrite or
// OnRead applies to the next such request. Requests for tokens only take faults with
// OnToken.
func (s *Server) Queue(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Limit sets a rate limit: the fake accepts that many calls within any period of the given
// length, and refuses the others as the vendor does. A fake starts without a limit, and
// 0 calls remove it. Refused calls and requests for tokens do not count.
func (s *Server) Limit(calls int, per time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit{calls: calls, per: per}
}

// exchange passes one request through the limit, the faults and the vendor. If the caller
// disconnects, the vendor still acts on the request, at that moment at the latest.
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

// respond acts on a request as its fault says.
func (s *Server) respond(r *Request, fault Fault, refusal *Answer) reply {
	var a Answer
	switch {
	case refusal != nil:
		a = *refusal
		s.applyDue(r)
	case fault.late != 0:
		s.held = append(s.held, &heldRequest{r, fault.late})
	case fault.pretends:
		a = s.serveAndUndo(r)
		r.Applied = false
		s.applyDue(r)
	case fault.stale && s.written:
		s.swap()
		a = s.serveAndUndo(r)
		s.swap()
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

// apply passes a request to the vendor.
func (s *Server) apply(r *Request) Answer {
	if r.Write {
		s.mark()
		s.written = true
	}
	a := s.vendor.serve(r)
	if r.Token && a.Status == http.StatusOK {
		s.tokens++
	}
	return a
}

// serveAndUndo passes a request to the vendor and undoes what that has changed.
func (s *Server) serveAndUndo(r *Request) Answer {
	unmark := s.mark()
	a := s.vendor.serve(r)
	s.swap()
	unmark()
	return a
}

func (s *Server) mark() (unmark func()) {
	var all []func()
	for _, stored := range s.vendor.stores() {
		all = append(all, stored.mark())
	}
	return func() {
		for _, unmark := range all {
			unmark()
		}
	}
}

func (s *Server) swap() {
	for _, stored := range s.vendor.stores() {
		stored.swap()
	}
}

// receive records a request and returns its fault, the vendor's refusal to begin it, or
// the response of the rate limit.
func (s *Server) receive(r *Request) (f Fault, refusal, limited *Answer) {
	k := s.vendor.kind(r)
	r.At, r.Write, r.Token = time.Now(), k == writing, k == tokens
	s.recordRequest(r)
	if wait, over := s.limit.takeSlot(r); over {
		return Fault{}, nil, new(s.vendor.throttledAnswer(wait))
	}
	f = Fault{Applied: true}
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.kind == k || f.kind == 0 && !r.Token })
	if i >= 0 {
		f = s.faults[i]
		copy(s.faults[1:], s.faults[:i]) // i is small, also in a long queue
		s.faults[0] = Fault{}
		s.faults = s.faults[1:]
	}
	if f.pretends || f.Applied && (f.late == 0 || f.inFlight) {
		refusal = s.vendor.begin(r)
	}
	return f, refusal, nil
}

// waitOrCanceled waits and reports whether the caller disconnected meanwhile.
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
