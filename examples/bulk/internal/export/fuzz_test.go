package export_test

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/export"
	"github.com/creditkit/creditkit/examples/bulk/internal/plan"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/patchtest"
)

// FuzzExport writes two credits. Each is refused, or comes back as it was: the file that
// was not edited plans no change.
func FuzzExport(f *testing.F) {
	f.Fuzz(func(t *testing.T, csv bool, id, owner string, ops uint32, name, note, amount string, seconds int64, nanos uint32, entryName, entryText string) {
		values := patchtest.Values{
			Ops: ops, Name: name, Note: note, Amount: amount, Seconds: seconds, Nanos: nanos, EntryName: entryName, EntryText: entryText,
		}.Patch()
		format := row.JSONLines
		if csv {
			format = row.CSV
		}
		var file strings.Builder
		w, err := export.NewWriter(&file, format, len(id)%2 == 0)
		if err != nil {
			t.Fatal(err)
		}
		want := []*credit.Record{{ID: id, Owner: owner, Values: credit.Values(values)}, {ID: id + "-2", Values: credit.Values{Note: credit.Set("last")}}}
		for _, r := range want {
			before := file.Len()
			if err := w.Write("knox", r); err != nil {
				if file.Len() != before {
					t.Errorf("%v, and a part of it is in the file", err)
				}
				return
			}
		}
		n := 0
		for got, problems := range row.Read(strings.NewReader(file.String()), format) {
			if len(problems) > 0 || n == len(want) {
				t.Fatalf("row %d: %v\n%s", got.Number, problems, file.String())
			}
			if difference := patchtest.Difference(got.Patch, credit.Patch(want[n].Values)); difference != "" {
				t.Errorf("%s\n%s", difference, file.String())
			}
			if got.Ref != (credit.Ref{ID: want[n].ID, Owner: want[n].Owner}) || got.Vendor != "knox" {
				t.Errorf("the credit is %q, %+v\n%s", got.Vendor, got.Ref, file.String())
			}
			n++
		}
		if n != len(want) {
			t.Fatalf("%d rows\n%s", n, file.String())
		}
		was, err := plan.ReadExport(strings.NewReader(file.String()), format)
		if err != nil {
			t.Fatal(err)
		}
		for r := range row.ReadPositions(strings.NewReader(file.String()), format) {
			if unchanged, problems := was.Diff(&r); !unchanged || len(problems) > 0 {
				t.Errorf("row %d would be changed: %+v, %v", r.Number, r.Patch, problems)
			}
		}
	})
}
