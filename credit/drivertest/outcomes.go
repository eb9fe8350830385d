package drivertest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// outcomeCases test which responses are a success. A response that is neither a readable
// success nor a refusal leaves the outcome unknown.
func (s *suite) outcomeCases() []testCase {
	var cases []testCase
	add := func(name string, f credittest.Fault, run func(k *check, faults []credittest.Fault)) {
		cases = append(cases, testCase{name: name, run: func(k *check) { run(k, repeatFault(f.OnWrite())) }})
	}
	for _, status := range []int{200, 201, 203} {
		add(fmt.Sprintf("success: the usual response with a %d", status), credittest.OtherStatus(status), (*check).testAccepted)
	}
	if s.harness.NoContent {
		add("success: a 204", credittest.Empty(204), (*check).testAccepted)
	}
	for name, f := range s.unclearAnswers() {
		add("unclear response: "+name+", applied", f, (*check).testUnclear)
		add("unclear response: "+name+", not applied", f.NotApplied(), (*check).testUnclear)
	}
	for _, name := range slices.Sorted(maps.Keys(s.harness.Unclear)) {
		f := s.harness.Unclear[name]
		add("unclear response: "+name+", not applied", f, (*check).testUnclear)
		f.Applied = true
		add("unclear response: "+name+", applied", f, (*check).testUnclear)
	}
	for name, f := range map[string]credittest.Fault{"in the middle": credittest.Truncated(), "near its end": credittest.TruncatedAt(-3)} {
		add("unclear response: a response that breaks off "+name+", applied", f, (*check).testBrokenOff)
		add("unclear response: a response that breaks off "+name+", not applied", f.NotApplied(), (*check).testBrokenOff)
	}
	return s.withFaults(cases)
}

// unclearAnswers returns complete responses that are neither a success nor a refusal.
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
		"too large a response":      credittest.Oversized(),
		"the first half of it":      credittest.CutAt(12),
		"all but its end":           credittest.CutAt(-3),
	}
	for _, status := range []int{202, 206, 207, 208, 226} {
		faults[fmt.Sprintf("the usual response with a %d", status)] = credittest.OtherStatus(status)
	}
	if !s.harness.NoContent {
		faults["an empty 204"] = credittest.Empty(204)
	}
	if !s.harness.Unnamed {
		faults["the response of another credit"] = credittest.AnotherID()
	}
	return faults
}

// testAccepted checks that a response is a success.
func (k *check) testAccepted(faults []credittest.Fault) {
	c := k.faulted(k.all, faults...)
	if c.err != nil || len(c.writes) != 1 {
		k.errorf("%d writes were sent, and the update failed: %v", len(c.writes), c.err)
	}
}

// testUnclear checks that the outcome is unknown and that the write is not retried, because the
// response is complete.
func (k *check) testUnclear(faults []credittest.Fault) {
	e := k.all
	if k.repeatable.after != nil { // what could be repeated
		e = k.repeatable
	}
	c := k.faulted(e, faults...)
	k.checkFailed(c, nil, credit.Unknown)
	if len(c.writes) != 1 {
		k.errorf("%d writes were sent: %v", len(c.writes), c.err)
	}
}

// testBrokenOff checks that a truncated response leaves the outcome unknown, unless the
// credit was read again and shows the change.
func (k *check) testBrokenOff(faults []credittest.Fault) {
	c := k.faulted(k.all, faults...)
	if c.err == nil && (!k.support.ReplacesRecord || len(c.before.differing(c.after)) == 0) {
		k.errorf("the update succeeded, want an error")
	}
	if c.err != nil {
		k.checkFailed(c, nil, credit.Unknown)
	}
	if !k.support.Repeatable(k.h.Patch) && len(c.writes) != 1 {
		k.errorf("Support says that the patch is not repeatable, and %d writes were sent: %v", len(c.writes), c.err)
	}
}
