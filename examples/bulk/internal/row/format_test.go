package row

import "testing"

func TestFormatOf(t *testing.T) {
	for _, c := range []struct {
		path string
		want Format
	}{
		{"a.csv", CSV}, {"dir.jsonl/A.CSV", CSV}, {"a.jsonl", JSONLines}, {"a.b.ndjson", JSONLines},
	} {
		if got, err := FormatOf(c.path); got != c.want || err != nil {
			t.Errorf("FormatOf(%q) = %v, %v", c.path, got, err)
		}
	}
	for _, path := range []string{"", "csv", "a.json", "a.csv.gz", "a.csv/b"} {
		if got, err := FormatOf(path); err == nil {
			t.Errorf("FormatOf(%q) = %v", path, got)
		}
	}
	if CSV.String() != "CSV" || JSONLines.String() != "JSON Lines" || Format(0).String() != "Format(0)" {
		t.Errorf("%v, %v, %v", CSV, JSONLines, Format(0))
	}
}
