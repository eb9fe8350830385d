package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/reading"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A plan is a file of rows: what was planned comes back as the same rows.
func TestWrittenPlanIsRead(t *testing.T) {
	w, err := NewWriter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	d := &driver{before: values(1)}
	lines, err := d.make(t.Context(), &Vendor{Vendor: &reading.Vendor{InFlight: 1}, GuardAll: true}, "1", "2")
	if err != nil {
		t.Fatal(err)
	}
	lines[1].Status = row.StatusUnchanged
	for _, l := range lines {
		if err := w.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	var text strings.Builder
	if err := w.WritePlan(&text, &Header{Input: "a.csv"}); err != nil {
		t.Fatal(err)
	}
	h, err := decodeHeader(firstLine(text.String()))
	if err != nil || h.Summary != (Summary{Rows: 2, Planned: 1, Unchanged: 1}) || h.Input != "a.csv" {
		t.Errorf("got %+v, %v", h, err)
	}
	if !slices.Equal(w.Vendors(), []string{"knox"}) {
		t.Errorf("got %v", w.Vendors())
	}
	n := 0
	for r, problems := range row.Read(strings.NewReader(text.String()), row.Plan) {
		total, _ := r.Patch.Total.Get()
		if len(problems) > 0 || r.Ref.ID != "1" || total.String() != "5" || !r.Expect.Note.IsClear() {
			t.Errorf("got %+v, %v", r, problems)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d rows", n)
	}
}

func firstLine(text string) []byte {
	line, _, _ := strings.Cut(text, "\n")
	return []byte(line)
}

func TestDecodeHeaderRejectsOtherFiles(t *testing.T) {
	for _, text := range []string{"", "{}", "vendor,id", `{"vendor":"knox"}`, `{"schema":2}`, `{"schema":1,"rows":2,"planned":1}`, `{"schema":1,"rows":0,"planned":1,"refused":-1}`} {
		if h, err := decodeHeader([]byte(text)); err == nil {
			t.Errorf("%q is read as %+v", text, h)
		}
	}
}

// A row of the edited file becomes what differs from the export, with what was exported.
func TestDiff(t *testing.T) {
	const header = "vendor,id,owner,name,note,total,balance,clear\n"
	const was = header + "knox,1,,Gold,,10.00,7,note\n"
	for _, test := range []struct{ name, edited, want string }{
		{"nothing", "knox,1,,Gold,,10.00,7,note", "unchanged"},
		{"other digits", "knox,1,,Gold,,10,7,note", "unchanged"},
		{"an amount", "knox,1,,Gold,,12,7,note", `total=12; expect total=10.00`},
		{"an empty field that is filled", "knox,1,,Gold,new,10.00,7,", `note="new"; expect note=`},
		{"a field that is cleared", "knox,1,,,,10.00,7,note name", `name=; expect name="Gold"`},
		{"clear without its name", "knox,1,,Gold,,10.00,7,", "unchanged"},
		{"an emptied cell", "knox,1,,,,10.00,7,note", `problem at 1: name: the cell is empty`},
		{"another credit", "knox,2,,Gold,,10.00,7,note", `problem at 6: id: the export does not have`},
		{"another owner", "knox,1,o,Gold,,10.00,7,note", `problem at 8: owner: is "o"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			export, err := ReadExport(strings.NewReader(was), row.CSV)
			if err != nil {
				t.Fatal(err)
			}
			for r, problems := range row.ReadPositions(strings.NewReader(header+test.edited+"\n"), row.CSV) {
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				unchanged, problems := export.Diff(&r)
				if got := describe(r.Row, unchanged, problems); !strings.HasPrefix(got, test.want) {
					t.Errorf("got %s, want %s", got, test.want)
				}
			}
		})
	}
}

func describe(r row.Row, unchanged bool, problems []row.Problem) (text string) {
	if len(problems) > 0 {
		return "problem at " + strings.TrimPrefix(problems[0].String(), "line 2, column ")
	}
	if unchanged {
		return "unchanged"
	}
	expect := credit.Patch(r.Expect)
	for f, op := range r.Patch.All() {
		text += string(f) + "=" + op.String()
	}
	text += "; expect "
	for f, op := range expect.All() {
		text += string(f) + "=" + op.String()
	}
	return text
}

func TestExportWithBadRowsIsRefused(t *testing.T) {
	for _, text := range []string{"", "vendor\n", "vendor,id,total\nknox,1,x\n", "vendor,id\nknox,1\nknox,1\n"} {
		if _, err := ReadExport(strings.NewReader(text), row.CSV); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
