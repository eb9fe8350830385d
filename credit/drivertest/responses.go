package drivertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// answerCases test the responses to a write.
func (s *suite) answerCases() []testCase {
	cases := s.refusalCases()
	cases = append(cases, s.appliedCases()...)
	for name, faults := range mixedFaults() {
		cases = append(cases, s.outcomeCase("one fault: "+name, faults, s.all))
		if len(s.notIdempotent()) > 0 && s.repeatable.after != nil {
			cases = append(cases, s.outcomeCase("one fault, repeatable fields: "+name, faults, s.repeatable))
		}
	}
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
		cases = append(cases, testCase{name: fmt.Sprintf("a %d is not followed", status), run: func(k *check) { k.testRedirect(status) }})
	}
	cases = append(cases, s.repeatCases()...)
	for _, secret := range s.harness.Secrets {
		for what, fault := range secretEchoes(secret) {
			cases = append(cases, testCase{name: "a credential in " + what + " is not in the error", run: func(k *check) {
				k.queue(repeatFault(fault.OnWrite())...)
				k.update(k.h.Patch)
			}})
		}
	}
	return s.withFaults(cases)
}

// mixedFaults returns faults after which the change was made or not.
func mixedFaults() map[string][]credittest.Fault {
	return map[string][]credittest.Fault{
		"lost before the change":              {credittest.LostBefore()},
		"a 408":                               {credittest.Respond(408, `{}`)},
		"a 409":                               {credittest.Respond(409, `{}`)},
		"a 429 without a time":                {credittest.RateLimited(0)},
		"a 500":                               {credittest.Respond(500, `{}`)},
		"a 502 that is a page":                {credittest.HTML(502)},
		"a 503":                               {credittest.Respond(503, `{}`)},
		"a 504":                               {credittest.Respond(504, `{}`)},
		"a response under another type":       {credittest.WrongContentType("text/html")},
		"lost after the change, then a 401":   {credittest.LostAfter(), credittest.Respond(401, `{}`)},
		"lost after the change, then a 404":   {credittest.LostAfter(), credittest.Respond(404, `{}`)},
		"lost after the change, then a 409":   {credittest.LostAfter(), credittest.Respond(409, `{}`), credittest.Respond(409, `{}`)},
		"lost after the change, then 429s":    slices.Concat([]credittest.Fault{credittest.LostAfter()}, repeatFault(credittest.RateLimited(0))),
		"a 429, then lost after the change":   {credittest.RateLimited(0), credittest.LostAfter()},
		"a 503, then lost after the change":   {credittest.Respond(503, `{}`), credittest.LostAfter()},
		"a 503, then lost before, then a 403": {credittest.Respond(503, `{}`), credittest.LostBefore(), credittest.Respond(403, `{}`)},
	}
}

// withFaults sorts cases, and skips them if the Backend has no faults.
func (s *suite) withFaults(cases []testCase) []testCase {
	slices.SortStableFunc(cases, func(a, b testCase) int { return strings.Compare(a.name, b.name) })
	for i := range cases {
		if !s.faults {
			cases[i].skip = "the Backend has no faults"
		}
	}
	return cases
}

// outcomeCase compares the reported outcome with the vendor's state.
func (s *suite) outcomeCase(name string, faults []credittest.Fault, e baseline) testCase {
	return testCase{name: name, run: func(k *check) {
		k.queue(onWrite(faults)...)
		c := k.update(e.patch)
		k.checkOutcome(c, e)
		if len(c.writes) >= manyAttempts {
			k.errorf("%d writes were sent, want fewer than %d", len(c.writes), manyAttempts)
		}
		if c.err == nil && k.support.IdempotencyKeys {
			for _, w := range c.writes {
				if !carriesKey(w, c.result.IdempotencyKey) {
					k.errorf("an attempt does not have the key %q", c.result.IdempotencyKey)
				}
			}
		}
		if c.err == nil && c.result.Attempts != len(c.writes) {
			k.errorf("Result.Attempts is %d, and %d writes were sent", c.result.Attempts, len(c.writes))
		}
	}}
}

func onWrite(faults []credittest.Fault) []credittest.Fault {
	var on []credittest.Fault
	for _, f := range faults {
		on = append(on, f.OnWrite())
	}
	return on
}

