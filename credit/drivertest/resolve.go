package drivertest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// resolveCases test credit.Resolve after each fault: its verdict is the vendor's state.
func (s *suite) resolveCases() []testCase {
	faults := mixedFaults()
	for name, f := range appliedFaults() {
		faults[name] = []credittest.Fault{f}
		faults[name+", every attempt"] = repeatFault(f)
	}
	unclear := s.unclearAnswers()
	maps.Copy(unclear, s.harness.Unclear)
	for name, f := range unclear {
		faults[name+", applied"] = []credittest.Fault{f}
		faults[name+", not applied"] = []credittest.Fault{f.NotApplied()}
	}
	faults["lost before the change, every attempt"] = repeatFault(credittest.LostBefore())
	faults["answered after an hour"] = []credittest.Fault{credittest.Slow(time.Hour)}
	faults["no fault"] = nil
	late := append(s.resolveAfter("resolve, late: ", lateFaults()),
		testCase{name: "resolve: a change of another writer is Neither", run: func(k *check) { k.testResolveNeither() }})
	if len(fieldsOf(s.harness.Patch)) < 2 {
		late[len(late)-1].skip = "the patch has no two fields"
	}
	if !s.otherWriters {
		for i := range late {
			late[i].skip = "the Backend has no late writes and no other writers"
		}
	}
	return s.skipUnreadable(s.withFaults(append(s.resolveAfter("resolve: ", faults), late...)))
}

// resolveAfter makes two cases of each list of faults of writes.
func (s *suite) resolveAfter(prefix string, lists map[string][]credittest.Fault) []testCase {
	var cases []testCase
	for name, faults := range lists {
		cases = append(cases, testCase{name: prefix + name, run: func(k *check) { k.testResolve(k.all, faults) }})
		if len(s.notIdempotent()) > 0 && s.repeatable.after != nil {
			cases = append(cases, testCase{
				name: prefix + "repeatable fields, " + name,
				run:  func(k *check) { k.testResolve(k.repeatable, faults) },
			})
		}
	}
	return cases
}

// skipUnreadable skips cases if the Updater is not a Reader.
func (s *suite) skipUnreadable(cases []testCase) []testCase {
	for i := range cases {
		if !s.reader {
			cases[i].skip = "the Updater is not a Reader"
		}
	}
	return cases
}

// testResolve resolves an update before and after the late writes have arrived.
func (k *check) testResolve(e baseline, faults []credittest.Fault) {
	before := k.readCredit()
	k.queue(onWrite(faults)...)
	c := k.update(e.patch)
	k.checkResolve(c, e, before)
	if backend, ok := k.h.Backend.(writableBackend); ok && backend.Deliver() > 0 {
		k.checkResolve(c, e, before)
	}
}

// readCredit reads the credit with the Updater.
func (k *check) readCredit() *credit.Record {
	record, err := k.h.Updater.(credit.Reader).Read(k.ctx, k.h.Ref)
	if err != nil {
		k.fatalf("the credit cannot be read: %v", err)
	}
	return record
}

// checkResolve compares the verdicts, with and without the record from before, with the
// vendor's state.
func (k *check) checkResolve(c *call, e baseline, before *credit.Record) {
	want := k.verdict(c, e)
	k.checkVerdict(e.patch, before, want)
	if want == credit.AsBefore {
		want = credit.Neither
	}
	k.checkVerdict(e.patch, nil, want)
}

// verdict compares the fields of the patch in the vendor's state with those before the
// update, and with those after an update without faults.
func (k *check) verdict(c *call, e baseline) credit.Verdict {
	now, places := k.state(), k.recordPaths(e.patch)
	same := func(other pathValues) bool {
		return !slices.ContainsFunc(now.differing(other), func(path string) bool { return isWithin(path, places) })
	}
	switch {
	case same(e.after):
		return credit.AsAsked
	case same(c.before):
		return credit.AsBefore
	}
	return credit.Neither
}

// checkVerdict resolves an update and checks the result.
func (k *check) checkVerdict(p credit.Patch, before *credit.Record, want credit.Verdict) *credit.Resolution {
	earlier := len(k.h.Backend.Requests())
	r, err := credit.Resolve(k.ctx, k.h.Updater, k.h.Ref, p, before)
	if err != nil || r == nil || r.Now == nil {
		k.fatalf("Resolve returned %+v with the error %v", r, err)
	}
	if r.Verdict != want || (len(r.Fields) == 0) != (want == credit.AsAsked) {
		k.errorf("the verdict is %q, want %q; the fields are %v", r.Verdict, want, r.Fields)
	}
	if slices.ContainsFunc(k.h.Backend.Requests()[earlier:], func(r credittest.Request) bool { return r.Write }) {
		k.errorf("Resolve has sent a write")
	}
	return r
}

// testResolveNeither checks the verdict if another writer has set one field as the patch
// does, and no other.
func (k *check) testResolveNeither() {
	before := k.readCredit()
	field := fieldsOf(k.all.patch)[0]
	backend := k.h.Backend.(writableBackend)
	theirs := strings.Split(k.h.FieldPaths[field].Record, "/")
	if err := backend.Seed(replaceAtPath(slices.Clone(backend.Record(k.h.Ref.ID)), k.all.record, theirs)); err != nil {
		k.fatalf("the Backend does not accept the record: %v", err)
	}
	r := k.checkVerdict(k.all.patch, before, credit.Neither)
	if len(r.Fields) != 1 || r.Fields[0].Field != field {
		k.errorf("the fields are %v, want %s", r.Fields, field)
	}
}
