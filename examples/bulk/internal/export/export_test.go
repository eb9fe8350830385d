package export_test

import (
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/export"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func write(t *testing.T, format row.Format, bom bool, r *credit.Record) (string, error) {
	t.Helper()
	var out strings.Builder
	w, err := export.NewWriter(&out, format, bom)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write("nexudus", r)
	return out.String(), err
}

// Every value comes back exactly. An empty field is cleared, and one that the vendor did
// not show is left out: the two must not be mixed up, because one of them would clear.
func TestExportIsReadBack(t *testing.T) {
	r := &credit.Record{ID: "7", Owner: "o,1", Values: credit.Values{
		Name: credit.Set("=a, \"b\"\r\n é "), Note: credit.Set(""),
		Total:    credit.Set(credit.MustParseDecimal("12345678901234567890.1234567890")),
		StartsAt: credit.Set(time.Date(2027, 1, 1, 2, 0, 0, 1, time.FixedZone("", 3600))),
		Priority: credit.Clear[credit.Decimal](), Metadata: credit.Set(map[string]string{"a": "<b>"}),
	}}
	for _, format := range []row.Format{row.CSV, row.JSONLines} {
		for _, bom := range []bool{false, true} {
			text, err := write(t, format, bom, r)
			if err != nil {
				t.Fatal(err)
			}
			for got, problems := range row.Read(strings.NewReader(text), format) {
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				if !got.Patch.Balance.IsZero() || !got.Patch.ExpiresAt.IsZero() {
					t.Errorf("%v: an unknown field is known: %s", format, text)
				}
				if !got.Patch.Note.IsClear() || !got.Patch.Priority.IsClear() {
					t.Errorf("%v: an empty field is not cleared: %s", format, text)
				}
				if total, _ := got.Patch.Total.Get(); total.String() != "12345678901234567890.1234567890" {
					t.Errorf("%v: the total is %s", format, total)
				}
				if name, _ := got.Patch.Name.Get(); name != "=a, \"b\"\r\n é " {
					t.Errorf("%v: the name is %q", format, name)
				}
			}
		}
	}
}

// A value that the row format refuses in CSV is an error, and not left out.
func TestValueThatCannotBeReadBackIsRefused(t *testing.T) {
	r := &credit.Record{ID: "7", Values: credit.Values{Name: credit.Set("#N/A")}}
	if text, err := write(t, row.CSV, false, r); err == nil || !strings.Contains(err.Error(), `the credit "7" cannot be written as CSV`) {
		t.Errorf("got %v\n%s", err, text)
	}
	if text, err := write(t, row.JSONLines, false, r); err != nil || !strings.Contains(text, `"name":"#N/A"`) {
		t.Errorf("got %v\n%s", err, text)
	}
	if _, err := write(t, row.CSV, false, &credit.Record{ID: "7 "}); err == nil {
		t.Error("an id with a space at its end is written")
	}
}
