package main

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// updateJSON makes an update and returns the file with its JSON, in which before is
// what get has read.
func updateJSON(t *testing.T, vendor string, fake *credittest.Server, flags ...string) string {
	t.Helper()
	before := runAtFake(t, vendor, fake, "get", "-json").decodeJSON(t)["credit"]
	r := runAtFake(t, vendor, fake, "update", append(flags, "-json")...)
	r.checkJSON(t, 0, map[string]string{"outcome": `"applied"`})
	return writeFile(t, strings.Replace(r.stdout, `"before":null`, `"before":`+before, 1))
}

func runUndo(t *testing.T, vendor string, fake *credittest.Server, flags ...string) runResult {
	t.Helper()
	return runBinary(t, credentialsEnv(vendor, fake.URL), append([]string{"undo", "-base-url", fake.URL}, flags...)...)
}

func TestUndoAtEveryVendor(t *testing.T) {
	for vendor, newFake := range fakes {
		flags := map[string][]string{
			"knox":              {"-set", "total=12.50", "-clear", "expires_at", "-clear", "note"},
			"thoughtindustries": {"-set", "balance=0", "-set", "name=x", "-set", "expires_at=2031-01-01T00:00:00Z"},
			"nexudus":           {"-clear", "starts_at", "-set", "total=7", "-set", `note=a "b"`},
			"flexprice":         {"-set", "name=x", "-clear", "metadata"},
			"metronome":         {"-set", "total=7", "-clear", "priority", "-set", "note=x"},
		}[vendor]
		t.Run(vendor, func(t *testing.T) {
			fake := newFake(t)
			before := runAtFake(t, vendor, fake, "get", "-json").stdout
			result := updateJSON(t, vendor, fake, flags...)
			if runAtFake(t, vendor, fake, "get", "-json").stdout == before {
				t.Fatal("the update has changed nothing")
			}
			planned := runUndo(t, vendor, fake, "-result", result, "-dry-run", "-json")
			planned.checkJSON(t, 0, map[string]string{"outcome": `"planned"`, "dry_run": "true"})
			if len(fake.Writes()) != 1 {
				t.Error("the dry run has written")
			}
			r := runUndo(t, vendor, fake, "-result", result, "-verify", "-json")
			r.checkJSON(t, 0, map[string]string{
				"outcome": `"applied"`, "verified": "true", "vendor": `"` + vendor + `"`, "patch": planned.decodeJSON(t)["patch"],
			})
			if strings.Contains(r.decodeJSON(t)["changes"], "unknown") {
				t.Errorf("the changes are %s", r.decodeJSON(t)["changes"])
			}
			if after := runAtFake(t, vendor, fake, "get", "-json").stdout; after != before {
				t.Errorf("the credit is not as it was:\n%s%s", before, after)
			}
			if n := len(fake.Writes()); n != 2 {
				t.Errorf("%d writes were sent", n)
			}
		})
	}
}

func TestUndoPrintsPatch(t *testing.T) {
	fake := credittest.NewNexudus(t)
	result := updateJSON(t, "nexudus", fake, "-set", "total=12.50", "-clear", "note")
	runUndo(t, "nexudus", fake, "-result", result).checkOutput(t, 0, `nexudus credit 87654321: changed
  note        (empty) -> "Welcome credit"
  total       12.50 -> 100.50
the vendor confirmed it without showing the credit; -verify reads it back
1 attempt
`, "")
}

// If the credit has been changed since, nothing is written.
func TestUndoRefusesChangedCredit(t *testing.T) {
	fake := credittest.NewNexudus(t)
	result := updateJSON(t, "nexudus", fake, "-set", "note=Autumn", "-set", "total=12.50")
	seedText(t, fake, "Autumn", "Winter")
	runUndo(t, "nexudus", fake, "-result", result, "-json").checkJSON(t, 3, map[string]string{
		"outcome": `"not sent"`, "kind": `"conflict"`, "patch": `{"note":"Welcome credit","total":"100.50"}`,
	})
	runUndo(t, "nexudus", fake, "-result", result).checkOutput(t, 3, "", `creditctl: nexudus: credit 87654321 has changed: note is now "Winter"; nothing was written
the undo was to put back:
  note        "Welcome credit"
  total       100.50
`)
	if n := len(fake.Writes()); n != 1 {
		t.Errorf("%d writes were sent", n)
	}
}

// An undo whose outcome is unknown shows what it was to put back.
func TestUndoWithUnknownOutcome(t *testing.T) {
	fake := credittest.NewMetronome(t)
	result := updateJSON(t, "metronome", fake, "-set", "name=Gold")
	fake.Queue(credittest.Respond(500, `{}`).OnWrite())
	runUndo(t, "metronome", fake, "-result", result, "-idempotency-key", "undo-1", "-json").checkJSON(t, 5, map[string]string{
		"outcome": `"unknown"`, "idempotency_key": `"undo-1"`, "repeatable": "false", "patch": `{"name":"Trial"}`,
	})
}

