package result_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A results file must come back as it was, with and without a byte order mark, and with
// cells that a spreadsheet could take for formulas.
func TestReadCSV(t *testing.T) {
	b, odd := openBook(t), full(2)
	odd.Vendor, odd.ID, odd.Owner, odd.Error = "=vendor", "'7", "+1", "-\n\"a\","
	add(t, b, odd)
	for _, bom := range []bool{false, true} {
		var out strings.Builder
		if err := b.WriteCSV(&out, result.CSVOptions{About: "real run: knox", Rows: 3, BOM: bom}); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(out.String(), "\ufeff") != bom {
			t.Errorf("a byte order mark is there: %v, want %v", !bom, bom)
		}
		about, rows, err := result.ReadCSV(strings.NewReader(out.String()))
		if err != nil || about != "real run: knox" {
			t.Fatalf("got %q, %v", about, err)
		}
		var got []result.Result
		for r, err := range rows {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		want := odd
		want.Kind, want.Code, want.Took, want.At = "", "", 0, time.Time{}
		if len(got) != 3 || !reflect.DeepEqual(got[1], want) || got[0].Outcome != result.Pending || got[2].Row != 3 {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestReadCSVSavedBySpreadsheet(t *testing.T) {
	text := strings.Replace(header, "real run: knox", "real run: knox,,,,", 1) + "\n1,2,knox,7,,,applied,,,,,,1,0,,\n"
	about, rows, err := result.ReadCSV(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil || about != "real run: knox" {
		t.Fatalf("got %q, %v", about, err)
	}
	for r, err := range rows {
		if err != nil || r.ID != "7" || r.Outcome != result.Applied {
			t.Errorf("got %+v, %v", r, err)
		}
	}
}

func TestReadCSVRejectsOtherFiles(t *testing.T) {
	good := header + "\n"
	for _, text := range []string{
		"", "vendor,id\n", "# real run\n", "# real run\nvendor,id\n", strings.Replace(good, ",changes", "", 1),
		good + "1,2\n", good + "1,,,,,,sent,,,,,,,,,\n", good + "x,,,,,,applied,,,,,,,,,\n", good + "1,x,,,,,applied,,,,,,,,,\n",
		good + "1,2,,,,,applied,,,,,,,,,[\n", good + `1,2,,,,,applied,,,,,,,,,"[{""x"":1}]"` + "\n",
	} {
		_, rows, err := result.ReadCSV(strings.NewReader(text))
		if err == nil {
			for _, e := range rows {
				err = e
			}
		}
		if err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
