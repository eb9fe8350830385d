package credit_test

import (
	"context"
	"sync"

	"github.com/creditkit/creditkit/credit"
)

// A stub is a vendor's driver that records its calls and returns what answer does. It
// cannot read.
type stub struct {
	support credit.Support
	answer  func() (*credit.Result, error) // nil returns neither a result nor an error

	mu    sync.Mutex
	calls []applied
}

type applied struct {
	ref   credit.Ref
	patch credit.Patch
	cfg   credit.CallConfig
}

func (*stub) Vendor() string { return "acme" }

func (s *stub) Support() credit.Support { return s.support }

func (s *stub) Apply(_ context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, applied{ref, patch, cfg})
	if s.answer == nil {
		return nil, nil
	}
	return s.answer()
}

// made are the calls so far.
func (s *stub) made() []applied { return s.calls }

type recorder interface {
	credit.Driver
	made() []applied
}

// A reader is a stub that can read.
type reader struct {
	*stub
	record *credit.Record // what is there; nil with a nil err: the reader misbehaves
	err    error
	reads  []credit.Ref
}

func (r *reader) Read(_ context.Context, ref credit.Ref) (*credit.Record, error) {
	r.reads = append(r.reads, ref)
	return r.record, r.err
}

// answering returns a stub that can do everything and returns copies of one
// result.
func answering(result *credit.Result) *stub {
	return &stub{support: everything(), answer: func() (*credit.Result, error) {
		own := *result
		return &own, nil
	}}
}

func failing(err error) *stub {
	return &stub{support: everything(), answer: func() (*credit.Result, error) { return nil, err }}
}

var (
	seven = credit.Ref{ID: "7"}
	gold  = credit.Patch{Name: credit.Set("gold")}
)
