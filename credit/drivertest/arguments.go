package drivertest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// argumentCases test arguments that are refused before anything is sent.
func (s *suite) argumentCases() []testCase {
	cases := []testCase{
		{name: "an empty patch is refused", run: func(k *check) {
			c := k.update(credit.Patch{})
			k.checkRefused(c)
			if !errors.Is(c.err, credit.ErrEmptyPatch) {
				k.errorf("the error is not ErrEmptyPatch: %v", c.err)
			}
		}},
		{name: "a nil context is refused", run: func(k *check) {
			var none context.Context
			k.checkInvalid(k.updateAt(none, k.h.Ref, k.h.Patch), "")
		}},
		{name: "a context that has ended sends nothing", run: func(k *check) {
			ctx, cancel := context.WithCancel(k.ctx)
			cancel()
			c := k.updateAt(ctx, k.h.Ref, k.h.Patch)
			k.checkRefused(c)
			if !errors.Is(c.err, context.Canceled) {
				k.errorf("the error is not context.Canceled: %v", c.err)
			}
		}},
		{name: "a slash in an id stays in the id", run: func(k *check) { k.testSlashInID() }},
		{name: "a missing credit is not found", run: func(k *check) {
			c := k.updateAt(k.ctx, k.h.Missing, k.h.Patch)
			k.checkFailed(c, []credit.Kind{credit.ErrNotFound}, credit.NotSent, credit.Rejected)
		}},
	}
	if s.harness.Missing == (credit.Ref{}) {
		cases[len(cases)-1].skip = "the harness names no missing credit"
	}
	cases = append(cases, s.refCases()...)
	return append(cases, s.valueCases()...)
}

func (s *suite) refCases() []testCase {
	var cases []testCase
	for name, id := range badIDs {
		cases = append(cases, testCase{name: "an id that " + name + " is refused", run: func(k *check) {
			ref := k.h.Ref
			ref.ID = id
			k.checkInvalid(k.updateAt(k.ctx, ref, k.h.Patch), "id")
		}})
	}
	switch s.support.Owner {
	case credit.OwnerRequired:
		cases = append(cases, badOwner("a missing owner is refused", ""))
	case credit.OwnerUnsupported:
		cases = append(cases, badOwner("an owner is refused", "another owner"))
	case credit.OwnerForReads:
		cases = append(cases, testCase{name: "an owner is not needed to write", run: func(k *check) {
			c := k.updateAt(k.ctx, credit.Ref{ID: k.h.Ref.ID}, k.h.Patch)
			if c.err != nil || len(c.writes) != 1 {
				k.errorf("%d writes were sent with the error %v, want 1 and no error", len(c.writes), c.err)
			}
		}})
	}
	if s.support.Owner != credit.OwnerUnsupported {
		cases = append(cases, badOwner("an owner with a control character is refused", "a\x00b"))
	}
	slices.SortFunc(cases, func(a, b testCase) int { return strings.Compare(a.name, b.name) })
	return cases
}

var badIDs = map[string]string{
	"is empty":              "",
	"is a dot":              ".",
	"is two dots":           "..",
	"holds a line break":    "credit\r\n1",
	"holds a NUL":           "credit\x00",
	"holds a DEL":           "credit\x7f",
	"is not valid UTF-8":    "credit\xff",
	"holds a C1 control":    "credit\u0085",
	"holds half a sequence": "credit\xe2\x82",
}

func badOwner(name, owner string) testCase {
	return testCase{name: name, run: func(k *check) {
		k.checkInvalid(k.updateAt(k.ctx, credit.Ref{ID: k.h.Ref.ID, Owner: owner}, k.h.Patch), "owner")
	}}
}

// testSlashInID checks that an id with a slash is refused or escaped.
func (k *check) testSlashInID() {
	ref := k.h.Ref
	ref.ID = "../" + ref.ID + "/x"
	c := k.updateAt(k.ctx, ref, k.h.Patch)
	if c.err == nil {
		k.errorf("another credit was changed")
	}
	k.checkUnchanged(c)
	for _, r := range c.requests {
		if strings.Contains(r.Path, "../") || strings.HasSuffix(r.Path, "/x") {
			k.errorf("the id is not one segment of the path %s", r.Path)
		}
	}
}

// valueCases test values that no vendor can be sent, and those of Harness.Invalid.
func (s *suite) valueCases() []testCase {
	bad := map[string]credit.Patch{}
	amounts := map[credit.Field]credit.Patch{
		credit.FieldTotal:    {Total: credit.Set(credit.Decimal{})},
		credit.FieldBalance:  {Balance: credit.Set(credit.Decimal{})},
		credit.FieldPriority: {Priority: credit.Set(credit.Decimal{})},
	}
	for f, p := range amounts {
		bad["an unset amount as "+string(f)] = p
	}
	for what, at := range map[string]time.Time{
		"an unset time":        {},
		"a time in year 10000": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		"a time before year 1": time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		bad[what+" as starts_at"] = credit.Patch{StartsAt: credit.Set(at)}
		bad[what+" as expires_at"] = credit.Patch{ExpiresAt: credit.Set(at)}
	}
	bad["invalid UTF-8 as name"] = credit.Patch{Name: credit.Set("a\xffb")}
	bad["invalid UTF-8 as note"] = credit.Patch{Note: credit.Set("a\xffb")}
	bad["invalid UTF-8 as a key"] = credit.Patch{Metadata: credit.Set(map[string]string{"a\xff": "b"})}
	bad["invalid UTF-8 as a value"] = credit.Patch{Metadata: credit.Set(map[string]string{"a": "b\xff"})}
	bad["a nil map"] = credit.Patch{Metadata: credit.Set(map[string]string(nil))}
	maps.DeleteFunc(bad, func(_ string, p credit.Patch) bool { return !s.support.CanSet(fieldsOf(p)[0]) })
	maps.Copy(bad, s.harness.Invalid)

	var cases []testCase
	for _, what := range slices.Sorted(maps.Keys(bad)) {
		cases = append(cases,
			testCase{name: what + " is refused", run: func(k *check) {
				k.checkInvalid(k.update(bad[what]), string(fieldsOf(bad[what])[0]))
			}},
			testCase{name: what + " among others refuses the whole patch", run: func(k *check) {
				k.checkInvalid(k.update(overlay(k.h.Patch, bad[what])), "")
			}})
	}
	return cases
}
