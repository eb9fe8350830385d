package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// writeFile writes a file for -was or -result.
func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// seedText replaces a text in the fake's record, as another writer does.
func seedText(t *testing.T, fake *credittest.Server, from, to string) {
	t.Helper()
	record := string(fake.Record(fake.Ref.ID))
	changed := strings.Replace(record, from, to, 1)
	if changed == record {
		t.Fatalf("%s does not contain %s", record, from)
	}
	if err := fake.Seed([]byte(changed)); err != nil {
		t.Fatal(err)
	}
}

func TestResolveAtEveryVendor(t *testing.T) {
	for vendor, newFake := range fakes {
		t.Run(vendor, func(t *testing.T) {
			fake := newFake(t)
			was := writeFile(t, runAtFake(t, vendor, fake, "get", "-json").stdout)
			set := textField(vendor) + "=Autumn"

			fake.Queue(credittest.Late(0), credittest.Respond(400, `{}`).OnWrite(), credittest.Respond(400, `{}`).OnWrite())
			runAtFake(t, vendor, fake, "update", "-set", set, "-json").checkJSON(t, 5, map[string]string{"outcome": `"unknown"`})

			r := runAtFake(t, vendor, fake, "resolve", "-set", set, "-was", was, "-json")
			r.checkJSON(t, 5, map[string]string{
				"verdict": `"as before"`, "outcome": `"read"`, "kind": `""`, "changes": "[]", "request": "null",
				"patch": `{"` + textField(vendor) + `":"Autumn"}`,
			})
			if got := r.decodeJSON(t); got["before"] != got["credit"] || !strings.Contains(got["fields"], `not \"Autumn\"`) {
				t.Errorf("before is %s, the credit is %s, and the fields are %s", got["before"], got["credit"], got["fields"])
			}
			runAtFake(t, vendor, fake, "resolve", "-set", set, "-json").checkJSON(t, 5, map[string]string{"verdict": `"neither"`})

			fake.Deliver()
			runAtFake(t, vendor, fake, "resolve", "-set", set, "-was", was, "-json").
				checkJSON(t, 0, map[string]string{"verdict": `"as asked"`, "fields": "[]"})
			if writes := fake.Writes(); len(writes) > 2 {
				t.Errorf("%d writes were sent", len(writes))
			}
		})
	}
}

func TestResolvePrintsVerdict(t *testing.T) {
	fake := credittest.NewNexudus(t)
	was := writeFile(t, runAtFake(t, "nexudus", fake, "get", "-json").stdout)
	flags := []string{"-set", "note=Autumn", "-clear", "expires_at", "-was", was}
	runAtFake(t, "nexudus", fake, "resolve", flags...).checkOutput(t, 5, `nexudus credit 87654321: as before: the change is not there, and may still arrive
  note        is "Welcome credit", not "Autumn"
  expires_at  is 2027-01-01T00:00:00Z, not (empty)
`, "")
	seedText(t, fake, "Welcome credit", "Winter")
	runAtFake(t, "nexudus", fake, "resolve", flags...).checkOutput(t, 5, `nexudus credit 87654321: neither: decide by hand
  note        is "Winter", not "Autumn"
`, "")
	runAtFake(t, "nexudus", fake, "update", "-set", "note=Autumn", "-clear", "expires_at")
	runAtFake(t, "nexudus", fake, "resolve", flags...).checkOutput(t, 0, "nexudus credit 87654321: as asked: the change is there\n", "")
}

// The output of an update shows what was before as well, and can come from
// standard input.
func TestResolveTakesOutputOfUpdate(t *testing.T) {
	fake := credittest.NewKnox(t)
	planned := runAtFake(t, "knox", fake, "update", "-set", "note=x", "-dry-run", "-json").stdout
	args := callArguments("knox", fake, "resolve", []string{"-set", "note=x", "-was", "-", "-json"})
	runWithInput(t, planned, credentialsEnv("knox", fake.URL), args...).checkJSON(t, 5, map[string]string{"verdict": `"as before"`})
}

func TestFailedResolves(t *testing.T) {
	fake := credittest.NewFlexprice(t)
	fake.Queue(credittest.Respond(403, `{}`).OnRead())
	runAtFake(t, "flexprice", fake, "resolve", "-set", "name=x", "-json").
		checkJSON(t, 4, map[string]string{"outcome": `"rejected"`, "kind": `"forbidden"`, "verdict": `""`})
	runAtFake(t, "flexprice", fake, "resolve", "-clear", "name", "-json").
		checkJSON(t, 3, map[string]string{"outcome": `"not sent"`, "kind": `"unsupported"`, "fields": `[{"field":"name","message":"cannot be cleared"}]`})
}

func TestResolveRefusesWas(t *testing.T) {
	fake := credittest.NewFlexprice(t)
	for _, test := range []struct{ name, text, want string }{
		{"not JSON", `name=x`, "-was: is not the output of creditctl -json: invalid character 'a' in literal null (expecting 'u')"},
		{"another schema", `{"schema":2}`, "-was: is not the output of creditctl -json: schema must be 1, got 2"},
		{"another vendor", `{"schema":1,"vendor":"knox","id":"1","credit":{}}`, `-was: is a credit of "knox", not of "flexprice"`},
		{"another credit", `{"schema":1,"vendor":"flexprice","id":"1","credit":{"name":"x"}}`, "-was: is the record of another credit"},
		{"no credit", `{"schema":1,"vendor":"flexprice","credit":null,"before":null}`, "-was: does not show the credit: use the output of creditctl get -json"},
		{"an unknown field", `{"schema":1,"vendor":"flexprice","credit":{"colour":"red"}}`, `-was: unknown field "colour"`},
		{"a number", `{"schema":1,"vendor":"flexprice","credit":{"name":1}}`, "-was: name: must be a text, got 1"},
		{"not a time", `{"schema":1,"vendor":"flexprice","credit":{"expires_at":"soon"}}`, `-was: expires_at: "soon" is not an RFC 3339 time with a zone, such as 2027-01-01T00:00:00Z`},
		{"not a map", `{"schema":1,"vendor":"flexprice","credit":{"metadata":{"a":1}}}`, `-was: metadata: "{\"a\":1}" is not a JSON object of strings, such as {"plan":"gold"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			runAtFake(t, "flexprice", fake, "resolve", "-set", "name=x", "-was", writeFile(t, test.text)).
				checkOutput(t, 2, "", "creditctl: "+test.want+usageHint)
		})
	}
	runAtFake(t, "flexprice", fake, "resolve", "-set", "name=x", "-was", "").checkOutput(t, 2, "", "creditctl: -was is empty"+usageHint)
	runAtFake(t, "flexprice", fake, "resolve", "-set", "name=x", "-was", "/missing").
		checkOutput(t, 2, "", "creditctl: -was: open /missing: no such file or directory"+usageHint)
	if got := fake.Requests(); len(got) > 0 {
		t.Errorf("%d requests were sent", len(got))
	}
}
