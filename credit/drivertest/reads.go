package drivertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// readCases test the read before a write and the read that verifies it.
func (s *suite) readCases() []testCase {
	bad := map[string]credittest.Fault{
		"a page":            credittest.HTML(200),
		"half a response":   credittest.InvalidJSON(),
		"an empty response": credittest.Respond(200, ""),
		"an empty object":   credittest.Respond(200, "{}"),
		"a list":            credittest.Respond(200, "[]"),
		"null":              credittest.Respond(200, "null"),
		"a text":            credittest.Respond(200, `"credit"`),
		"a 204":             credittest.Respond(204, ""),
		"too large":         credittest.Oversized(),
		"broken off":        credittest.Truncated(),
		"lost":              credittest.LostBefore(),
		"a redirect":        credittest.Redirect(302, "https://elsewhere.invalid/stolen"),
	}
	for _, status := range []int{401, 403, 404, 409, 429, 500, 503} {
		bad[fmt.Sprintf("a %d", status)] = credittest.Respond(status, `{"message":"no"}`)
	}
	if s.support.ReplacesRecord {
		other := bytes.ReplaceAll(s.harness.Backend.Record(s.harness.Ref.ID), []byte(s.harness.Ref.ID), []byte(s.harness.Ref.ID+"1"))
		bad["another credit"] = credittest.Respond(200, string(other))
	}
	var cases []testCase
	for name, f := range bad {
		cases = append(cases, testCase{name: "a read that is " + name + " is followed by no write", run: func(k *check) { k.testBadRead(f) }})
	}
	cases = append(cases, testCase{name: "a context that ends during the read sends nothing", run: func(k *check) {
		ctx, cancel := context.WithTimeout(k.ctx, time.Second)
		defer cancel()
		k.queue(credittest.Slow(10 * time.Second).OnRead())
		c := k.updateAt(ctx, k.h.Ref, k.h.Patch)
		if len(c.writes) > 0 || credit.OutcomeOf(c.err) != credit.NotSent || !errors.Is(c.err, context.DeadlineExceeded) {
			k.errorf("%d writes were sent: %v", len(c.writes), c.err)
		}
	}})
	cases = s.withFaults(cases)
	if s.faults && s.all.before == 0 {
		for i := range cases {
			cases[i].skip = "nothing is read before a write"
		}
	}
	verify := s.withFaults([]testCase{
		{name: "verifying finds a change that was reported and not made", run: func(k *check) { k.testFalseSuccess() }},
		{name: "a change that cannot be read back is Applied", run: func(k *check) {
			k.queue(append(k.readsBefore(), repeatFault(credittest.Respond(404, `{}`).OnRead())...)...)
			k.checkUnverified(k.update(k.h.Patch, credit.WithVerify()))
		}},
		{name: "a context that ends while it is read back leaves the change made", run: func(k *check) {
			ctx, cancel := context.WithTimeout(k.ctx, time.Second)
			defer cancel()
			k.queue(append(k.readsBefore(), credittest.Slow(10*time.Second).OnRead())...)
			k.checkUnverified(k.updateAt(ctx, k.h.Ref, k.h.Patch, credit.WithVerify()))
		}},
	})
	if s.faults && !s.reader {
		for i := range verify {
			verify[i].skip = "the Updater is not a Reader"
		}
	}
	return append(cases, verify...)
}

// testBadRead checks that an update ends after a failed or malformed read.
func (k *check) testBadRead(f credittest.Fault) {
	k.queue(repeatFault(f.OnRead())...)
	c := k.update(k.h.Patch)
	k.checkUnchanged(c)
	if c.err == nil || len(c.writes) > 0 || credit.OutcomeOf(c.err) != credit.NotSent {
		k.errorf("%d writes were sent, and the outcome is %v: %v", len(c.writes), credit.OutcomeOf(c.err), c.err)
	}
	for _, r := range c.requests {
		if strings.Contains(r.Path, "stolen") {
			k.errorf("%s %s went to the other host", r.Method, r.Path)
		}
	}
}

// readsBefore returns one harmless fault for each read before a write.
func (k *check) readsBefore() []credittest.Fault {
	var plain []credittest.Fault
	for range k.all.before {
		plain = append(plain, credittest.Slow(0).OnRead())
	}
	return plain
}

func (k *check) checkUnverified(c *call) {
	k.checkOutcome(c, k.all)
	if _, ok := errors.AsType[*credit.UnverifiedError](c.err); !ok || credit.OutcomeOf(c.err) != credit.Applied {
		k.errorf("the error is a %T, not an UnverifiedError with outcome applied: %v", c.err, c.err)
	}
}

// testFalseSuccess checks that WithVerify finds a change that the vendor reported and did
// not make.
func (k *check) testFalseSuccess() {
	if len(k.all.response) == 0 {
		k.fatalf("the result of a change has no Raw, the vendor's response")
	}
	k.queue(credittest.Respond(200, string(k.all.response)).OnWrite())
	c := k.update(k.h.Patch, credit.WithVerify())
	e, ok := errors.AsType[*credit.MismatchError](c.err)
	if !ok {
		k.fatalf("the error is a %T, not a MismatchError: %v", c.err, c.err)
	}
	if len(e.Fields) != len(fieldsOf(k.h.Patch)) || e.Result == nil || len(c.writes) != 1 {
		k.errorf("%d writes were sent, and the error does not name all fields: %v", len(c.writes), c.err)
	}
}
