package drivertest

import (
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestRunRejectsIncompleteHarness(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(h *Harness)
	}{
		{"without Updater", func(h *Harness) { h.Updater = nil }},
		{"without Backend", func(h *Harness) { h.Backend = nil }},
		{"without a field of Patch", func(h *Harness) { h.Patch.Note = credit.Opt[string]{} }},
		{"without a field path", func(h *Harness) { delete(h.FieldPaths, credit.FieldNote) }},
		{"without a valid Patch", func(h *Harness) { h.Ref.ID = "c|3" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, failures := newSuite(t, func(t *testing.T) Harness {
				h := sixthHarness(true, "")(t)
				test.spoil(&h)
				return h
			})
			if s != nil || len(failures) == 0 {
				t.Errorf("was taken: %q", failures)
			}
		})
	}
}

func TestRunRejectsPatchWithoutEffect(t *testing.T) {
	same := func(t *testing.T) Harness {
		h := sixthHarness(true, "")(t)
		h.Patch.Note = credit.Set("a memo")
		return h
	}
	if names := failing(t, same); len(names) == 0 {
		t.Error("a sample that is the value of the record passes")
	}
}

func TestPathValuesAreComparedAsText(t *testing.T) {
	a, _ := pathValuesOf([]byte(`{"a": {"b": [1.10, null], "c": {}}, "d": "\u00e9"}`))
	for _, test := range []struct {
		name, doc string
		differing int
	}{
		{"other spaces", `{"a":{"b":[1.10,null],"c":{}},"d":"\u00e9"}`, 0},
		{"other order", `{"d":"\u00e9","a":{"c":{},"b":[1.10,null]}}`, 0},
		{"rounded number", `{"a":{"b":[1.1,null],"c":{}},"d":"\u00e9"}`, 1},
		{"string with other escapes", `{"a":{"b":[1.10,null],"c":{}},"d":"é"}`, 1},
		{"null member left out", `{"a":{"b":[1.10],"c":{}},"d":"\u00e9"}`, 1},
		{"empty object as null", `{"a":{"b":[1.10,null],"c":null},"d":"\u00e9"}`, 1},
		{"additional member", `{"a":{"b":[1.10,null],"c":{}},"d":"\u00e9","e":0}`, 1},
		{"list as object", `{"a":{"b":{"0":1.10},"c":{}},"d":"\u00e9"}`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, ok := pathValuesOf([]byte(test.doc))
			if paths := a.differing(b); !ok || len(paths) != test.differing {
				t.Errorf("differing are %q", paths)
			}
		})
	}
}
