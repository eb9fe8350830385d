package drivertest

import (
	"slices"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// overlapCases test concurrent updates of one credit.
func (s *suite) overlapCases() []testCase {
	cases := s.withFaults([]testCase{
		{name: "overlap: updates of different fields lose none", run: func(k *check) {
			k.testOverlap(slices.Repeat([]credittest.Fault{credittest.Slow(time.Second)}, len(credit.Fields()))...)
		}},
		{name: "overlap: updates of different fields lose none although responses are lost", run: func(k *check) {
			k.testOverlap(credittest.LostBefore().After(time.Second), credittest.LostAfter().After(time.Second))
		}},
	})
	if len(fieldsOf(s.repeatable.patch)) < 2 {
		for i := range cases {
			cases[i].skip = "the patch has no two fields that may be repeated"
		}
	}
	return cases
}

// testOverlap changes each field with its own update, all at the same time.
func (k *check) testOverlap(faults ...credittest.Fault) {
	k.otherWrote = true
	fields := fieldsOf(k.repeatable.patch)
	k.queue(onWrite(faults)...)
	errs := make([]error, len(fields))
	var group sync.WaitGroup
	for i, field := range fields {
		group.Go(func() { _, errs[i] = k.h.Updater.Update(k.ctx, k.h.Ref, pick(k.repeatable.patch, field)) })
	}
	group.Wait()
	<-time.After(quiescence)
	after := k.state().without(k.h.Computed)
	for i, field := range fields {
		place := k.h.FieldPaths[field].Record
		if errs[i] != nil {
			if k.h.Repeats || credit.OutcomeOf(errs[i]) != credit.Unknown {
				k.errorf("the update of %s failed: %v", field, errs[i])
			}
			continue
		}
		for _, path := range after.differing(k.repeatable.after) {
			if isWithin(path, []string{place}) {
				k.errorf("the change of %s was lost: %s is %s", field, path, after[path])
			}
		}
	}
}
