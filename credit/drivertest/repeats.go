package drivertest

import (
	"net/http"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// repeatCases test retries of writes that may have been applied: a patch is sent again if
// it is Support.Repeatable, and only then.
func (s *suite) repeatCases() []testCase {
	var cases []testCase
	add := func(of string, p credit.Patch) {
		for what, f := range map[string]credittest.Fault{
			"is lost after the change":   credittest.LostAfter(),
			"is lost before the change":  credittest.LostBefore(),
			"breaks off in its response": credittest.TruncatedAt(-1),
			"gets a 408":                 credittest.Respond(http.StatusRequestTimeout, `{}`),
			"gets a 502":                 credittest.HTML(http.StatusBadGateway),
			"gets a 503":                 credittest.Respond(http.StatusServiceUnavailable, `{}`),
			"gets a 504":                 credittest.Respond(http.StatusGatewayTimeout, `{}`),
		} {
			c := testCase{name: "retry: " + of + " is sent again when it " + what, run: func(k *check) { k.testRepeated(p, f.OnWrite()) }}
			if s.support.ReplacesRecord && f.Applied {
				c = testCase{name: "retry: " + of + " is read again when it " + what, run: func(k *check) { k.testConfirmedByRead(p, f.OnWrite()) }}
			}
			if !s.support.Repeatable(p) {
				c = testCase{name: "retry: " + of + " is not sent again when it " + what, run: func(k *check) { k.testNotRepeated(p, f.OnWrite()) }}
			}
			cases = append(cases, c)
		}
	}
	for _, field := range fieldsOf(s.harness.Patch) {
		add(string(field), pick(s.harness.Patch, field))
	}
	add("the whole patch", s.harness.Patch)
	for _, field := range s.notIdempotent() {
		p := pick(s.harness.Patch, field)
		cases = append(cases, testCase{name: "retry: " + string(field) + " is not sent again when it gets a 500", run: func(k *check) {
			k.testNotRepeated(p, credittest.Respond(http.StatusInternalServerError, `{}`).OnWrite())
		}})
	}
	return cases
}

// testRepeated checks that a write is sent again and succeeds. An Updater without retries
// may leave that to its caller.
func (k *check) testRepeated(p credit.Patch, f credittest.Fault) {
	k.queue(f)
	c := k.update(p)
	if !k.h.Repeats && len(c.writes) == 1 {
		return
	}
	if len(c.writes) != 2 || c.err != nil {
		k.fatalf("Support says that the patch is repeatable, and %d writes were sent: %v", len(c.writes), c.err)
	}
	if between := k.requestsBetweenWrites(c); k.support.ReplacesRecord && len(between) == 0 {
		k.errorf("the write was sent again, and the credit was not read in between")
	}
}

// requestsBetweenWrites returns the requests between the first two writes.
func (k *check) requestsBetweenWrites(c *call) []credittest.Request {
	first := slices.IndexFunc(c.requests, func(r credittest.Request) bool { return r.Write })
	rest := c.requests[first+1:]
	return rest[:max(0, slices.IndexFunc(rest, func(r credittest.Request) bool { return r.Write }))]
}

// testConfirmedByRead checks that an update that replaces the record reads it again, and
// succeeds without another write because the record shows the change.
func (k *check) testConfirmedByRead(p credit.Patch, f credittest.Fault) {
	k.queue(f)
	c := k.update(p)
	if !k.h.Repeats {
		return
	}
	if len(c.writes) != 1 || c.err != nil || c.result.Attempts != 1 {
		k.fatalf("%d writes were sent: %v", len(c.writes), c.err)
	}
	if last := c.requests[len(c.requests)-1]; last.Write {
		k.errorf("the credit was not read again")
	}
	k.checkReadBack(p)
}

// testNotRepeated checks that a write is sent once and fails.
func (k *check) testNotRepeated(p credit.Patch, f credittest.Fault) {
	k.queue(f)
	c := k.update(p)
	if len(c.writes) != 1 || c.err == nil {
		k.errorf("Support says that the patch is not repeatable, and %d writes were sent: %v", len(c.writes), c.err)
	}
}
