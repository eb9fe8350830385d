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

// suite is what is the same for all cases of one Updater.
type suite struct {
	newHarness func(t *testing.T) Harness

	harness Harness // for what does not change from one to the next
	vendor  string
	support credit.Support
	reader  bool
	faults  bool
	others  bool     // the wire plays other writers and late writes
	full    exemplar // the harness's patch
	again   exemplar // of what may be sent again at any time
	whole   exemplar // of what is refused as a whole
}

// exemplar is an update that nothing came between.
type exemplar struct {
	patch  credit.Patch
	after  leaves // the vendor's state afterwards
	before int    // reads before the write
	answer json.RawMessage
	record json.RawMessage // the vendor's, afterwards
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
		return nil, []string{"the harness lacks an Updater or a Wire"}
	}
	s := &suite{newHarness: newHarness, harness: h, support: h.Updater.Support()}
	_, s.reader = h.Updater.(credit.Reader)
	_, s.faults = h.Backend.(queuer)
	_, s.others = h.Backend.(disturber)
	if failures := s.lacking(); len(failures) > 0 {
		return nil, failures
	}
	for _, l := range []struct {
		to      *exemplar
		without []credit.Field
	}{{&s.full, nil}, {&s.again, s.once()}, {&s.whole, h.NonAtomic}} {
		l.to.patch = h.without(l.without)
		if l.to.patch.IsEmpty() {
			continue
		}
		if failures := s.learn(t, l.to); len(failures) > 0 {
			return nil, failures
		}
	}
	return s, nil
}

// once are the fields whose write must not be sent again as long as it is not
// known what became of it.
func (s *suite) once() []credit.Field {
	return slices.DeleteFunc(fieldsOf(s.harness.Patch), func(f credit.Field) bool { return !s.support.Fields[f].NotIdempotent })
}

// without is the patch but for some fields.
func (h Harness) without(some []credit.Field) credit.Patch {
	return pick(h.Patch, slices.DeleteFunc(fieldsOf(h.Patch), func(f credit.Field) bool { return slices.Contains(some, f) })...)
}

// lacking says what the harness does not tell.
func (s *suite) lacking() (lacks []string) {
	for _, f := range credit.Fields() {
		_, placed := s.harness.FieldPaths[f]
		if s.support.CanSet(f) != s.harness.Patch.Op(f).IsSet() {
			lacks = append(lacks, "the harness's Patch must set what can be set, and nothing else: "+string(f))
		}
		if (s.support.CanSet(f) || s.support.CanClear(f)) && !placed {
			lacks = append(lacks, "the harness has no Place for "+string(f))
		}
	}
	return lacks
}

// learn notes what becomes of a patch when nothing comes between.
func (s *suite) learn(t *testing.T, e *exemplar) []string {
	t.Helper()
	return s.play(t, testCase{run: func(k *check) {
		c := k.update(e.patch)
		if c.err != nil {
			k.fatalf("the harness's patch is refused: %v", c.err)
		}
		s.vendor = c.result.Vendor
		e.after, e.answer, e.record = c.after, c.result.Raw, k.h.Backend.Record(k.h.Ref.ID)
		for _, r := range c.requests {
			if r.Write {
				break
			}
			e.before++
		}
	}})
}

func (s *suite) cases() []testCase {
	return slices.Concat(s.fieldCases(), s.argumentCases(), s.optionCases(), s.answerCases(), s.outcomeCases(), s.readCases(), s.waitCases(), s.lostCases(), s.lateCases(), s.overlapCases())
}

// play runs one case with a harness of its own, in a bubble.
func (s *suite) play(t *testing.T, c testCase) (failures []string) {
	t.Helper()
	k := &check{suite: s, h: s.newHarness(t)}
	defer func() {
		// A bubble panics when its goroutines wait for what cannot come.
		if r := recover(); r != nil {
			k.errorf("something is left behind: %v", r)
			failures = k.failures
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		defer func() {
			if r := recover(); r != nil && r != stop {
				k.errorf("panicked: %v\n%s", r, debug.Stack())
			}
		}()
		k.ctx = t.Context()
		c.run(k)
	})
	return k.failures
}

// check is one case under way.
type check struct {
	*suite
	h        Harness
	ctx      context.Context
	failures []string

	disturbed bool // another writer has written
}

// stop ends a case whose rest makes no sense.
var stop any = new(int)

func (k *check) errorf(format string, args ...any) {
	k.failures = append(k.failures, fmt.Sprintf(format, args...))
}

func (k *check) fatalf(format string, args ...any) {
	k.errorf(format, args...)
	panic(stop)
}

func (k *check) queue(faults ...credittest.Fault) { k.h.Backend.(queuer).Queue(faults...) }

// state is the credit as the vendor has it.
func (k *check) state() leaves {
	all, ok := leavesOf(k.h.Backend.Record(k.h.Ref.ID))
	if !ok {
		k.fatalf("the wire shows no JSON of credit %q", k.h.Ref.ID)
	}
	return all
}

// call is one update, and what it did.
type call struct {
	patch         credit.Patch
	result        *credit.Result
	err           error
	requests      []credittest.Request
	writes        []credittest.Request
	whole         leaves // the state before, with what the vendor computes
	before, after leaves // without that
	took          time.Duration
}

func (k *check) update(p credit.Patch, opts ...credit.CallOption) *call {
	return k.updateAt(k.ctx, k.h.Ref, p, opts...)
}

func (k *check) updateAt(ctx context.Context, ref credit.Ref, p credit.Patch, opts ...credit.CallOption) *call {
	c := &call{patch: p, whole: k.state()}
	c.before = c.whole.without(k.h.Computed)
	earlier := len(k.h.Backend.Requests())
	began := time.Now()
	c.result, c.err = k.h.Updater.Update(ctx, ref, p, opts...)
	c.took = time.Since(began)
	<-time.After(settled)
	synctest.Wait()
	c.after = k.state().without(k.h.Computed)
	c.requests = k.h.Backend.Requests()[earlier:]
	for _, r := range c.requests {
		if r.Write {
			c.writes = append(c.writes, r)
		}
	}
	k.hold(c)
	return c
}

// faulted is an update that meets with faults, held against what the same patch
// does without them.
func (k *check) faulted(e exemplar, faults ...credittest.Fault) *call {
	k.queue(faults...)
	c := k.update(e.patch)
	k.judge(c, e)
	return c
}
