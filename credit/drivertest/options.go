package drivertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

const concurrentCalls = 32

// optionCases test call options and concurrent calls.
func (s *suite) optionCases() []testCase {
	unreadable := ""
	if !s.reader {
		unreadable = "the Updater is not a Reader"
	}
	cases := []testCase{
		{name: "a nil option is refused", run: func(k *check) { k.checkInvalid(k.update(k.h.Patch, nil), "") }},
		{name: "a dry run writes nothing and shows the write", run: func(k *check) { k.testDryRun() }},
		{name: "verifying after a dry run is refused", run: func(k *check) {
			k.checkInvalid(k.update(k.h.Patch, credit.WithDryRun(), credit.WithVerify()), "WithVerify")
		}},
		{name: "a change is verified", skip: unreadable, run: func(k *check) { k.testVerify() }},
		{name: "a missing credit cannot be read", skip: unreadable, run: func(k *check) { k.testReadMissing() }},
		{name: "concurrent calls are all made", run: func(k *check) { k.testConcurrent() }},
	}
	if s.harness.Missing == (credit.Ref{}) && unreadable == "" {
		cases[4].skip = "the harness names no missing credit"
	}
	if unreadable != "" {
		cases = append(cases, testCase{name: "verifying without a read is refused", run: func(k *check) {
			k.checkInvalid(k.update(k.h.Patch, credit.WithVerify()), "WithVerify")
		}})
	}
	if s.support.IdempotencyKeys {
		cases = append(cases,
			testCase{name: "the caller's key is sent", run: func(k *check) { k.testCallersKey() }},
			testCase{name: "each call has its own key", run: func(k *check) { k.testFreshKeys() }})
	} else {
		cases = append(cases, testCase{name: "an idempotency key is refused", run: func(k *check) {
			k.checkInvalid(k.update(k.h.Patch, credit.WithIdempotencyKey("key-1")), "WithIdempotencyKey")
		}})
	}
	if !s.support.ReplacesRecord {
		return append(cases, testCase{name: "a record is refused", run: func(k *check) {
			k.checkInvalid(k.update(k.h.Patch, credit.WithRecord(json.RawMessage(`{}`))), "WithRecord")
		}})
	}
	cases = append(cases, testCase{name: "a given record is not read again", run: func(k *check) { k.testGivenRecord() }})
	for _, record := range []string{`{}`, `[]`, `null`, `"text"`, `{"id":`, `{"id":"another"}`} {
		cases = append(cases, testCase{name: "a record that is " + record + " is refused", run: func(k *check) {
			c := k.update(k.h.Patch, credit.WithRecord(json.RawMessage(record)))
			k.checkRefused(c)
			if _, ok := errors.AsType[*credit.MalformedReadError](c.err); !ok {
				k.errorf("the error is a %T, not a MalformedReadError: %v", c.err, c.err)
			}
		}})
	}
	return cases
}

func (k *check) testDryRun() {
	dry := k.update(k.h.Patch, credit.WithDryRun())
	if dry.err != nil {
		k.fatalf("%v", dry.err)
	}
	k.checkUnchanged(dry)
	if r := dry.result; len(dry.writes) > 0 || !r.DryRun || r.Attempts != 0 || r.After != nil || len(r.Changes()) != len(fieldsOf(k.h.Patch)) {
		k.errorf("%d writes were sent: %+v", len(dry.writes), *r)
	}
	made := k.update(k.h.Patch)
	if made.err != nil || len(made.writes) != 1 || dry.result.Request == nil || !sameRequest(dry.result.Request, made.writes[0]) {
		k.errorf("the write is not the one that the dry run showed: %+v", dry.result.Request)
	}
}

func (k *check) testVerify() {
	c := k.update(k.h.Patch, credit.WithVerify())
	if c.err != nil {
		k.fatalf("%v", c.err)
	}
	if c.result.After == nil || len(c.result.NotReturned) > 0 {
		k.fatalf("the result does not show what was read back: %+v", *c.result)
	}
	for _, f := range credit.Fields() {
		if !k.h.Patch.Op(f).IsZero() && !shows(c.result.After, k.h.Patch, f) {
			k.errorf("After of the result does not have the new %s", f)
		}
	}
}

