package drivertest

import (
	"errors"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
)

// undoCases test Result.Undo for each field that can be set or cleared.
func (s *suite) undoCases() []testCase {
	var cases []testCase
	add := func(name string, p credit.Patch) {
		cases = append(cases, testCase{name: "undo: " + name, run: func(k *check) { k.testUndo(p) }})
	}
	for _, f := range credit.Fields() {
		if s.support.CanSet(f) {
			add("set "+string(f), pick(s.harness.Patch, f))
		}
		if s.support.CanClear(f) {
			add("clear "+string(f), clearPatch(f))
		}
	}
	add("set all fields", s.harness.Patch)
	return s.skipUnreadable(cases)
}

// testUndo makes an update, undoes it with another one, and checks that the credit is as
// it was.
func (k *check) testUndo(p credit.Patch) {
	before := k.readCredit()
	c := k.update(p)
	if c.err != nil {
		k.fatalf("%v", c.err)
	}
	if c.result.Before == nil { // the update did not have to read it
		c.result.Before = before
	}
	undo, err := c.result.Undo()
	if stuck := k.cannotPutBack(p, before); len(stuck) > 0 {
		k.checkUndoRefused(undo, err, stuck)
		return
	}
	if err != nil {
		k.fatalf("the update cannot be undone: %v", err)
	}
	back := k.update(undo)
	if back.err != nil {
		k.fatalf("the update that undoes another failed: %v", back.err)
	}
	if paths := back.after.differing(c.before); len(paths) > 0 {
		k.errorf("%s is not as it was before", strings.Join(paths, ", "))
	}
}

// cannotPutBack returns the fields of a patch whose value from before cannot be written.
func (k *check) cannotPutBack(p credit.Patch, before *credit.Record) []credit.Field {
	was := credit.Patch(before.Values)
	return slices.DeleteFunc(fieldsOf(p), func(f credit.Field) bool {
		op := was.Op(f)
		return op.IsSet() && k.support.CanSet(f) || op.IsClear() && k.support.CanClear(f)
	})
}

// checkUndoRefused checks that the error names the fields that cannot be put back.
func (k *check) checkUndoRefused(undo credit.Patch, err error, stuck []credit.Field) {
	var named []credit.Field
	for _, f := range credit.FieldErrors(err) {
		named = append(named, credit.Field(f.Field))
	}
	if _, ok := errors.AsType[*credit.InvalidError](err); !ok || !slices.Equal(named, stuck) || !undo.IsEmpty() {
		k.errorf("the patch is %v with the error %v, want an InvalidError that names %v", fieldsOf(undo), err, stuck)
	}
}
