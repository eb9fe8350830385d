package drivertest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// guardCases test WithBefore and WithExpect.
func (s *suite) guardCases() []testCase {
	if !s.reader {
		return []testCase{
			{name: "before: without a read it is refused", run: func(k *check) {
				k.checkInvalid(k.update(k.h.Patch, credit.WithBefore()), "WithBefore")
			}},
			{name: "expect: without a read it is refused", run: func(k *check) {
				k.checkInvalid(k.update(k.h.Patch, credit.WithExpect(credit.Record{Values: credit.Values(k.h.Patch)})), "WithExpect")
			}},
		}
	}
	cases := []testCase{
		{name: "a read returns the fields of Support", run: func(k *check) { k.testReadFields() }},
		{name: "before: the result has what was read", run: func(k *check) { k.testBefore() }},
		{name: "expect: a record as expected is written", run: func(k *check) { k.testExpected() }},
		{name: "expect: a dry run compares as well", run: func(k *check) {
			c := k.update(k.h.Patch, credit.WithDryRun(), credit.WithExpect(credit.Record{Values: credit.Values(k.h.Patch)}))
			_ = k.checkChanged(c, credit.NotSent, 0)
		}},
	}
	for _, f := range fieldsOf(s.harness.Patch) {
		cases = append(cases, testCase{name: "expect: another " + string(f) + " is not overwritten", run: func(k *check) { k.testUnexpected(f) }})
	}
	cases = append(cases, s.guardArgumentCases()...)
	cases = append(cases, s.withFaults([]testCase{
		{name: "before: a rejected update leaves it in CallInfo", run: func(k *check) {
			k.testBeforeOfFailure(credit.Rejected, credittest.Respond(403, `{"message":"no"}`), credit.WithBefore())
		}},
		{name: "before: an unknown outcome leaves it in CallInfo", run: func(k *check) {
			k.testBeforeOfFailure(credit.Unknown, credittest.LostBefore(), credit.WithBefore())
		}},
		{name: "before: a failed read is followed by no write", run: func(k *check) { k.testGuardNotRead(credit.WithBefore()) }},
		{name: "expect: a failed read is followed by no write", run: func(k *check) {
			k.testGuardNotRead(credit.WithExpect(credit.Record{Values: k.read().Values}))
		}},
	})...)
	anyway := s.withFaults([]testCase{
		{name: "before: an update that reads anyway leaves it in CallInfo", run: func(k *check) {
			k.testBeforeOfFailure(credit.Unknown, credittest.LostBefore())
		}},
	})
	if s.faults && s.all.before == 0 {
		anyway[0].skip = "nothing is read before a write"
	}
	overlap := s.withFaults([]testCase{
		{name: "expect: of two updates that expect the same record one is made", run: func(k *check) { k.testOneIsMade() }},
	})
	if s.faults && !s.support.ReplacesRecord {
		overlap[0].skip = "a write does not replace the record"
	}
	return slices.Concat(cases, anyway, overlap, s.guardRepeatCases())
}

// guardArgumentCases test what is refused before anything is sent.
func (s *suite) guardArgumentCases() []testCase {
	refused := func(what, field string, opts func(k *check) []credit.CallOption) testCase {
		return testCase{name: "expect: " + what + " is refused", run: func(k *check) { k.checkInvalid(k.update(k.h.Patch, opts(k)...), field) }}
	}
	cases := []testCase{
		refused("an empty record", "WithExpect", func(*check) []credit.CallOption {
			return []credit.CallOption{credit.WithExpect(credit.Record{ID: "c"})}
		}),
		refused("the record of another credit", "WithExpect", func(k *check) []credit.CallOption {
			return []credit.CallOption{credit.WithExpect(credit.Record{ID: k.h.Ref.ID + "1", Values: credit.Values(k.h.Patch)})}
		}),
	}
	for _, f := range credit.Fields() {
		if !s.support.CanRead(f) {
			cases = append(cases, refused(string(f), "WithExpect", func(*check) []credit.CallOption {
				return []credit.CallOption{credit.WithExpect(credit.Record{Values: credit.Values(pick(fullPatch, f))})}
			}))
		}
	}
	if s.support.ReplacesRecord {
		given := func(k *check) credit.CallOption { return credit.WithRecord(k.h.Backend.Record(k.h.Ref.ID)) }
		cases = append(cases,
			refused("a given record", "WithExpect", func(k *check) []credit.CallOption {
				return []credit.CallOption{given(k), credit.WithExpect(credit.Record{Values: credit.Values(k.h.Patch)})}
			}),
			refused("a given record with WithBefore", "WithBefore", func(k *check) []credit.CallOption {
				return []credit.CallOption{given(k), credit.WithBefore()}
			}))
	}
	return cases
}