// refusalCases test responses that never apply the change, however often the request is
// sent.
func (s *suite) refusalCases() []testCase {
	rejected := []credit.Outcome{credit.Rejected}
	unclear := []credit.Outcome{credit.Unknown}
	var cases []testCase
	add := func(name string, f credittest.Fault, outcomes []credit.Outcome, kinds ...credit.Kind) {
		cases = append(cases, testCase{name: "every attempt: " + name, run: func(k *check) {
			k.checkFailed(k.faulted(k.atomic, repeatFault(f.OnWrite())...), kinds, outcomes...)
		}})
	}
	const refusal = `{"message":"the vendor rejects the request"}`
	add("a 400", credittest.Respond(400, refusal), rejected, credit.ErrInvalid)
	add("a 401", credittest.Respond(401, refusal), rejected, credit.ErrUnauthorized)
	add("a 403", credittest.Respond(403, refusal), rejected, credit.ErrForbidden)
	add("a 404", credittest.Respond(404, refusal), rejected, credit.ErrNotFound)
	add("a 409", credittest.Respond(409, refusal), rejected, credit.ErrConflict, credit.ErrRateLimited)
	add("a 412", credittest.Respond(412, refusal), rejected, credit.ErrConflict)
	add("a 422", credittest.Respond(422, refusal), rejected, credit.ErrInvalid)
	add("a 429", credittest.RateLimited(0), rejected, credit.ErrRateLimited)
	for _, status := range []int{402, 405, 406, 410, 411, 413, 414, 415, 417, 428, 431, 451} {
		add(fmt.Sprintf("a %d", status), credittest.Respond(status, refusal), rejected)
	}
	for _, status := range []int{408, 425, 460, 499} {
		add(fmt.Sprintf("a %d", status), credittest.Respond(status, refusal), unclear, credit.ErrUnavailable)
	}
	for _, status := range []int{500, 501, 502, 503, 504} {
		add(fmt.Sprintf("a %d", status), credittest.Respond(status, refusal), unclear, credit.ErrUnavailable)
		add(fmt.Sprintf("a %d that is a page", status), credittest.HTML(status), unclear, credit.ErrUnavailable)
	}
	add("a 403 that is a page", credittest.HTML(403), rejected, credit.ErrForbidden)
	add("lost before the change", credittest.LostBefore(), []credit.Outcome{credit.Unknown}, credit.ErrUnavailable)
	for _, name := range slices.Sorted(maps.Keys(s.harness.Refusals)) {
		cases = append(cases, testCase{name: "every attempt: " + name, run: func(k *check) {
			c := k.faulted(k.atomic, repeatFault(k.h.Refusals[name].OnWrite())...)
			if c.err == nil || credit.OutcomeOf(c.err) != credit.Rejected {
				k.errorf("the outcome is %v: %v", credit.OutcomeOf(c.err), c.err)
			}
		}})
	}
	if s.atomic.patch.IsEmpty() {
		for i := range cases {
			cases[i].skip = "every field of the harness is NonAtomic"
		}
	}
	return cases
}

// appliedFaults returns faults of a write that the vendor acts on.
func appliedFaults() map[string]credittest.Fault {
	appliedResponse := func(status int, body string) credittest.Fault {
		return credittest.Fault{Applied: true, Status: status, Body: []byte(body)}
	}
	return map[string]credittest.Fault{
		"lost after the change":         credittest.LostAfter(),
		"broken off after the change":   credittest.Truncated(),
		"too large a response":          credittest.Oversized(),
		"half a response":               credittest.InvalidJSON(),
		"an empty 200":                  appliedResponse(200, ""),
		"an empty 204":                  appliedResponse(204, ""),
		"a 200 that is a page":          appliedResponse(200, "<html></html>"),
		"a 200 that is null":            appliedResponse(200, "null"),
		"a 200 that is a text":          appliedResponse(200, `"updated"`),
		"a 200 that is a list":          appliedResponse(200, "[]"),
		"a 200 that is an empty object": appliedResponse(200, "{}"),
		"a 201 that is an empty object": appliedResponse(201, "{}"),
		"a 500 after the change":        appliedResponse(500, `{"message":"no"}`),
		"a 502 after the change":        appliedResponse(502, "<html></html>"),
		"a 503 after the change":        appliedResponse(503, ""),
		"a 504 after the change":        appliedResponse(504, "<html></html>"),
	}
}

// appliedCases test responses after which the change was made.
func (s *suite) appliedCases() []testCase {
	var cases []testCase
	for name, f := range appliedFaults() {
		cases = append(cases,
			testCase{name: "applied, one fault: " + name, run: func(k *check) { k.testApplied(f.OnWrite()) }},
			testCase{name: "applied, every attempt: " + name, run: func(k *check) { k.testApplied(repeatFault(f.OnWrite())...) }})
	}
	return cases
}

func (k *check) testApplied(faults ...credittest.Fault) {
	c := k.faulted(k.all, faults...)
	if outcome := credit.OutcomeOf(c.err); (outcome == credit.NotSent || outcome == credit.Rejected) && !c.deniesChange() {
		k.errorf("the change was made, and the outcome of the error is not sent or rejected: %v", c.err)
	}
	if len(c.writes) >= manyAttempts {
		k.errorf("%d writes were sent, want fewer than %d", len(c.writes), manyAttempts)
	}
}

// testRedirect checks that a redirect is not followed. A 307 and a 308 mean that nothing
// was changed; the others do not.
func (k *check) testRedirect(status int) {
	c := k.faulted(k.all, repeatFault(credittest.Redirect(status, "https://elsewhere.invalid/stolen").OnWrite())...)
	want := credit.Unknown
	if status == 307 || status == 308 {
		want = credit.Rejected
	}
	k.checkFailed(c, nil, want)
	if len(c.writes) != 1 {
		k.errorf("%d writes were sent, want 1", len(c.writes))
	}
	for _, r := range c.requests {
		if strings.Contains(r.Path, "stolen") {
			k.errorf("%s %s went to the other host, with %d headers and %q", r.Method, r.Path, len(r.Header), r.Body)
		}
	}
}
