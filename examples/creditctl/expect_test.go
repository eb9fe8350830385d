package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

func TestExpectedValueIsComparedBeforeWrite(t *testing.T) {
	for _, test := range []struct {
		name, vendor string
		flags        []string
		code         int
		want         map[string]string
	}{
		{"as expected", "knox", []string{"-set", "total=3", "-expect", "total=2.5", "-expect", "expires_at=2028-03-14T00:00:00Z"}, 0, map[string]string{
			"outcome": `"applied"`, "kind": `""`,
		}},
		{"another value", "thoughtindustries", []string{"-set", "name=x", "-expect", "balance=641"}, 3, map[string]string{
			"outcome": `"not sent"`, "kind": `"conflict"`, "fields": `[{"field":"balance","message":"is now 640"}]`, "attempts": "0",
			"message": `"thoughtindustries: credit 9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90 has changed: balance is now 640; nothing was written"`,
		}},
		{"not empty", "metronome", []string{"-set", "name=x", "-expect", "priority="}, 3, map[string]string{
			"outcome": `"not sent"`, "kind": `"conflict"`, "fields": `[{"field":"priority","message":"is now 10"}]`,
		}},
		{"in a dry run", "flexprice", []string{"-set", "name=x", "-expect", "name=y", "-dry-run"}, 3, map[string]string{
			"outcome": `"not sent"`, "kind": `"conflict"`,
		}},
		{"a field that the vendor does not return", "knox", []string{"-set", "total=3", "-expect", "name=x"}, 2, map[string]string{
			"outcome": `"not sent"`, "kind": `"usage"`, "before": "null", "message": `"-expect: has name, which knox does not return"`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := fakes[test.vendor](t)
			r := runAtFake(t, test.vendor, fake, "update", append(test.flags, "-json")...)
			r.checkJSON(t, test.code, test.want)
			if writes := len(fake.Writes()); (writes == 0) != (test.code != 0) {
				t.Errorf("%d writes were sent", writes)
			}
			if before := r.decodeJSON(t)["before"]; (before == "null") != (test.want["before"] == "null") {
				t.Errorf("before is %s", before)
			}
		})
	}
}

// The record that was read is shown after an error as well.
func TestBeforeIsShown(t *testing.T) {
	for _, fault := range []*credittest.Fault{nil, new(credittest.Respond(403, "{}").OnWrite())} {
		fake, code := credittest.NewMetronome(t), 0
		if fault != nil {
			fake.Queue(*fault)
			code = 4
		}
		r := runAtFake(t, "metronome", fake, "update", "-set", "name=x", "-before", "-json")
		r.checkJSON(t, code, nil)
		if before := r.decodeJSON(t)["before"]; !strings.Contains(before, `"total":"1000"`) {
			t.Errorf("exit code %d: before is %s", code, before)
		}
	}
}

func TestParseExpect(t *testing.T) {
	p, problems := parseExpect([]string{"total=1.10", "note=a=b", "expires_at="})
	want := credit.Patch{Total: credit.Set(credit.MustParseDecimal("1.10")), Note: credit.Set("a=b")}
	if len(problems) > 0 || p.Total != want.Total || p.Note != want.Note || !p.ExpiresAt.IsClear() {
		t.Errorf("got %+v, %q", p, problems)
	}
	_, problems = parseExpect([]string{"total", "total=x", "colour=red", "note=", "note=a"})
	if len(problems) != 4 || !slices.ContainsFunc(problems, func(s string) bool { return strings.HasPrefix(s, "-expect total: has no value") }) {
		t.Errorf("got %q", problems)
	}
}
