package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// offline returns options with Updaters that never reach a vendor.
func offline(dir string) Options {
	return Options{Dir: dir, Updaters: vendor.Offline, IsRefusal: vendor.Refused}
}

// refused returns the problems that the vendors find in a file.
func refused(t *testing.T, opts Options, f row.Format, file string) (string, vendorChecker) {
	t.Helper()
	v := newVendorChecker(opts)
	var found strings.Builder
	for r := range row.ReadPositions(strings.NewReader(file), f) {
		problems, err := v.checkRow(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			fmt.Fprintf(&found, "%d %v\n", p.Number, p)
		}
	}
	return found.String(), v
}

func TestVendorProblems(t *testing.T) {
	got, v := refused(t, offline(""), row.CSV, `vendor,id,owner,name,total,balance,starts_at,expires_at,clear
knox,1,,,0.01,,,,
knox,1,o,,0.001,,,2027-01-01T11:00:00Z,
knox,1,,n,,2,,,priority expires_at
metronome,m,,n,,,,,
metronome,m,o,n,,,,,
metronome,m,o,,,,2027-01-01T11:30:00Z,,
nexudus,x,,,1,,,,
nexudus,5,,,,,,,
thoughtindustries,1,,,,0.5,,,
flexprice,..,,,,,,2001-01-01T00:00:00Z,
flexprice,1,,n,x,,,,
nexudus,x,,,1,,2027-01-01T00:00:00.5Z,,
`)
	want := `2 line 3, column 8: owner: must be empty: knox has no owners, got "o"
2 line 3, column 11: total: must be at least 0.01, got "0.001"
2 line 3, column 19: expires_at: must be midnight UTC: knox keeps days, got "2027-01-01T11:00:00Z"
3 line 4, column 9: name: cannot be set at knox
3 line 4, column 12: balance: cannot be set at knox
3 line 4, column 16: priority: cannot be cleared at knox
4 line 5, column 13: owner: is required
6 line 7, column 18: starts_at: must be on the hour in UTC, as metronome's periods are, got "2027-01-01T11:30:00Z"
7 line 8, column 9: id: must be a number above 0, got "x"
8 line 9, column 1: the row changes nothing
9 line 10, column 24: balance: must be a whole number of 64 bits, got "0.5"
10 line 11, column 11: id: must not be . or .., got ".."
10 line 11, column 19: expires_at: is in the past, got "2001-01-01T00:00:00Z"
12 line 13, column 9: id: must be a number above 0, got "x"
12 line 13, column 16: starts_at: must be a whole second: the vendor shows no fractions, got "2027-01-01T00:00:00.5Z"
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if v.rows["knox"] != 3 || v.rows["flexprice"] != 2 || len(v.rows) != 5 {
		t.Errorf("rows by vendor: %v", v.rows)
	}
}

// A problem of the file does not hide problems of the vendor, and a part with a
// problem is not reported twice.
func TestFileAndVendorProblemsAreBothReported(t *testing.T) {
	dir := t.TempDir()
	var found strings.Builder
	_, err := Run(t.Context(), strings.NewReader(`vendor,id,owner,name,total,expires_at
metronome,m,,n,1O,2027-01-01T11:30:00Z
knox,#N/A,o,,0.001,
nexudus,0087654321,,,1E5,
flexprice,1,,,x,
`), row.CSV, offline(dir), func(p row.Problem) { fmt.Fprintf(&found, "%d %v\n", p.Number, p) })
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`1 line 2, column 16: total: "1O"`, "1 line 2, column 13: owner: is required", "1 line 2, column 19: expires_at: must be on the hour",
		`2 line 3, column 6: id: "#N/A" is an error`, "2 line 3, column 11: owner: ", "2 line 3, column 14: total: must be at least 0.01",
		`3 line 4, column 9: id: "0087654321" begins with zeros, but the numbers of nexudus do not: use 87654321`,
		`3 line 4, column 22: total: "1E5" has an exponent`,
		`4 line 5, column 15: total: "x"`,
	} {
		if strings.Count(found.String(), want) != 1 {
			t.Errorf("%q is not once in\n%s", want, &found)
		}
	}
	if n := strings.Count(found.String(), "\n"); n != 9 {
		t.Errorf("%d problems\n%s", n, &found)
	}
}

func TestPositionsInJSON(t *testing.T) {
	got, _ := refused(t, offline(""), row.JSONLines, `{"vendor":"flexprice","id":"1","set":{"note":"n","total":1},"clear":["name"]}
{"vendor":"metronome","id":"1","clear":["priority"]}
{"vendor":"vendor","id":"1","x":1}`)
	want := `1 line 1, column 46: note: cannot be set at flexprice
1 line 1, column 58: total: cannot be set at flexprice
1 line 1, column 70: name: cannot be cleared at flexprice
2 line 2, column 1: owner: is required
3 line 3, column 11: vendor: "vendor" is not one of `
	if !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 5 {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// One Updater is created for each vendor, and none is cached for an unknown name.
func TestUpdatersAreCached(t *testing.T) {
	made := map[string]int{}
	opts := offline("")
	opts.Updaters = func(name string) (credit.Updater, error) {
		made[name]++
		if name != "knox" {
			return nil, errors.New("there is no vendor " + name)
		}
		return vendor.Offline(name)
	}
	got, v := refused(t, opts, row.CSV, "vendor,id,note\nknox,1,a\nno,1,a\nknox,2,a\nno,2,a\n,,\n")
	if got != "2 line 3, column 1: vendor: there is no vendor no\n4 line 5, column 1: vendor: there is no vendor no\n" {
		t.Error(got)
	}
	if made["knox"] != 1 || len(made) != 2 || len(v.updaters) != 1 || len(v.rows) != 1 {
		t.Errorf("made %v, kept %d, counted %v", made, len(v.updaters), v.rows)
	}
}

// Errors other than refusals say nothing about the row.
func TestOnlyRefusalsCount(t *testing.T) {
	fake := credittest.NewFake(credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldNote: {Set: true}}}, credit.Record{ID: "1"})
	opts := Options{IsRefusal: vendor.Refused, Updaters: func(string) (credit.Updater, error) { return fake, nil }}
	if got, _ := refused(t, opts, row.CSV, "vendor,id,note\nfake,1,a\nfake,2,a\n"); got != "" {
		t.Error(got)
	}
	for _, call := range fake.Calls() {
		if call.Applied || !call.DryRun {
			t.Errorf("%+v", call)
		}
	}
	if n := len(fake.Calls()); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// Errors that name no field are reported as they are.
func TestProblemWithoutField(t *testing.T) {
	got := problemsOf(row.PositionedRow{}, &credit.AmbiguousError{Vendor: "v", ID: "1"})
	if len(got) != 1 || got[0].Reason != "v: credit 1 has no part that the patch could apply to" {
		t.Errorf("%+v", got)
	}
}

func TestCancelledContextIsNotAProblem(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := newVendorChecker(offline(""))
	v.opts.IsRefusal = func(error) bool { return true }
	for r := range row.ReadPositions(strings.NewReader("vendor,id,note\nknox,1,a\n"), row.CSV) {
		if got, err := v.checkRow(ctx, r); !errors.Is(err, context.Canceled) || got != nil {
			t.Errorf("%v, %v", got, err)
		}
	}
}
