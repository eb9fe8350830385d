package drivertest

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// fieldCases are made from the Updater's Support.
func (s *suite) fieldCases() []testCase {
	var cases []testCase
	var clearable []credit.Field
	impossible := credit.Patch{}
	add := func(op string, f credit.Field, can bool, p credit.Patch) {
		if can {
			cases = append(cases, testCase{name: op + " " + string(f), run: func(k *check) { k.testChange(p) }})
			return
		}
		cases = append(cases,
			testCase{name: op + " " + string(f) + " is refused", run: func(k *check) { k.testUnsupported(p) }},
			testCase{
				name: op + " " + string(f) + " among others refuses the whole patch",
				run:  func(k *check) { k.testUnsupported(overlay(s.harness.Patch, p)) },
			})
		if op == "set" || s.support.CanSet(f) {
			impossible = overlay(impossible, p)
		}
	}
	for _, f := range credit.Fields() {
		add("set", f, s.support.CanSet(f), pick(overlay(fullPatch, s.harness.Patch), f))
		add("clear", f, s.support.CanClear(f), clearPatch(f))
		if s.support.CanClear(f) {
			clearable = append(clearable, f)
		}
	}
	cases = append(cases,
		testCase{name: "set all fields", run: func(k *check) { k.testChange(s.harness.Patch) }},
		testCase{name: "every field that cannot be set or cleared is named", run: func(k *check) { k.testUnsupported(impossible) }})
	if fieldsOf(impossible) == nil {
		cases[len(cases)-1].skip = "everything can be set"
	}
	cleared := testCase{name: "clear all fields", run: func(k *check) { k.testChange(clearPatch(clearable...)) }}
	mixed := testCase{name: "set some fields and clear the others", run: func(k *check) {
		k.testChange(overlay(s.harness.Patch, clearPatch(clearable...)))
	}}
	if len(clearable) == 0 {
		cleared.skip, mixed.skip = "nothing can be cleared", "nothing can be cleared"
	}
	return append(cases, cleared, mixed)
}

// testUnsupported checks that a patch is refused with every field that the vendor cannot
// change.
func (k *check) testUnsupported(p credit.Patch) {
	c := k.update(p)
	k.checkRefused(c)
	if !errors.Is(c.err, errors.ErrUnsupported) {
		k.errorf("the error is not errors.ErrUnsupported: %v", c.err)
	}
	var sets, clears []credit.Field
	for _, f := range credit.Fields() {
		switch {
		case p.Op(f).IsSet() && !k.support.CanSet(f):
			sets = append(sets, f)
		case !p.Op(f).IsZero() && !p.Op(f).IsSet() && !k.support.CanClear(f):
			clears = append(clears, f)
		}
	}
	e, ok := errors.AsType[*credit.UnsupportedError](c.err)
	if !ok || !slices.Equal(e.Set, sets) || !slices.Equal(e.Clear, clears) || e.Vendor != k.vendor {
		k.errorf("the error does not name set %v and clear %v: %v", sets, clears, c.err)
	}
}

// testChange checks that one write makes the change of a patch, and no other.
func (k *check) testChange(p credit.Patch) {
	var info credit.CallInfo
	c := k.update(p, credit.WithInfo(&info))
	if c.err != nil {
		k.fatalf("%v", c.err)
	}
	if len(c.writes) != 1 {
		k.fatalf("%d writes were sent", len(c.writes))
	}
	k.checkResult(c, info)
	k.checkBody(c)
	changed := c.before.differing(c.after)
	for _, path := range changed {
		if !isWithin(path, k.recordPaths(p)) {
			k.errorf("%s was changed as well, from %s to %s", path, c.before[path], c.after[path])
		}
	}
	for _, f := range credit.Fields() {
		place := []string{k.h.FieldPaths[f].Record}
		switch {
		case p.Op(f).IsZero():
		case !p.Op(f).IsSet() && c.before.at(place[0]).empty():
			k.errorf("the harness's credit has no %s that could be cleared", f)
		case !p.Op(f).IsSet() && !c.after.at(place[0]).empty():
			k.errorf("%s was not cleared", f)
		case !slices.ContainsFunc(changed, func(path string) bool { return isWithin(path, place) }):
			k.errorf("%s was not changed, or the harness's Patch has the value that was there", f)
		}
	}
	k.checkReadBack(p)
}

