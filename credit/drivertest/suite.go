package drivertest

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// suite holds what all cases of one Updater share.
type suite struct {
	newHarness func(t *testing.T) Harness

	harness      Harness // for what does not change from one to the next
	vendor       string
	support      credit.Support
	reader       bool
	finder       bool
	faults       bool
	otherWriters bool     // the Backend has other writers and late writes
	all          baseline // the harness's patch
	repeatable   baseline // of what may be sent again at any time
	atomic       baseline // of what is refused as a whole
}

// baseline is an update without faults and its effect.
type baseline struct {
	patch    credit.Patch
	after    pathValues // the vendor's state afterwards
	before   int        // reads before the write
	response json.RawMessage
	record   json.RawMessage // the vendor's, afterwards
}

type testCase struct {
	name string
	skip string // why it does not apply
	run  func(k *check)
}

func newSuite(t *testing.T, newHarness func(t *testing.T) Harness) (*suite, []string) {
	t.Helper()
	h := newHarness(t)
	if h.Updater == nil || h.Backend == nil {
		return nil, []string{"the harness has no Updater or no Backend"}
	}
	s := &suite{newHarness: newHarness, harness: h, support: h.Updater.Support()}
	_, s.reader = h.Updater.(credit.Reader)
	_, s.finder = h.Updater.(credit.Finder)
	_, s.faults = h.Backend.(faultBackend)
	_, s.otherWriters = h.Backend.(writableBackend)
	if failures := s.validateHarness(); len(failures) > 0 {
		return nil, failures
	}
	for _, l := range []struct {
		to      *baseline
		without []credit.Field
	}{{&s.all, nil}, {&s.repeatable, s.notIdempotent()}, {&s.atomic, h.NonAtomic}} {
		l.to.patch = h.without(l.without)
		if l.to.patch.IsEmpty() {
			continue
		}
		if failures := s.recordBaseline(t, l.to); len(failures) > 0 {
			return nil, failures
		}
	}
	return s, nil
}

// notIdempotent returns the fields of the patch that are NotIdempotent.
func (s *suite) notIdempotent() []credit.Field {
	return slices.DeleteFunc(fieldsOf(s.harness.Patch), func(f credit.Field) bool { return !s.support.Fields[f].NotIdempotent })
}

// without returns the patch without some fields.
func (h Harness) without(some []credit.Field) credit.Patch {
	return pick(h.Patch, slices.DeleteFunc(fieldsOf(h.Patch), func(f credit.Field) bool { return slices.Contains(some, f) })...)
}

// validateHarness returns what the harness lacks.
func (s *suite) validateHarness() (lacks []string) {
	for _, f := range credit.Fields() {
		_, placed := s.harness.FieldPaths[f]
		if s.support.CanSet(f) != s.harness.Patch.Op(f).IsSet() {
			lacks = append(lacks, "the harness's Patch must set what can be set, and nothing else: "+string(f))
		}
		if (s.support.CanSet(f) || s.support.CanClear(f)) && !placed {
			lacks = append(lacks, "the harness has no FieldPath for "+string(f))
		}
	}
	return lacks
}

// recordBaseline applies a patch without faults and records the effect.
func (s *suite) recordBaseline(t *testing.T, e *baseline) []string {
	t.Helper()
	return s.runCase(t, testCase{run: func(k *check) {
		c := k.update(e.patch)
		if c.err != nil {
			k.fatalf("the harness's patch is refused: %v", c.err)
		}
		s.vendor = c.result.Vendor
		e.after, e.response, e.record = c.after, c.result.Raw, k.h.Backend.Record(k.h.Ref.ID)
		for _, r := range c.requests {
			if r.Write {
				break
			}
			e.before++
		}
	}})
}

func (s *suite) cases() []testCase {
	return slices.Concat(
		s.fieldCases(), s.argumentCases(), s.optionCases(), s.guardCases(), s.answerCases(), s.outcomeCases(),
		s.readCases(), s.findCases(), s.deadlineCases(), s.otherWriterCases(), s.lateCases(), s.overlapCases(),
		s.resolveCases(), s.undoCases(),
	)
}

// runCase runs one case with a new harness in a bubble.
func (s *suite) runCase(t *testing.T, c testCase) (failures []string) {
	t.Helper()
	k := &check{suite: s, h: s.newHarness(t)}
	defer func() {
		// A bubble panics if its goroutines are deadlocked.
		if r := recover(); r != nil {
			k.errorf("the call left a goroutine or a timer behind: %v", r)
			failures = k.failures
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			if r := recover(); r != nil && r != stopCase {
				k.errorf("panicked: %v\n%s", r, debug.Stack())
			}
		}()
		k.ctx = t.Context()
		c.run(k)
	})
	return k.failures
}

// check is the state of a running case.
type check struct {
	*suite
	h        Harness
	ctx      context.Context
	failures []string

	otherWrote bool // another writer has written
}

// stopCase is the panic value that ends a case after fatalf.
var stopCase any = new(int)

func (k *check) errorf(format string, args ...any) {
	k.failures = append(k.failures, fmt.Sprintf(format, args...))
}

func (k *check) fatalf(format string, args ...any) {
	k.errorf(format, args...)
	panic(stopCase)
}

func (k *check) queue(faults ...credittest.Fault) { k.h.Backend.(faultBackend).Queue(faults...) }

// state returns the credit as the vendor has it.
func (k *check) state() pathValues {
	all, ok := pathValuesOf(k.h.Backend.Record(k.h.Ref.ID))
	if !ok {
		k.fatalf("the Backend has no JSON record of credit %q", k.h.Ref.ID)
	}
	return all
}

// call is one update and its effect.
type call struct {
	patch         credit.Patch
	result        *credit.Result
	err           error
	requests      []credittest.Request
	writes        []credittest.Request
	rawBefore     pathValues // the state before, with what the vendor computes
	before, after pathValues // without that
	took          time.Duration
}

func (k *check) update(p credit.Patch, opts ...credit.CallOption) *call {
	return k.updateAt(k.ctx, k.h.Ref, p, opts...)
}

func (k *check) updateAt(ctx context.Context, ref credit.Ref, p credit.Patch, opts ...credit.CallOption) *call {
	c := &call{patch: p, rawBefore: k.state()}
	c.before = c.rawBefore.without(k.h.Computed)
	earlier := len(k.h.Backend.Requests())
	began := time.Now()
	c.result, c.err = k.h.Updater.Update(ctx, ref, p, opts...)
	c.took = time.Since(began)
	<-time.After(quiescence)
	synctest.Wait()
	c.after = k.state().without(k.h.Computed)
	c.requests = k.h.Backend.Requests()[earlier:]
	for _, r := range c.requests {
		if r.Write {
			c.writes = append(c.writes, r)
		}
	}
	k.checkInvariants(c)
	return c
}

// faulted makes an update with faults, and compares its effect with the baseline.
func (k *check) faulted(e baseline, faults ...credittest.Fault) *call {
	k.queue(faults...)
	c := k.update(e.patch)
	k.checkOutcome(c, e)
	return c
}
