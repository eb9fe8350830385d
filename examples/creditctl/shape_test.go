package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func TestEveryVendorHasARecord(t *testing.T) {
	for _, name := range vendor.Names() {
		if s, err := recordShape(name); err != nil || s.Type != "object" || len(s.Members) < 10 {
			t.Errorf("%s: %v, %+v", name, err, s)
		}
	}
	if _, err := recordShape("stripe"); err == nil {
		t.Error("stripe has a record")
	}
}

func TestCompareRecord(t *testing.T) {
	const spec = `{"type":"object","members":{
		"id":{"type":"string","format":"uuid","required":true},
		"amount":{"type":"number","format":"decimal"},
		"quoted":{"type":"string","format":"decimal"},
		"count":{"type":"integer","format":"int64"},
		"flag":{"type":"boolean"},
		"status":{"type":"string","enum":["active","closed"]},
		"note":{"type":"string","nullable":true},
		"at":{"type":"string","format":"date-time"},
		"local":{"type":"string","format":"date-time-local"},
		"free":{"nullable":true},
		"uses":{"type":"array","items":{"type":"object","members":{"app":{"type":"string","required":true}}}},
		"tags":{"type":"object","values":{"type":"string"}}}}`
	var want *shape
	if err := json.Unmarshal([]byte(spec), &want); err != nil {
		t.Fatal(err)
	}
	const id = `"id":"9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90"`
	for _, test := range []struct {
		name, record string
		want         []string // member, kind and message, without absent members
	}{
		{"as in the spec", `{` + id + `,"amount":1.50,"quoted":"0.1","count":7,"flag":true,"status":"active","note":null,
			"at":"2026-01-01T00:00:00Z","local":"2026-01-01T00:00:00","free":{"a":[]},"uses":[{"app":"x"}],"tags":{"a":"b"}}`, nil},
		{"not an object", `[]`, []string{"(the record) type is array, the spec has object"}},
		{"required and missing", `{}`, []string{"id missing is missing, the spec requires string (uuid)"}},
		{"new", `{` + id + `,"colour":[1]}`, []string{"colour new is array, the spec does not have it"}},
		{"another case", `{` + id + `,"Note":"x"}`, []string{"Note new is string, the spec does not have it"}},
		{"repeated", `{` + id + `,"flag":true,"flag":false}`, []string{"flag repeated occurs more than once"}},
		{"an amount in quotes", `{` + id + `,"amount":"1"}`, []string{"amount type is string, the spec has number (decimal)"}},
		{"an amount without quotes", `{` + id + `,"quoted":1}`, []string{"quoted type is number, the spec has string (decimal)"}},
		{"null", `{` + id + `,"flag":null}`, []string{"flag null is null, the spec has boolean"}},
		{"a fraction", `{` + id + `,"count":1.5}`, []string{"count format is not in the format int64"}},
		{"beyond int64", `{` + id + `,"count":9223372036854775808}`, []string{"count format is not in the format int64"}},
		{"not a decimal", `{` + id + `,"quoted":"1e"}`, []string{"quoted format is not in the format decimal"}},
		{"no zone", `{` + id + `,"at":"2026-01-01T00:00:00"}`, []string{"at format is not in the format date-time"}},
		{"not a time", `{` + id + `,"local":"tomorrow"}`, []string{"local format is not in the format date-time-local"}},
		{"not a UUID", `{"id":"7"}`, []string{"id format is not in the format uuid"}},
		{"unlisted value", `{` + id + `,"status":"paused"}`, []string{`status enum is "paused", the spec has active, closed`}},
		{"items that differ in the same way", `{` + id + `,"uses":[{"app":"x"},{},{"app":1},{"app":2}]}`,
			[]string{"uses[].app missing is missing, the spec requires string", "uses[].app type is number, the spec has string"}},
		{"the value of a map", `{` + id + `,"tags":{"a customer's name":1}}`, []string{"tags.* type is number, the spec has string"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, d := range compareRecord(want, json.RawMessage(test.record)) {
				if d.Kind != diffAbsent {
					got = append(got, d.Member+" "+d.Kind+" "+d.Message)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAbsentMembersAreListed(t *testing.T) {
	want := &shape{Type: "object", Members: map[string]*shape{"note": {Type: "string"}}}
	got := compareRecord(want, json.RawMessage(`{}`))
	if !slices.Equal(got, []difference{{"note", diffAbsent, "is missing, it is optional"}}) || got[0].contradictsSpec() {
		t.Errorf("got %q", got)
	}
}