func (k *check) recordPaths(p credit.Patch) (places []string) {
	for _, f := range fieldsOf(p) {
		places = append(places, k.h.FieldPaths[f].Record)
	}
	return places
}

// checkResult checks the members of a Result.
func (k *check) checkResult(c *call, info credit.CallInfo) {
	r, w := c.result, c.writes[0]
	var named []credit.Field
	for _, change := range r.Changes() {
		named = append(named, change.Field)
	}
	for what, ok := range map[string]bool{
		"Vendor":          r.Vendor != "" && r.Vendor == k.vendor,
		"ID":              r.ID == k.h.Ref.ID,
		"Attempts":        r.Attempts == 1,
		"DryRun":          !r.DryRun,
		"IdempotencyKey":  (r.IdempotencyKey != "") == k.support.IdempotencyKeys,
		"Changes":         slices.Equal(named, fieldsOf(c.patch)),
		"Request":         r.Request != nil && sameRequest(r.Request, w),
		"CallInfo":        info.Attempts == 1 && info.IdempotencyKey == r.IdempotencyKey,
		"CallInfo.Before": (info.Before == nil) == (r.Before == nil),
	} {
		if !ok {
			k.errorf("%s of the result is wrong: %+v; %+v", what, *r, info)
		}
	}
	for _, f := range credit.Fields() {
		if r.After != nil && !c.patch.Op(f).IsZero() && !slices.Contains(r.NotReturned, f) && !shows(r.After, c.patch, f) {
			k.errorf("After of the result does not have the new %s", f)
		}
	}
}

func sameRequest(r *credit.Request, w credittest.Request) bool {
	path := w.Path
	if w.Query != "" {
		path += "?" + w.Query
	}
	return r.Method == w.Method && r.Path == path && bytes.Equal(r.Body, w.Body)
}

// checkBody checks that a write holds the fields of the patch, and besides them the
// record as it was, if writes replace the record, or else nothing.
func (k *check) checkBody(c *call) {
	body, ok := pathValuesOf(c.writes[0].Body)
	if !ok {
		k.fatalf("the body of the write is not JSON: %s", c.writes[0].Body)
	}
	var places []string
	for _, f := range credit.Fields() {
		place := k.h.FieldPaths[f].writePath()
		switch {
		case c.patch.Op(f).IsZero():
			continue
		case c.patch.Op(f).IsSet() && body.at(place).empty():
			k.errorf("the write does not set %s: %s", place, c.writes[0].Body)
		}
		places = append(places, place)
	}
	if !k.support.ReplacesRecord {
		for path := range body.without(slices.Concat(places, k.h.Always)) {
			k.errorf("the write holds %s, which is not in the patch: %s", path, c.writes[0].Body)
		}
		return
	}
	if paths := body.without(places).differing(c.rawBefore.without(slices.Concat(places, k.h.Commands))); len(paths) > 0 {
		k.errorf("the write does not hold %s as it was: %s", strings.Join(paths, ", "), c.writes[0].Body)
	}
}

// checkReadBack checks that the credit as it is read has the values of the patch.
func (k *check) checkReadBack(p credit.Patch) {
	reader, ok := k.h.Updater.(credit.Reader)
	if !ok {
		return
	}
	record, err := reader.Read(k.ctx, k.h.Ref)
	if err != nil {
		k.fatalf("the credit cannot be read: %v", err)
	}
	for _, f := range credit.Fields() {
		if !p.Op(f).IsZero() && !shows(record, p, f) {
			k.errorf("the record that was read does not have the new %s: %+v", f, *record)
		}
	}
}
