package row

import (
	"bufio"
	"strings"
	"testing"
)

var jsonSeeds = []string{
	"", "\n \r\n", "{}\n[]\nnull\n1 2\n", "{\"vendor\":\"knox\",\"id\":\"1\",\"set\":{\"note\":\"\\u0000\\ud83d\\ude00\"}}\n{",
	`{"vendor":"v","id":12,"set":{"total":1E400,"metadata":{"a":"b"},"expires_at":"2027-01-01T00:00:00.5+01:00"},"clear":["name"]}`,
	`{"vendor":"v","id":"\ud800","set":{"x":[{}]},"clear":[1,"x"]}`, "\xbb\xbf{\x00", "\ufeff{\"vendor\":\"v\"}\n\xff",
}

// FuzzReadJSONLines checks that each line that is not blank is one row.
func FuzzReadJSONLines(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		if encodingProblem(bufio.NewReader(strings.NewReader(file))) != "" {
			for r, problems := range Read(strings.NewReader(file), JSONLines) {
				if r.Number != 0 || len(problems) != 1 {
					t.Fatalf("row %d of a file that is not UTF-8: %v", r.Number, problems)
				}
			}
			return
		}
		var want []int
		for i, line := range strings.Split(strings.TrimPrefix(file, "\ufeff"), "\n") {
			if strings.Trim(line, " \t\r") != "" {
				want = append(want, i+1)
			}
		}
		n := 0
		for r, problems := range Read(strings.NewReader(file), JSONLines) {
			if n == len(want) || r.Line != want[n] || r.Number != int64(n+1) {
				t.Fatalf("row %d of line %d; the lines are %v", r.Number, r.Line, want)
			}
			n++
			checkRow(t, r, problems)
		}
		if n != len(want) {
			t.Fatalf("%d rows of %d", n, len(want))
		}
	})
}

// FuzzReadCSV checks that each line that is not empty is in one row: the first line
// of a row, or within an open quote.
func FuzzReadCSV(f *testing.F) {
	for _, seed := range csvSeeds {
		f.Add(seed)
		f.Add("knox,1,," + seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		const header = "vendor,id,key,name\n"
		lines := strings.Split(file, "\n")
		row, number := "", int64(0) // the text since the last row began
		next := 0
		take := func(until int) {
			for ; next < until && next < len(lines); next++ {
				if strings.Trim(lines[next], "\r") != "" && !strings.Contains(row, `"`) {
					t.Fatalf("line %d is in no row", next+2)
				}
				row += lines[next] + "\n"
			}
		}
		for r, problems := range Read(strings.NewReader(header+file), CSV) {
			if number++; r.Number != number || r.Line < next+2 {
				t.Fatalf("row %d of line %d after line %d", r.Number, r.Line, next+1)
			}
			take(r.Line - 2)
			row = lines[next] + "\n"
			next++
			checkRow(t, r, problems)
		}
		take(len(lines))
	})
}

func checkRow(t *testing.T, r Row, problems []Problem) {
	t.Helper()
	for _, p := range problems {
		if p.Number != r.Number || p.Line < r.Line || p.Column < 1 || p.Reason == "" {
			t.Fatalf("row %d of line %d has the problem %+v", r.Number, r.Line, p)
		}
	}
	if len(problems) == 0 && (r.Vendor == "" || r.Ref.ID == "") {
		t.Fatalf("row %d is good, and is of %q, %q", r.Number, r.Vendor, r.Ref.ID)
	}
}