// guardRepeatCases test that the credit is compared again before a repeat.
func (s *suite) guardRepeatCases() []testCase {
	cases := []testCase{
		{name: "expect: the credit is read again before a repeat", run: func(k *check) { k.testReadBeforeRepeat() }},
		{name: "expect: a change that the credit shows after a lost response is made", run: func(k *check) { k.testShownChange() }},
		{name: "expect: another writer's change after a lost write is not overwritten", run: func(k *check) {
			k.testOtherWriter(credittest.LostBefore(), credit.Unknown)
		}},
		{name: "expect: another writer's change during a wait is not overwritten", run: func(k *check) {
			k.testOtherWriter(credittest.RateLimited(2*time.Second), credit.Rejected)
		}},
		{name: "expect: without a second read there is no repeat", run: func(k *check) { k.testNoSecondRead() }},
	}
	reason := ""
	switch {
	case !s.faults:
		reason = "the Backend has no faults"
	case !s.otherWriters:
		reason = "the Backend has no other writers"
	case !s.harness.Repeats:
		reason = "the Updater repeats nothing"
	case len(fieldsOf(s.repeatable.patch)) == 0:
		reason = "the patch has no field that may be repeated"
	case len(fieldsOf(s.harness.Patch)) < 2:
		reason = "the patch has one field"
	}
	for i := range cases {
		cases[i].skip = reason
	}
	return cases
}

// read returns the credit as the Updater reads it.
func (k *check) read() *credit.Record {
	record, err := k.h.Updater.(credit.Reader).Read(k.ctx, k.h.Ref)
	if err != nil {
		k.fatalf("the credit cannot be read: %v", err)
	}
	return record
}

// differingFields returns the fields that two records have with different values.
func differingFields(a, b *credit.Record) (differ []credit.Field) {
	for _, f := range credit.Fields() {
		if !shows(a, credit.Patch(b.Values), f) {
			differ = append(differ, f)
		}
	}
	return differ
}

// checkBefore checks that a record is the credit as it was read.
func (k *check) checkBefore(what string, got, read *credit.Record) {
	switch {
	case got == nil:
		k.errorf("%s is nil", what)
	case len(differingFields(got, read)) > 0:
		k.errorf("%s is not the credit as it was: %v differ", what, differingFields(got, read))
	}
}

// checkChanged checks that an update ended with a ChangedError.
func (k *check) checkChanged(c *call, outcome credit.Outcome, writes int) *credit.ChangedError {
	e, ok := errors.AsType[*credit.ChangedError](c.err)
	if !ok {
		k.fatalf("the error is a %T, not a ChangedError: %v", c.err, c.err)
	}
	if credit.OutcomeOf(c.err) != outcome || !errors.Is(c.err, credit.ErrConflict) {
		k.errorf("the outcome is %q, want %q: %v", credit.OutcomeOf(c.err), outcome, c.err)
	}
	if len(c.writes) != writes {
		k.errorf("%d writes were sent, want %d: %v", len(c.writes), writes, c.err)
	}
	if e.Vendor != k.vendor || e.ID != k.h.Ref.ID || e.Now == nil {
		k.errorf("the error has no vendor, no id or no record: %+v", *e)
	}
	return e
}

// testReadFields checks that a read returns only fields that Support lists.
func (k *check) testReadFields() {
	record := k.read()
	for f := range (*credit.Patch)(&record.Values).All() {
		if !k.support.CanRead(f) {
			k.errorf("the credit is read with %s, and Support does not list it", f)
		}
	}
	for _, f := range k.support.ReadOnly {
		if k.support.CanSet(f) || k.support.CanClear(f) {
			k.errorf("Support lists %s as ReadOnly, and it can be changed", f)
		}
	}
}

func (k *check) testBefore() {
	read := k.read()
	var info credit.CallInfo
	c := k.update(k.h.Patch, credit.WithBefore(), credit.WithInfo(&info))
	if c.err != nil || len(c.writes) != 1 {
		k.fatalf("%d writes were sent: %v", len(c.writes), c.err)
	}
	k.checkOutcome(c, k.all)
	k.checkBefore("Result.Before", c.result.Before, read)
	k.checkBefore("CallInfo.Before", info.Before, read)
}

// testBeforeOfFailure checks that CallInfo has the record after an error.
func (k *check) testBeforeOfFailure(outcome credit.Outcome, f credittest.Fault, opts ...credit.CallOption) {
	read := k.read()
	var info credit.CallInfo
	k.queue(onWrite(repeatFault(f))...)
	c := k.update(k.h.Patch, append(opts, credit.WithInfo(&info))...)
	k.checkFailed(c, nil, outcome)
	k.checkBefore("CallInfo.Before", info.Before, read)
}

// testGuardNotRead checks that an update ends if the read that an option needs fails.
func (k *check) testGuardNotRead(opt credit.CallOption) {
	k.queue(repeatFault(credittest.Respond(403, `{"message":"no"}`).OnRead())...)
	c := k.update(k.h.Patch, opt)
	k.checkFailed(c, nil, credit.NotSent)
	if len(c.writes) > 0 {
		k.errorf("%d writes were sent: %v", len(c.writes), c.err)
	}
}