// A field that was empty, and that the vendor cannot clear, is named.
func TestUndoNamesFieldsThatCannotBePutBack(t *testing.T) {
	fake := credittest.NewFlexprice(t)
	result := updateJSON(t, "flexprice", fake, "-set", "expires_at=2999-01-01T00:00:00Z")
	runUndo(t, "flexprice", fake, "-result", result, "-json").checkJSON(t, 3, map[string]string{
		"outcome": `"not sent"`, "kind": `"unsupported"`, "fields": `[{"field":"expires_at","message":"cannot be cleared"}]`,
	})
	result = writeFile(t, `{"schema":1,"vendor":"flexprice","id":"1","outcome":"applied","before":{"id":"1"},"patch":{"name":"x"}}`)
	runUndo(t, "flexprice", fake, "-result", result, "-json").checkJSON(t, 3, map[string]string{
		"outcome": `"not sent"`, "kind": `"invalid"`, "id": `"1"`,
		"fields": `[{"field":"name","message":"cannot be put back: its value before the update is not known"}]`,
	})
}

// The owner is needed to read, and may be missing in the output of the update.
func TestUndoTakesOwner(t *testing.T) {
	fake := credittest.NewThoughtIndustries(t)
	result := writeFile(t, `{"schema":1,"vendor":"thoughtindustries","id":"`+fake.Ref.ID+`","outcome":"applied",`+
		`"before":{"name":"Autumn"},"patch":{"name":"Spring training"}}`)
	runUndo(t, "thoughtindustries", fake, "-result", result, "-json").checkJSON(t, 3, map[string]string{"kind": `"invalid"`})
	runUndo(t, "thoughtindustries", fake, "-result", result, "-owner", fake.Ref.Owner, "-json").
		checkJSON(t, 0, map[string]string{"patch": `{"name":"Autumn"}`, "owner": `"` + fake.Ref.Owner + `"`})
}

func TestUndoRefusesReport(t *testing.T) {
	fake := credittest.NewNexudus(t)
	const head = `{"schema":1,"vendor":"nexudus","id":"87654321","outcome":"applied"`
	for _, test := range []struct{ name, text, want string }{
		{"not JSON", `{`, "-result: is not the output of creditctl -json: unexpected end of JSON input"},
		{"an unknown vendor", `{"schema":1,"vendor":"stripe","outcome":"applied"}`, `-result: unknown vendor "stripe"`},
		{"a dry run", `{"schema":1,"vendor":"nexudus","outcome":"planned"}`, `-result: shows no update that was made: its outcome is "planned"`},
		{"an unknown outcome", `{"schema":1,"vendor":"nexudus","outcome":"unknown"}`, `-result: shows no update that was made: its outcome is "unknown"`},
		{"of a fake", head + `,"fake":true}`, "-result: is of a fake: add -fake"},
		{"no patch", head + `,"patch":null}`, "-result: has no patch: it is not of creditctl update"},
		{"no credit before", head + `,"patch":{"note":"x"},"before":null}`, "-result: does not show the credit before the update; update -before reads it"},
		{"an unknown field", head + `,"patch":{"colour":"red"},"before":{}}`, `-result: patch: unknown field "colour"`},
		{"a wrong value", head + `,"patch":{"note":"x"},"before":{"note":[]}}`, "-result: before: note: must be a text, got []"},
	} {
		t.Run(test.name, func(t *testing.T) {
			runUndo(t, "nexudus", fake, "-result", writeFile(t, test.text)).checkOutput(t, 2, "", "creditctl: "+test.want+usageHint)
		})
	}
	runUndo(t, "nexudus", fake).checkOutput(t, 2, "", "creditctl: -result is required"+usageHint)
	runUndo(t, "nexudus", fake, "-result", "x", "-dry-run", "-verify").
		checkOutput(t, 2, "", "creditctl: -verify and -dry-run cannot be used together"+usageHint)
	if got := fake.Requests(); len(got) > 0 {
		t.Errorf("%d requests were sent", len(got))
	}
}

func TestUndoReadsStandardInput(t *testing.T) {
	fake := credittest.NewNexudus(t)
	r := runAtFake(t, "nexudus", fake, "update", "-set", "note=x", "-json")
	runWithInput(t, r.stdout, credentialsEnv("nexudus", fake.URL), "undo", "-base-url", fake.URL, "-result", "-", "-json").
		checkJSON(t, 0, map[string]string{"patch": `{"note":"Welcome credit"}`})
}

// The fake of an update has ended with its process: undo makes the update again first.
func TestUndoOfFakeUpdate(t *testing.T) {
	updated := runBinary(t, nil, "update", "-vendor", "nexudus", "-fake", "-set", "total=12.50", "-clear", "note", "-json")
	result := writeFile(t, updated.stdout)
	runBinary(t, nil, "undo", "-fake", "-result", result).checkOutput(t, 0, `nexudus (fake) credit 87654321: changed
  note        (empty) -> "Welcome credit"
  total       12.50 -> 100.50
the vendor confirmed it without showing the credit; -verify reads it back
1 attempt
`, "")
	runBinary(t, nil, "undo", "-fake", "-result", result, "-json").checkJSON(t, 0, map[string]string{"outcome": `"applied"`, "fake": "true"})
	real := writeFile(t, strings.Replace(updated.stdout, `"fake":true`, `"fake":false`, 1))
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"real", "-result: is not of a fake: remove -fake", []string{"-result", real}},
		{"another address", "-fake and -base-url cannot be used together", []string{"-result", result, "-base-url", "http://127.0.0.1:1"}},
	} {
		runBinary(t, nil, append([]string{"undo", "-fake"}, test.args...)...).checkOutput(t, 2, "", "creditctl: "+test.want+usageHint)
	}
}
