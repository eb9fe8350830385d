package drivertest

import (
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// lateFaults returns writes that the vendor acts on after their attempt has failed, or
// after Deliver.
func lateFaults() map[string][]credittest.Fault {
	return map[string][]credittest.Fault{
		"a write":                          {credittest.Late(0)},
		"a write after a gateway's 504":    {credittest.GaveUp(504).Late(0)},
		"a write after a gateway's 408":    {credittest.GaveUp(408).Late(0)},
		"every write":                      repeatFault(credittest.Late(0)),
		"a write, and then a 403":          {credittest.Late(0), credittest.Respond(403, `{}`)},
		"a write, and then a 404":          {credittest.Late(0), credittest.Respond(404, `{}`)},
		"a write, and then a 422":          {credittest.Late(0), credittest.Respond(422, `{}`)},
		"a write, and then 409s":           append([]credittest.Fault{credittest.Late(0)}, repeatFault(credittest.Respond(409, `{}`))...),
		"a write, and then 429s":           append([]credittest.Fault{credittest.Late(0)}, repeatFault(credittest.RateLimited(0))...),
		"a write that is followed by one":  {credittest.Late(1)},
		"a write that is still running":    {credittest.InFlight(1)},
		"a write that runs for long":       {credittest.InFlight(2), credittest.Slow(0), credittest.Respond(503, `{}`)},
		"a write that runs until delivery": {credittest.InFlight(0)},
	}
}

// lateCases test writes that the vendor acts on after their attempt has failed.
func (s *suite) lateCases() []testCase {
	var cases []testCase
	for name, faults := range lateFaults() {
		for _, e := range []struct {
			name string
			of   *baseline
		}{{"late: " + name, &s.all}, {"late, repeatable fields: " + name, &s.repeatable}} {
			if e.of.after != nil {
				cases = append(cases, testCase{name: e.name, run: func(k *check) { k.testLate(*e.of, faults) }})
			}
		}
	}
	if s.support.IdempotencyKeys {
		cases = append(cases,
			testCase{name: "late: a write under a used key changes nothing", run: func(k *check) { k.testLateUnderKey() }},
			testCase{name: "late: a write in flight is made once", run: func(k *check) { k.testInFlight() }},
			testCase{name: "late: a 409 for the caller's key is not a refusal", run: func(k *check) { k.testCallersKeyInFlight() }})
	}
	cases = s.withFaults(cases)
	if s.faults && !s.otherWriters {
		for i := range cases {
			cases[i].skip = "the Backend has no late writes"
		}
	}
	return cases
}

// testLate checks the outcome of an update before and after the late write.
func (k *check) testLate(e baseline, faults []credittest.Fault) {
	k.queue(onWrite(faults)...)
	c := k.update(e.patch)
	k.checkOutcome(c, e)
	k.h.Backend.(writableBackend).Deliver()
	c.after = k.state().without(k.h.Computed)
	switch credit.OutcomeOf(c.err) {
	case credit.NotSent, credit.Rejected:
		k.checkUnchanged(c)
	default:
		k.checkOutcome(c, e)
	}
}

// testLateUnderKey checks that a late write changes nothing after its retry was made with
// the same key.
func (k *check) testLateUnderKey() {
	backend := k.h.Backend.(writableBackend)
	first := backend.Record(k.h.Ref.ID)
	k.queue(credittest.Late(0))
	c := k.update(k.repeatable.patch)
	if !k.h.Repeats && len(c.writes) == 1 {
		return
	}
	if c.err != nil || len(c.writes) != 2 {
		k.fatalf("%d writes were sent, and the update failed: %v", len(c.writes), c.err)
	}
	if err := backend.Seed(slices.Clone(first)); err != nil {
		k.fatalf("the Backend does not accept the record: %v", err)
	}
	backend.Deliver()
	if paths := k.state().without(k.h.Computed).differing(c.before); len(paths) > 0 {
		k.errorf("the late write changed %v", paths)
	}
}

// testInFlight checks that a write that is still running when its retry arrives is
// applied once, and that the update succeeds.
func (k *check) testInFlight() {
	k.queue(credittest.InFlight(1))
	c := k.update(k.repeatable.patch)
	k.checkOutcome(c, k.repeatable)
	made := 0
	for _, w := range k.h.Backend.Requests() {
		if w.Applied {
			made++
		}
	}
	if made != 1 || k.h.Repeats && c.err != nil {
		k.errorf("the change was applied %d times: %v", made, c.err)
	}
}

// testCallersKeyInFlight checks that a 409 leaves the outcome unknown if another request
// may be running with the caller's key.
func (k *check) testCallersKeyInFlight() {
	k.queue(repeatFault(credittest.Respond(409, `{"message":"in progress"}`).OnWrite())...)
	c := k.update(k.h.Patch, credit.WithIdempotencyKey("conformance-key-2"))
	k.checkFailed(c, nil, credit.Unknown)
}
