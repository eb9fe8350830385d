package plan

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/patchtest"
)

// FuzzPlanFile plans the good rows of a file, and reads the plan: the rows that will be
// sent are those of the file.
func FuzzPlanFile(f *testing.F) {
	f.Fuzz(func(t *testing.T, file string) {
		w, err := NewWriter(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer w.Discard()
		var want []row.Row
		for r, problems := range row.Read(strings.NewReader(file), row.JSONLines) {
			if len(problems) > 0 {
				continue
			}
			line := newLine(r)
			if r.HasExpect() {
				expect := credit.Patch(r.Expect)
				line.Expect = &expect
			}
			other := line.refused("not \n now")
			if err := w.Add(line); err != nil {
				t.Fatal(err)
			}
			if err := w.Add(other); err != nil {
				t.Fatal(err)
			}
			want = append(want, r)
		}
		var text strings.Builder
		if err := w.WritePlan(&text, &Header{Input: "a.jsonl"}); err != nil {
			t.Fatal(err)
		}
		header, err := decodeHeader(firstLine(text.String()))
		if n := int64(len(want)); err != nil || header.Summary != (Summary{Rows: 2 * n, Planned: n, Refused: n}) {
			t.Fatalf("header %+v, %v", header, err)
		}
		n := 0
		for got, problems := range row.Read(strings.NewReader(text.String()), row.Plan) {
			if len(problems) > 0 || n == len(want) {
				t.Fatalf("row %d: %v\n%s", got.Number, problems, text.String())
			}
			r := want[n]
			if got.Vendor != r.Vendor || got.Ref != r.Ref || got.Key != r.Key {
				t.Errorf("got %+v, want %+v", got, r)
			}
			for _, difference := range []string{
				patchtest.Difference(got.Patch, r.Patch), patchtest.Difference(credit.Patch(got.Expect), credit.Patch(r.Expect)),
			} {
				if difference != "" {
					t.Errorf("%s\n%s", difference, text.String())
				}
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%d rows, want %d", n, len(want))
		}
	})
}

// FuzzDecodeHeader reads any header. One that is accepted can be written, and is then read
// as the same.
func FuzzDecodeHeader(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		h, err := decodeHeader([]byte(text))
		if err != nil {
			return
		}
		line, err := encodeLine(h)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeHeader(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		second, err := encodeLine(again)
		if err != nil || string(second) != string(line) {
			t.Errorf("%s became %s, %v", line, second, err)
		}
		if h.Rows != h.Planned+h.Unchanged+h.Refused || h.Planned < 0 || h.Unchanged < 0 || h.Refused < 0 {
			t.Errorf("the counts are %+v", h.Summary)
		}
	})
}
