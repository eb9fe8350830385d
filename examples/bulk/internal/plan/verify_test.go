package plan

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/reading"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
)

// A plan that shows another change than the one that apply would send is refused, although
// its SHA-256 may have been approved.
func TestVerifyRefusesPlansThatShowAnotherChange(t *testing.T) {
	w, err := NewWriter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	d := &driver{before: values(1)}
	lines, err := d.make(t.Context(), &Vendor{Vendor: &reading.Vendor{InFlight: 1}, GuardAll: true}, "1", "2", "3")
	if err != nil {
		t.Fatal(err)
	}
	lines[1].Status = row.StatusUnchanged
	lines[2] = lines[2].refused("a reason")
	for _, l := range lines {
		if err := w.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	var plan strings.Builder
	header := Header{Target: target.New(target.Fake, []string{"knox"}, nil, nil)}
	if err := w.WritePlan(&plan, &header); err != nil {
		t.Fatal(err)
	}
	if h, err := Verify(strings.NewReader(plan.String())); err != nil || h.Summary != (Summary{Rows: 3, Planned: 1, Unchanged: 1, Refused: 1}) {
		t.Fatalf("got %+v, %v", h, err)
	}
	planned := string(firstLine(plan.String()[strings.Index(plan.String(), "\n")+1:]))
	for _, test := range []struct{ name, old, new, want string }{
		{"another value", `"set":{"total":"5"}`, `"set":{"total":"50"}`, "line 2: total: would become 50, and after shows 5"},
		{"another field", `"set":{"total":"5"}`, `"set":{"total":"5","name":"x"}`, "line 2: name: would become"},
		{"a cleared field", `"set":{"total":"5"}`, `"set":{},"clear":["total"]`, "line 2: total: would become empty, and after shows 5"},
		{"a field twice", `"set":{"total":"5"}`, `"set":{"total":"5"},"clear":["total"]`, "line 2: clear: is given more than once"},
		{"an unknown field", `"set":{"total":"5"}`, `"set":{"totals":"5"}`, `line 2: set: unknown field "totals"`},
		{"a value that is not shown", `"after":`, `"afterwards":`, "line 2: "},
		{"another vendor", planned, strings.Replace(planned, "knox", "nexudus", 1), `line 2: vendor: the target of the plan does not have "nexudus"`},
		{"a row more", planned, planned + "\n" + planned, "its header says 3 rows: 1 planned, 1 unchanged, 1 refused, and it has 4 rows: 2 planned"},
		{"a row less", planned + "\n", "", "and it has 2 rows"},
		{"another status", `"status":"planned"`, `"status":"plan"`, "line 2: status: must be"},
		{"no header", string(firstLine(plan.String())) + "\n", "", "it is not a plan"},
		{"not JSON", planned, "x", "line 2: "},
		{"a long line", planned, strings.Repeat("x", maxLine), "token too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(plan.String(), test.old, test.new, 1)
			if text == plan.String() {
				t.Fatalf("the plan does not have %s\n%s", test.old, text)
			}
			if _, err := Verify(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// The lines that a plan can have are verified: each kind of value, set and cleared.
func TestVerifyAcceptsEveryField(t *testing.T) {
	var before, set, clear credit.Patch
	if err := before.UnmarshalJSON([]byte(`{"name":"a","note":"b","total":1.50,"balance":2,"starts_at":"2026-01-01T00:00:00.5Z","expires_at":"2027-01-01T00:00:00Z","priority":3,"metadata":{"k":"v"}}`)); err != nil {
		t.Fatal(err)
	}
	if err := set.UnmarshalJSON([]byte(`{"name":"\"quoted\"","note":"<&>\u2028","total":1.5E+3,"balance":-2,"starts_at":"2026-01-01T00:00:00.123Z","expires_at":"2027-01-01T00:00:00Z","priority":0,"metadata":{"k":"\"","l":""}}`)); err != nil {
		t.Fatal(err)
	}
	for f := range before.All() {
		clear.Op(f).Clear()
	}
	for _, patch := range []credit.Patch{set, clear} {
		l := newLine(row.Row{Vendor: "knox", Patch: patch})
		l.Before, l.After = &before, &patch
		text, err := l.encode()
		if err != nil {
			t.Fatal(err)
		}
		shown, err := decodeLine(text)
		if err == nil {
			err = shown.verify(target.New(target.Fake, []string{"knox"}, nil, nil))
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