func (k *check) testExpected() {
	c := k.update(k.h.Patch, credit.WithExpect(*k.read()))
	if c.err != nil || len(c.writes) != 1 {
		k.fatalf("%d writes were sent: %v", len(c.writes), c.err)
	}
	k.checkOutcome(c, k.all)
	k.checkBody(c)
}

// testUnexpected checks that nothing is sent if one of the expected fields has another
// value.
func (k *check) testUnexpected(f credit.Field) {
	read := k.read()
	want := overlay(credit.Patch(read.Values), pick(k.h.Patch, f))
	var info credit.CallInfo
	c := k.update(k.h.Patch, credit.WithExpect(credit.Record{Values: credit.Values(want)}), credit.WithInfo(&info))
	e := k.checkChanged(c, credit.NotSent, 0)
	if len(e.Fields) != 1 || e.Fields[0].Field != f {
		k.errorf("the error does not name %s alone: %v", f, c.err)
	}
	k.checkBefore("ChangedError.Now", e.Now, read)
	k.checkBefore("CallInfo.Before", info.Before, read)
}

// testReadBeforeRepeat checks that a lost write is repeated after a read.
func (k *check) testReadBeforeRepeat() {
	want := *k.read()
	k.queue(credittest.LostBefore().OnWrite())
	c := k.update(k.repeatable.patch, credit.WithExpect(want))
	if c.err != nil || len(c.writes) != 2 {
		k.fatalf("%d writes were sent: %v", len(c.writes), c.err)
	}
	if len(k.requestsBetweenWrites(c)) == 0 {
		k.errorf("the credit was not read before the repeat")
	}
	k.checkOutcome(c, k.repeatable)
}

// testShownChange checks that a change whose response was lost succeeds, although the
// credit is no longer as expected.
func (k *check) testShownChange() {
	want := *k.read()
	k.queue(credittest.LostAfter().OnWrite())
	c := k.update(k.repeatable.patch, credit.WithExpect(want))
	if c.err != nil {
		k.fatalf("%d writes were sent: %v", len(c.writes), c.err)
	}
	k.checkOutcome(c, k.repeatable)
}

// testOtherWriter checks that the first attempt is not repeated if another writer changes
// an expected field that the patch does not name.
func (k *check) testOtherWriter(f credittest.Fault, outcome credit.Outcome) {
	own := fieldsOf(k.repeatable.patch)[0]
	all := fieldsOf(k.h.Patch)
	other := all[slices.IndexFunc(all, func(f credit.Field) bool { return f != own })]
	want := *k.read()
	theirs := strings.Split(k.h.FieldPaths[other].Record, "/")
	k.writeAsOther(func(record json.RawMessage) json.RawMessage { return replaceAtPath(record, k.all.record, theirs) })
	k.queue(f.OnWrite())
	var info credit.CallInfo
	c := k.update(pick(k.h.Patch, own), credit.WithExpect(want), credit.WithInfo(&info))
	_ = k.checkChanged(c, outcome, 1)
	k.checkBefore("CallInfo.Before", info.Before, &want)
	for _, path := range c.after.differing(c.before) {
		if !isWithin(path, []string{k.h.FieldPaths[other].Record}) {
			k.errorf("%s was changed as well", path)
		}
	}
}

// testOneIsMade checks that updates of one record compare it one after the other.
func (k *check) testOneIsMade() {
	k.otherWrote = true
	want := *k.read()
	k.queue(credittest.Slow(time.Second).OnWrite())
	errs := make([]error, 2)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = k.h.Updater.Update(k.ctx, k.h.Ref, k.h.Patch, credit.WithExpect(want)) })
	}
	group.Wait()
	<-time.After(quiescence)
	made := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if made < 0 || !errors.Is(errs[1-made], credit.ErrConflict) || credit.OutcomeOf(errs[1-made]) != credit.NotSent {
		k.errorf("the updates ended with %v and %v, want one that is made and one ChangedError", errs[0], errs[1])
	}
}

// testNoSecondRead checks that nothing more is written if the credit cannot be read before
// a repeat.
func (k *check) testNoSecondRead() {
	want := *k.read()
	k.queue(credittest.LostBefore().OnWrite())
	k.queue(append(k.guardReads(), repeatFault(credittest.Respond(403, `{"message":"no"}`).OnRead())...)...)
	c := k.update(k.repeatable.patch, credit.WithExpect(want))
	k.checkFailed(c, nil, credit.Unknown)
	if len(c.writes) != 1 {
		k.errorf("%d writes were sent: %v", len(c.writes), c.err)
	}
}

// guardReads returns one harmless fault for each request of a read.
func (k *check) guardReads() []credittest.Fault {
	earlier := len(k.h.Backend.Requests())
	k.read()
	return slices.Repeat([]credittest.Fault{credittest.Slow(0).OnRead()}, len(k.h.Backend.Requests())-earlier)
}
