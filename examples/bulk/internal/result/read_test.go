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

// What a spreadsheet or an editor may have changed is refused, with the line of the file.
func TestReadCSVNamesTheLine(t *testing.T) {
	const row1 = "1,2,knox,7,,,applied,,,,,,1,0,,\n"
	for _, test := range []struct{ name, text, want string }{
		{"a column twice", header + ",id\n" + strings.TrimSuffix(row1, "\n") + ",8\n", "line 2: the column id occurs twice"},
		{"a short row", header + "\n" + row1 + "2,3\n", "record on line 4: wrong number of fields"},
		{"a quote", header + "\n" + row1 + "2,3,kn\"ox,7,,,applied,,,,,,1,0,,\n", `parse error on line 4, column 7: bare " in non-quoted-field`},
		{"not UTF-8", header + "\n" + row1 + "2,3,knox,\xe9,,,applied,,,,,,1,0,,\n", "line 4: id: is not valid UTF-8: save the file as CSV UTF-8"},
		{"a carriage return", header + "\n2,3,knox,\"7\r8\",,,applied,,,,,,1,0,,\n", `line 3: id: must not have a carriage return, got "7\r8"`},
		{"two arrays", header + "\n2,3,knox,7,,,applied,,,,,,1,0,,[][]\n", "line 3: changes: must be one JSON array"},
		{"row 0", header + "\n0,3,knox,7,,,applied,,,,,,1,0,,\n", `line 3: row: must be a positive number, got "0"`},
	} {
		_, rows, err := result.ReadCSV(strings.NewReader(test.text))
		if err == nil {
			for _, e := range rows {
				err = e
			}
		}
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}
