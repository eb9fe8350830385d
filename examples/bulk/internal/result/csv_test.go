package result_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

const header = "# real run: knox\nrow,line,vendor,id,owner,key,outcome,kind,code,error,request_id,idempotency_key,attempts,took_ms,at,changes"

func write(t *testing.T, b *result.Store, rows int64) string {
	t.Helper()
	var out strings.Builder
	if err := b.WriteCSV(&out, result.CSVOptions{About: "real run: knox", Rows: rows}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// commented returns a reader for a results file, which ignores lines that begin
// with #.
func commented(r io.Reader) *csv.Reader {
	records := csv.NewReader(r)
	records.Comment = '#'
	return records
}

func TestWriteCSV(t *testing.T) {
	b, elsewhere := openBook(t), full(4)
	elsewhere.At = elsewhere.At.In(time.FixedZone("", 2*60*60))
	add(t, b, elsewhere, result.Result{Row: 2, Line: 3, Vendor: "knox", ID: "7", Outcome: result.Applied, Attempts: 1})
	want := header + `,name_before,name_after,total_before,total_after
1,,,,,,pending,,,,,,,,,,,,,
2,3,knox,7,,,applied,,,,,,1,0,,,,,,
3,,,,,,pending,,,,,,,,,,,,,
4,5,metronome,"c,1","o""1",k 1,unknown,unavailable,E1,"<b>gone</b>, é",req-1,idem-1,4,1.234,2027-01-02T03:04:05.0000006Z,` +
		`"[{""field"":""name"",""before"":""\""a\\n<b>\"""",""after"":""""},{""field"":""total"",""before"":""unknown"",""after"":""12.50""}]","a
<b>",,unknown,12.50
5,,,,,,pending,,,,,,,,,,,,,
`
	if got := write(t, b, 5); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWriteCSVWithoutResults(t *testing.T) {
	if got := write(t, openBook(t), 0); got != header+"\n" {
		t.Errorf("got %q", got)
	}
}

func TestFormulaCellsAreEscaped(t *testing.T) {
	for _, text := range []string{
		"=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "\n=1", "'=1", "''", "＝1", "plain", "a=1", "", " =1", "é",
	} {
		b := openBook(t)
		add(t, b, result.Result{Row: 1, Outcome: result.Rejected, Vendor: text, ID: text, Owner: text, Key: text,
			Kind: text, Code: text, Error: text, RequestID: text, IdempotencyKey: text})
		records, err := commented(strings.NewReader(write(t, b, 1))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range []int{2, 3, 4, 5, 7, 8, 9, 10, 11} {
			cell := records[1][column]
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\n") || strings.HasPrefix(cell, "＝") {
				t.Errorf("%s: %q is a formula", records[0][column], cell)
			}
			if back := strings.TrimPrefix(cell, "'"); back != text {
				t.Errorf("%s: %q became %q", records[0][column], text, back)
			}
		}
	}
}

func TestChangesRoundTrip(t *testing.T) {
	b, r := openBook(t), full(1)
	add(t, b, r)
	records, err := commented(strings.NewReader(write(t, b, 1))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []result.Change
	if err := json.Unmarshal([]byte(records[1][15]), &got); err != nil || !reflect.DeepEqual(got, r.Changes) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// The columns for people: an amount stays a number, and a text cannot be a formula.
func TestValuesHaveColumnsOfTheirOwn(t *testing.T) {
	b := openBook(t)
	add(t, b, result.Result{Row: 1, Line: 2, Vendor: "knox", ID: "7", Outcome: result.Planned, Changes: []result.Change{
		{Field: "total", Before: "2.50", After: "-12.50"}, {Field: "note", Before: `"=1+1"`, After: ""},
	}})
	got := write(t, b, 1)
	for _, part := range []string{"changes,note_before,note_after,total_before,total_after\n", ",'=1+1,,2.50,-12.50\n"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in\n%s", part, got)
		}
	}
}
