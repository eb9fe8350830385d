package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// oursText is a spec as ours are; theirsText is the same API as its vendor would
// describe it: under another server, with other names of parameters and components,
// and with an operation that we do not use.
const oursText = `openapi: 3.0.3
info: {title: made up, version: v1}
servers: [{url: https://api.example.com/v1}]
paths:
  /credits/{creditId}:
    put:
      operationId: updateCredit
      parameters:
        - {name: creditId, in: path, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [amount]
              properties:
                amount: {type: number}
                note: {type: string}
      responses:
        '200':
          description: changed
          content:
            application/json:
              schema:
                type: object
                required: [id]
                properties:
                  id: {type: string}
                  total: {type: number}
`

const theirsText = `openapi: 3.0.3
info: {title: vendor, version: "2026"}
servers: [{url: https://api.example.com}]
tags: [{name: credits}]
paths:
  /v1/other:
    get:
      operationId: other
      responses: {'200': {description: other}}
  /v1/credits/{id}:
    delete:
      operationId: deleteCredit
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: deleted}}
    put:
      operationId: updateCredit
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Update'
      responses:
        '200':
          description: changed
          content:
            application/json:
              schema:
                type: object
                required: [id]
                properties:
                  id: {type: string}
                  total: {type: number}
components:
  schemas:
    Update:
      type: object
      required: [amount]
      properties:
        amount: {type: number}
        note: {type: string}
`

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCompareFindsDifferences(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		breaking       bool
		want           string // a pattern of the one difference, or empty
	}{
		{name: "none", old: "x", new: "x"},
		{"request member removed", "        note: {type: string}\n", "", true, `PUT /credits/\{creditId\}: removed the request property .?note`},
		{"response member removed", "                  total: {type: number}\n", "", true, `PUT .*: removed the optional property .?total.? from the response`},
		{"request member of another type", "amount: {type: number}", "amount: {type: string}", true, `PUT .*amount.*type.*string`},
		{"response member of another type", "total: {type: number}", "total: {type: string}", true, `PUT .*total.*type.*string`},
		{"new required member", "required: [amount]\n      properties:\n", "required: [amount, reason]\n      properties:\n        reason: {type: string}\n", true, `PUT .*new required request property .?reason`},
		{"new optional member", "        note: {type: string}\n", "        note: {type: string}\n        extra: {type: string}\n", false, `PUT .*new optional request property .?extra`},
		{"operation removed", "    put:\n", "    patch:\n", true, `^PUT /credits/\{creditId\}: the operation is missing$`},
	} {
		t.Run(test.name, func(t *testing.T) {
			theirs := theirsText
			if test.want != "" {
				theirs = strings.Replace(theirs, test.old, test.new, 1)
				if theirs == theirsText {
					t.Fatal("the test does not change the spec")
				}
			}
			got, err := compare(writeFile(t, "ours.yaml", oursText), writeFile(t, "theirs.yaml", theirs))
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" {
				if len(got) > 0 {
					t.Errorf("got %v, want no difference", got)
				}
				return
			}
			if len(got) != 1 || got[0].breaking != test.breaking || !regexp.MustCompile(test.want).MatchString(got[0].text) {
				t.Errorf("got %v, want one difference like %q, breaking %t", got, test.want, test.breaking)
			}
		})
	}
}

func TestReportAcceptsListedDifferencesOnly(t *testing.T) {
	differences := []difference{{"a: known", true}, {"b: new", true}, {"c: optional", false}}
	known := acceptance{"a: known", "the page is right"}
	for _, test := range []struct {
		name        string
		differences []difference
		accepted    []acceptance
		want        string // the error
	}{
		{"nothing", nil, nil, ""},
		{"information", differences[2:], nil, ""},
		{"breaking", differences, nil, "2 breaking"},
		{"one accepted", differences, []acceptance{known}, "1 breaking"},
		{"all accepted", differences[:1], []acceptance{known}, ""},
		{"accepted and gone", differences[2:], []acceptance{known}, "1 accepted ones that were not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			err := report(&out, test.differences, test.accepted)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q; output:\n%s", err, test.want, &out)
			}
			for _, d := range test.differences {
				if !strings.Contains(out.String(), d.text) {
					t.Errorf("the output lacks %q:\n%s", d.text, &out)
				}
			}
		})
	}
}

