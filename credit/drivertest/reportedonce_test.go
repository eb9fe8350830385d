package drivertest

import (
	"context"
	"errors"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// rejecting is an Updater with one flaw: it reports an unknown outcome as Rejected.
type rejecting struct{ credit.Updater }

func (u rejecting) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	result, err := u.Updater.Update(ctx, ref, patch, opts...)
	if e, ok := errors.AsType[*credit.Error](err); ok && e.Outcome == credit.Unknown {
		e.Outcome = credit.Rejected
	}
	return result, err
}

func (u rejecting) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	return u.Updater.(credit.Reader).Read(ctx, ref)
}

// An Updater that breaks one rule gets one failure per case.
func TestViolationIsReportedOncePerCase(t *testing.T) {
	s, failures := newSuite(t, func(t *testing.T) Harness {
		h := sixthHarness(false, "")(t)
		h.Updater = rejecting{h.Updater}
		return h
	})
	if s == nil {
		t.Fatal(failures)
	}
	found := 0
	for _, c := range s.cases() {
		if c.skip != "" {
			continue
		}
		failures := s.runCase(t, c)
		if len(failures) > 1 {
			t.Errorf("%s: %d failures: %q", c.name, len(failures), failures)
		}
		found += len(failures)
	}
	if found == 0 {
		t.Error("no case finds the flaw")
	}
}
