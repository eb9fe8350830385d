package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func decodeDiagnosis(t *testing.T, r runResult) diagnosis {
	t.Helper()
	var d diagnosis
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		t.Fatalf("%v in %s%s", err, r.stdout, r.stderr)
	}
	return d
}

// The fakes do what the library assumes, and their records have members that no spec has.
func TestDoctorAtEveryVendor(t *testing.T) {
	for _, name := range vendor.Names() {
		t.Run(name, func(t *testing.T) {
			fake := fakes[name](t)
			r := runAtFake(t, name, fake, "doctor", "-json")
			d := decodeDiagnosis(t, r)
			if r.code != 0 || d.Schema != schema || d.Vendor != name || d.Fake || len(d.Assumptions) < 5 {
				t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			for _, a := range d.Assumptions {
				if a.Verdict == verdictFails {
					t.Errorf("%s: %s", a.Assumption, a.Seen)
				}
			}
			if n := len(fake.Writes()); n > 0 {
				t.Errorf("%d writes were sent", n)
			}
			if strings.Contains(r.stdout, fake.Ref.ID) {
				t.Errorf("the output contains the id\n%s", r.stdout)
			}
		})
	}
}

// Each assumption fails on a record that breaks it. A case is a vendor, a text of the
// fake's record, its replacement, and what the doctor sees.
func TestDoctorSeesBrokenAssumptions(t *testing.T) {
	for _, test := range []struct{ vendor, from, to, want string }{
		{"knox", `"date": "2026-03-14"`, `"day": "2026-03-14"`, "date is missing"},
		{"knox", `"quantity": 2.50`, `"quantity": 0.001`, "quantity is below 0.01"},
		{"knox", `"expiration_date": "2028-03-14"`, `"expiration_date": "2028-03-14T00:00:00Z"`, "expiration_date is not a date"},
		{"knox", `"2026-03-15T10:00:00Z"`, `"yesterday"`, "sys_last_modified_at is not a time with a zone"},
		{"knox", `"Ethics & law <2026>"`, `null`, "notes is null"},
		{"thoughtindustries", `"currentBalance":640`, `"currentBalance":640.5`, "currentBalance is not a whole number"},
		{"thoughtindustries", `2027-06-30T23:59:59.000Z`, `2027-06-30T23:59:59Z`, "expiresOn is another form of time"},
		{"thoughtindustries", `"active"`, `"paused"`, "status is another value"},
		{"thoughtindustries", `"externalReference"`, `"rowVersion"`, "rowVersion may be a version"},
		{"nexudus", `"ElegiblePasses":[7],`, ``, "ElegiblePasses is missing"},
		{"nexudus", `"RemainingCredit":60.25,`, ``, "RemainingCredit is missing"},
		{"nexudus", `"RemovedElegiblePasses":null`, `"RemovedElegiblePasses":[1]`, "RemovedElegiblePasses is not empty"},
		{"nexudus", `2027-01-01T00:00:00Z`, `2027-01-01T00:00:00`, "ExpireDate has no zone"},
		{"nexudus", `"LedgerReference"`, `"ETag"`, "ETag may be a version"},
		{"flexprice", `"created_by"`, `"made_by"`, "created_by is missing"},
		{"flexprice", `"metadata":{"order":"A-17","<team>":"north"}`, `"metadata":null`, "metadata is null"},
		{"flexprice", `"metadata":{"order":"A-17","<team>":"north"}`, `"metadata":{}`, "metadata is an empty object"},
		{"flexprice", `"100.5"`, `"100.50"`, "credits is another form of number"},
		{"flexprice", `"conversion_rate":"1"`, `"conversion_rate":"1.000001"`, "conversion_rate is another form of number"},
		{"flexprice", `"start_date":"2026-01-02T00:00:00Z"`, `"start_date":"2026-01-02T01:00:00+01:00"`, "start_date is another form of time"},
		{"flexprice", `"SUBSCRIPTION"`, `"WALLET"`, "scope is another value"},
		{"metronome", `2027-01-01T00:00:00.000Z`, `2027-01-01T00:30:00.000Z`, "ending_before is not on the hour"},
		{"metronome", `"id":"d5edbd32-c744-48cb-9475-a9bca0e6fa39",`, ``, "a schedule item has no id"},
		{"metronome", `"SPEND"`, `"QUANTITY"`, "access_type is another value: amounts may be units"},
		{"metronome", `"LIST_RATE"`, `"list_rate"`, "rate_type is another value"},
		{"metronome", `"priority":10`, `"specifiers":[{}],"priority":10`, "specifiers and products or tags are set"},
	} {
		t.Run(test.vendor+" "+test.want, func(t *testing.T) {
			fake := fakes[test.vendor](t)
			record := compactJSON(t, string(fake.Record(fake.Ref.ID)))
			from, to := compactColon(test.from), compactColon(test.to)
			if !strings.Contains(record, from) {
				t.Fatalf("the record does not contain %s\n%s", from, record)
			}
			d, err := diagnose(test.vendor, readRecord{ref: fake.Ref}, json.RawMessage(strings.Replace(record, from, to, 1)))
			if err != nil {
				t.Fatal(err)
			}
			isSeen := slices.ContainsFunc(d.Assumptions, func(a assumptionSeen) bool {
				return a.Verdict == verdictFails && strings.Contains(a.Seen, test.want)
			})
			if !isSeen || d.exitCode() != 1 {
				t.Errorf("exit code %d, %+v", d.exitCode(), d.Assumptions)
			}
		})
	}
}

func compactJSON(t *testing.T, text string) string {
	t.Helper()
	members, err := splitObject(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, m := range members {
		parts = append(parts, `"`+m.name+`":`+string(m.value))
	}
	return `{` + strings.Join(parts, ",") + `}`
}

func compactColon(text string) string { return strings.Replace(text, `": `, `":`, 1) }

// The record of another credit or owner is noticed.
func TestDoctorComparesIDs(t *testing.T) {
	for _, test := range []struct{ vendor, want string }{
		{"knox", "id is another id than the requested one"},
		{"metronome", "id is another id than the requested one"},
		{"thoughtindustries", "clientId is another owner than the requested one"},
	} {
		fake := fakes[test.vendor](t)
		d, err := diagnose(test.vendor, readRecord{}, fake.Record(fake.Ref.ID))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(d.Assumptions, func(a assumptionSeen) bool { return a.Seen == test.want }) {
			t.Errorf("%s: %+v", test.vendor, d.Assumptions)
		}
	}
}

func TestDoctorPrintsDifferences(t *testing.T) {
	fake := credittest.NewThoughtIndustries(t)
	record := string(fake.Record(fake.Ref.ID))
	record = strings.NewReplacer(`"active"`, `"paused"`, `"allocatedCredits":360.50`, `"allocatedCredits":"360"`).Replace(record)
	if err := fake.Seed(json.RawMessage(record)); err != nil {
		t.Fatal(err)
	}
	runAtFake(t, "thoughtindustries", fake, "doctor").checkOutput(t, 1, `thoughtindustries record:
  type     allocatedCredits is string, the spec has number (decimal)
  new      externalReference is object, the spec does not have it
  enum     status is "paused", the spec has active
assumptions that a read can check:
  holds          the batch in the list of a client names that client
  holds          currentBalance is a whole number
  holds          times have milliseconds and a Z
  does not hold  status is active
                 seen: status is another value
  holds          the record has no version to write against
`, "")
}

func TestDoctorReportsAFailedRead(t *testing.T) {
	runAtFake(t, "knox", credittest.NewKnox(t), "doctor", "-id", "1", "-json").
		checkJSON(t, 4, map[string]string{"outcome": `"rejected"`, "kind": `"not found"`})
	runBinary(t, nil, "doctor", "-vendor", "stripe", "-id", "1", "-json").checkJSON(t, 2, map[string]string{"kind": `"usage"`})
}
