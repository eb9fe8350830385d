package drivertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// checkInvariants checks what is true of every call.
func (k *check) checkInvariants(c *call) {
	k.checkNoSecrets(c.err)
	outcome := credit.OutcomeOf(c.err)
	switch {
	case (c.err == nil) == (c.result == nil):
		k.fatalf("Update returned the result %+v with the error %v", c.result, c.err)
	case c.err == nil:
	case outcome < credit.NotSent || outcome > credit.Applied:
		k.errorf("the outcome of %v is %d", c.err, outcome)
	case outcome == credit.NotSent && len(c.writes) > 0:
		k.errorf("%d writes were sent, and the error says that none was: %v", len(c.writes), c.err)
	}
	if (outcome == credit.NotSent || outcome == credit.Rejected) && !k.otherWrote {
		k.checkUnchanged(c)
	}
	if e, ok := errors.AsType[*credit.Error](c.err); ok && e.Attempts < len(c.writes) {
		k.errorf("%d writes were sent, and the error counts %d attempts: %v", len(c.writes), e.Attempts, c.err)
	}
	for _, again := range c.writes[min(1, len(c.writes)):] {
		// A retry after another writer's change sends the record as it is now.
		if k.otherWrote && k.support.ReplacesRecord {
			break
		}
		if first := c.writes[0]; again.Method != first.Method || again.Path != first.Path || !bytes.Equal(again.Body, first.Body) {
			k.errorf("a retry differs from the first write: %s %s %s, then %s %s %s",
				first.Method, first.Path, first.Body, again.Method, again.Path, again.Body)
		}
	}
	if e, ok := errors.AsType[*credit.Error](c.err); ok {
		if e.Vendor == "" || k.vendor != "" && e.Vendor != k.vendor {
			k.errorf("the error names %q as its vendor: %v", e.Vendor, c.err)
		}
		if e.Op == "" || e.Kind == "" {
			k.errorf("the error names no operation or no kind: %#v", e)
		}
	}
}

func (k *check) checkUnchanged(c *call) {
	paths := c.before.differing(c.after)
	switch {
	case len(paths) == 0:
	case c.err == nil:
		k.errorf("the vendor changed %s, want no change", strings.Join(paths, ", "))
	default:
		k.errorf("the vendor changed %s, and the error says that it did not: %v", strings.Join(paths, ", "), c.err)
	}
}

// deniesChange reports that the error of a call denies a change that the vendor made.
// checkInvariants reports it, so other checks do not report the outcome again.
func (c *call) deniesChange() bool {
	outcome := credit.OutcomeOf(c.err)
	return (outcome == credit.NotSent || outcome == credit.Rejected) && len(c.before.differing(c.after)) > 0
}

// checkOutcome compares the outcome of a call with the vendor's state.
func (k *check) checkOutcome(c *call, e baseline) {
	amiss := c.after.differing(e.after) // paths that differ from the requested change
	same := len(c.before.differing(c.after)) == 0
	switch credit.OutcomeOf(c.err) {
	case credit.NotSent, credit.Rejected: // hold has looked
	case credit.Unknown:
		if !same && len(amiss) > 0 {
			k.errorf("only a part of the change was made, without %s: %v", strings.Join(amiss, ", "), c.err)
		}
	default:
		if len(amiss) > 0 {
			k.errorf("the change is reported as made, and %s differs: %v", strings.Join(amiss, ", "), c.err)
		}
	}
}

// checkNoSecrets checks that no credential and no text of the patch is in an error.
func (k *check) checkNoSecrets(err error) {
	if err == nil {
		return
	}
	text := fmt.Sprintf("%v\n%+v\n%#v", err, err, err)
	for e := errors.Unwrap(err); e != nil; e = errors.Unwrap(e) {
		text += fmt.Sprintf("\n%v\n%+v\n%#v", e, e, e)
	}
	for _, secret := range k.h.Secrets {
		if secret != "" && strings.Contains(text, secret) {
			k.errorf("the error holds a credential: %s", strings.ReplaceAll(text, secret, "<the credential>"))
		}
	}
	if _, ok := errors.AsType[*credit.MismatchError](err); ok {
		return // it holds values of the patch
	}
	if _, ok := errors.AsType[*credit.ChangedError](err); ok {
		return // it does too
	}
	name, _ := k.harness.Patch.Name.Get()
	note, _ := k.harness.Patch.Note.Get()
	for _, planted := range []string{name, note} {
		if planted != "" && strings.Contains(text, planted) {
			k.errorf("the error holds %q, which is from the request: %s", planted, text)
		}
	}
}

// checkRefused checks that a call was refused before anything was sent.
func (k *check) checkRefused(c *call) {
	switch {
	case c.err == nil:
		k.fatalf("the update succeeded, want an error before a request is sent")
	case credit.OutcomeOf(c.err) != credit.NotSent:
		k.errorf("the outcome is %q, want %q: %v", credit.OutcomeOf(c.err), credit.NotSent, c.err)
	}
	if len(c.requests) > 0 {
		k.errorf("%d requests were sent before the refusal: %v", len(c.requests), c.err)
	}
}

// checkInvalid checks that a call was refused with an InvalidError that names field, if
// field is not empty.
func (k *check) checkInvalid(c *call, field string) {
	k.checkRefused(c)
	e, ok := errors.AsType[*credit.InvalidError](c.err)
	switch {
	case !ok:
		k.errorf("the error is a %T, not an InvalidError: %v", c.err, c.err)
	case e.Vendor != k.vendor:
		k.errorf("the error names %q as its vendor: %v", e.Vendor, c.err)
	case field != "" && e.Field != field && !slices.ContainsFunc(e.More, func(f credit.FieldError) bool { return f.Field == field }):
		k.errorf("the error does not name %s: %v", field, c.err)
	}
}

// checkFailed checks that a call failed with one of the kinds, if there are any, and one
// of the outcomes, after a limited number of requests.
func (k *check) checkFailed(c *call, kinds []credit.Kind, outcomes ...credit.Outcome) {
	if c.err == nil {
		k.fatalf("the update succeeded, want an error")
	}
	if len(kinds) > 0 && !slices.ContainsFunc(kinds, func(kind credit.Kind) bool { return errors.Is(c.err, kind) }) {
		k.errorf("the kind is not one of %q: %v", kinds, c.err)
	}
	if outcome := credit.OutcomeOf(c.err); !slices.Contains(outcomes, outcome) && !c.deniesChange() {
		k.errorf("the outcome is %q, want one of %q: %v", outcome, outcomes, c.err)
	}
	if len(c.requests) >= manyAttempts {
		k.errorf("%d requests were sent, want fewer than %d", len(c.requests), manyAttempts)
	}
}

// manyAttempts is more attempts than any Updater makes.
const manyAttempts = 30

func repeatFault(f credittest.Fault) []credittest.Fault {
	return slices.Repeat([]credittest.Fault{f}, manyAttempts)
}