func (k *check) testReadMissing() {
	record, err := k.h.Updater.(credit.Reader).Read(k.ctx, k.h.Missing)
	k.checkNoSecrets(err)
	if record != nil || !errors.Is(err, credit.ErrNotFound) || credit.OutcomeOf(err) != credit.NotSent {
		k.errorf("the read gave %+v and %v", record, err)
	}
}

// carriesKey reports whether a request has a key in a header or in the body.
func carriesKey(r credittest.Request, key string) bool {
	for _, values := range r.Header {
		if slices.Contains(values, key) {
			return true
		}
	}
	return bytes.Contains(r.Body, []byte(key))
}

func (k *check) testCallersKey() {
	const key = "conformance-key-1"
	c := k.update(k.h.Patch, credit.WithIdempotencyKey(key))
	if c.err != nil {
		k.fatalf("%v", c.err)
	}
	if c.result.IdempotencyKey != key || len(c.writes) != 1 || !carriesKey(c.writes[0], key) {
		k.errorf("the write does not have %q: %+v", key, *c.result)
	}
}

func (k *check) testFreshKeys() {
	seen := map[string]bool{}
	for range 3 {
		c := k.update(k.h.Patch)
		switch {
		case c.err != nil:
			k.fatalf("%v", c.err)
		case seen[c.result.IdempotencyKey]:
			k.errorf("two calls had the key %q", c.result.IdempotencyKey)
		case !carriesKey(c.writes[0], c.result.IdempotencyKey):
			k.errorf("the write does not have the key %q", c.result.IdempotencyKey)
		}
		seen[c.result.IdempotencyKey] = true
	}
}

func (k *check) testGivenRecord() {
	c := k.update(k.h.Patch, credit.WithRecord(k.h.Backend.Record(k.h.Ref.ID)))
	if c.err != nil {
		k.fatalf("%v", c.err)
	}
	if len(c.requests) != 1 || len(c.writes) != 1 {
		k.errorf("%d requests and %d writes", len(c.requests), len(c.writes))
	}
	k.checkBody(c)
	k.checkOutcome(c, k.all)
}

// testConcurrent makes the same change from several goroutines.
func (k *check) testConcurrent() {
	var group sync.WaitGroup
	errs := make([]error, concurrentCalls)
	results := make([]*credit.Result, concurrentCalls)
	for i := range concurrentCalls {
		group.Go(func() { results[i], errs[i] = k.h.Updater.Update(k.ctx, k.h.Ref, k.h.Patch) })
	}
	group.Wait()
	<-time.After(quiescence)
	writes := 0
	for _, r := range k.h.Backend.Requests() {
		if r.Write {
			writes++
		}
	}
	if err := errors.Join(errs...); err != nil || slices.Contains(results, nil) || writes != concurrentCalls {
		k.errorf("%d writes for %d calls: %v", writes, concurrentCalls, err)
	}
	if paths := k.state().without(k.h.Computed).differing(k.all.after); len(paths) > 0 {
		k.errorf("the credit differs from the patch in %v", paths)
	}
}

// secretEchoes returns responses that quote a credential.
func secretEchoes(secret string) map[string]credittest.Fault {
	quoted := encode(secret)
	faults := map[string]credittest.Fault{}
	for _, status := range []int{200, 400, 401, 403, 409, 422, 429, 500, 503} {
		body := fmt.Sprintf(`{"message":%[1]s,"error":%[1]s,"code":%[1]s,"errors":[{"message":%[1]s}],"Message":%[1]s}`, quoted)
		faults[fmt.Sprintf("a %d", status)] = credittest.Respond(status, body).With("X-Request-Id", "Bearer "+secret)
	}
	page := credittest.HTML(http.StatusBadGateway)
	page.Body = []byte("<html>" + secret + "</html>")
	faults["a page"] = page
	faults["a redirect"] = credittest.Redirect(http.StatusFound, "https://elsewhere.invalid/?token="+secret)
	return faults
}
