package rest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseObjectReadsOnlyObjects(t *testing.T) {
	for body, want := range map[string]map[string]json.RawMessage{
		`{"a":1.10,"b":{"c":null}}`: {"a": json.RawMessage("1.10"), "b": json.RawMessage(`{"c":null}`)},
		" {} ":                      {},
		"":                          nil,
		"null":                      nil,
		"[1]":                       nil,
		`"text"`:                    nil,
		`{"a":1`:                    nil,
		`{"a":1} x`:                 nil,
		"<html>":                    nil,
	} {
		if diff := cmp.Diff(want, ParseObject([]byte(body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func TestJSONStringReadsOnlyStrings(t *testing.T) {
	for raw, want := range map[string]string{
		`"a \"b\" ü"`: `a "b" ü`,
		`"plain"`:     "plain",
		` "spaced" `:  "spaced",
		"\"tab\t\"":   "",
		"\"a\xff\"":   "a\ufffd",
		`"a"b"`:       "",
		`"\"`:         "",
		`"`:           "",
		`""`:          "",
		"":            "",
		"null":        "",
		"7":           "",
		"true":        "",
		`{"a":"b"}`:   "",
		`["a"]`:       "",
		`"a`:          "",
	} {
		if got := JSONString(json.RawMessage(raw)); got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
	if got := JSONString(ParseObject(nil)["message"]); got != "" {
		t.Errorf("a member that is not there is %q", got)
	}
}