func TestAcceptanceWantsAReason(t *testing.T) {
	for content, valid := range map[string]bool{
		`[]`:                                   true,
		`[{"difference": "a", "reason": "b"}]`: true,
		`[{"difference": "a", "reason": " "}]`: false,
		`[{"reason": "b"}]`:                    false,
		`[{"difference": "a", "why": "b"}]`:    false,
	} {
		if _, err := readAccepted(writeFile(t, "accepted.json", content)); (err == nil) != valid {
			t.Errorf("%s: got %v, want valid %t", content, err, valid)
		}
	}
}

// Each spec of this repository can be compared, and does not differ from itself. Its
// list of accepted differences can be read.
func TestSpecsDoNotDifferFromThemselves(t *testing.T) {
	lists, err := filepath.Glob("accepted/*.json")
	if err != nil || len(lists) != 5 {
		t.Fatalf("found %v, %v, want a list for each of the five vendors", lists, err)
	}
	for _, list := range lists {
		if _, err := readAccepted(list); err != nil {
			t.Error(err)
		}
		vendor := strings.TrimSuffix(filepath.Base(list), ".json")
		spec := "../../../openapi/" + vendor + ".yaml"
		if got, err := compare(spec, spec); err != nil || len(got) > 0 {
			t.Errorf("%s: got %v, %v, want no difference", vendor, got, err)
		}
	}
}

func TestRunComparesWithOwnSpec(t *testing.T) {
	text, err := os.ReadFile("../../../openapi/metronome.yaml")
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.ReplaceAll(string(text), "/v2/contracts/credits/edit:", "/v3/contracts/credits/edit:")
	var out strings.Builder
	err = run(&out, []string{"-vendor", "metronome", "-spec", writeFile(t, "theirs.yaml", theirs)})
	if want := "breaking  POST /v2/contracts/credits/edit: the operation is missing\n"; err == nil || out.String() != want {
		t.Errorf("got %v and output %q, want an error and %q", err, &out, want)
	}
	if err := run(&out, []string{"-vendor", "metronome"}); err == nil {
		t.Error("want an error without -spec")
	}
}

// The steps of CONTRIBUTING.md: a difference fails, the printed text in the list with a
// reason makes it pass, and the entry fails when the vendor no longer differs.
func TestPrintedDifferenceCanBeAccepted(t *testing.T) {
	const ours = "../../../openapi/knox.yaml"
	text, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	const note = "        notes:\n          type: string\n"
	if !strings.Contains(string(text), note) {
		t.Fatal("the spec has no notes")
	}
	theirs := writeFile(t, "theirs.yaml", strings.Replace(string(text), note, "        notes:\n          type: integer\n", 1))
	list := writeFile(t, "knox.json", "[]")
	var out strings.Builder
	if err := check(&out, ours, theirs, list); err == nil {
		t.Errorf("the difference passes:\n%s", &out)
	}
	var accepted []acceptance
	for line := range strings.Lines(out.String()) {
		difference, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "breaking  ")
		if !ok || !strings.Contains(difference, "notes") {
			t.Errorf("got the line %q", line)
		}
		accepted = append(accepted, acceptance{difference, "the page says string"})
	}
	entries, err := json.Marshal(accepted)
	if err != nil {
		t.Fatal(err)
	}
	list = writeFile(t, "knox.json", string(entries))
	out.Reset()
	if err := check(&out, ours, theirs, list); err != nil || strings.Count(out.String(), "accepted  ") != len(accepted) || strings.Count(out.String(), " (the page says string)\n") != len(accepted) {
		t.Errorf("accepted: got %v and\n%s", err, &out)
	}
	out.Reset()
	if err := check(&out, ours, ours, list); err == nil || strings.Count(out.String(), "unused    ") != len(accepted) || len(accepted) == 0 {
		t.Errorf("no longer there: got %v and\n%s", err, &out)
	}
}
