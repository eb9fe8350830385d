package drivertest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// outcomeCases are about what an answer says of the change: only a readable yes
// is one, and an answer that is neither a yes nor a no leaves it unknown.
func (s *suite) outcomeCases() []testCase {
	var cases []testCase
	add := func(name string, f credittest.Fault, run func(k *check, faults []credittest.Fault)) {
		cases = append(cases, testCase{name: name, run: func(k *check) { run(k, repeatFault(f.OnWrite())) }})
	}
	for _, status := range []int{200, 201, 203} {
		add(fmt.Sprintf("success: the usual answer with a %d", status), credittest.OtherStatus(status), (*check).testAccepted)
	}
	if s.harness.NoContent {
		add("success: a 204", credittest.Empty(204), (*check).testAccepted)
	}
	for name, f := range s.unclearAnswers() {
		add("unclear answer: "+name+", applied", f, (*check).testUnclear)
		add("unclear answer: "+name+", not applied", f.NotApplied(), (*check).testUnclear)
	}
	for _, name := range slices.Sorted(maps.Keys(s.harness.Unclear)) {
		f := s.harness.Unclear[name]
		add("unclear answer: "+name+", not applied", f, (*check).testUnclear)
		f.Applied = true
		add("unclear answer: "+name+", applied", f, (*check).testUnclear)
	}
	for name, f := range map[string]credittest.Fault{"in the middle": credittest.Truncated(), "near its end": credittest.TruncatedAt(-3)} {
		add("unclear answer: an answer that breaks off "+name+", applied", f, (*check).testBrokenOff)
		add("unclear answer: an answer that breaks off "+name+", not applied", f.NotApplied(), (*check).testBrokenOff)
	}
	return s.withFaults(cases)
}

// neither are complete answers that are neither a yes nor a no.
func (s *suite) unclearAnswers() map[string]credittest.Fault {
	faults := map[string]credittest.Fault{
		"an empty 200":              credittest.Empty(200),
		"an empty 202":              credittest.Empty(202),
		"an empty 205":              credittest.Empty(205),
		"an object without members": credittest.Accept(200, `{}`),
		"an object of another kind": credittest.Accept(200, `{"ok":true}`),
		"an error with a 200":       credittest.Accept(200, `{"error":"oops","message":"oops"}`),
		"null":                      credittest.Accept(200, `null`),
		"a list":                    credittest.Accept(200, `[]`),
		"a text":                    credittest.Accept(200, `"updated"`),
		"a login page":              credittest.LoginPage(),
		"too large an answer":       credittest.Oversized(),
		"the first half of it":      credittest.CutAt(12),
		"all but its end":           credittest.CutAt(-3),
	}
	for _, status := range []int{202, 206, 207, 208, 226} {
		faults[fmt.Sprintf("the usual answer with a %d", status)] = credittest.OtherStatus(status)
	}
	if !s.harness.NoContent {
		faults["an empty 204"] = credittest.Empty(204)
	}
	if !s.harness.Unnamed {
		faults["the answer of another credit"] = credittest.AnotherID()
	}
	return faults
}

// testAccepted wants an answer to be a yes.
func (k *check) testAccepted(faults []credittest.Fault) {
	c := k.faulted(k.all, faults...)
	if c.err != nil || len(c.writes) != 1 {
		k.errorf("after %d writes it failed: %v", len(c.writes), c.err)
	}
}

// testUnclear wants the outcome of an answer to be unknown, and no second write: an
// answer that is complete is not requested again.
func (k *check) testUnclear(faults []credittest.Fault) {
	e := k.all
	if k.repeatable.after != nil { // what could be repeated
		e = k.repeatable
	}
	c := k.faulted(e, faults...)
	k.checkFailed(c, nil, credit.Unknown)
	if len(c.writes) != 1 {
		k.errorf("%d writes were made: %v", len(c.writes), c.err)
	}
}

// testBrokenOff wants an answer that broke off to leave the outcome unknown, but
// where the credit was read again and shows the change.
func (k *check) testBrokenOff(faults []credittest.Fault) {
	c := k.faulted(k.all, faults...)
	if c.err == nil && (!k.support.ReplacesRecord || len(c.before.differing(c.after)) == 0) {
		k.errorf("was taken for a success")
	}
	if c.err != nil {
		k.checkFailed(c, nil, credit.Unknown)
	}
	if !k.support.Repeatable(k.h.Patch) && len(c.writes) != 1 {
		k.errorf("Support says that it must not be repeated, and %d writes were made: %v", len(c.writes), c.err)
	}
}
