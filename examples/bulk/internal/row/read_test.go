package row

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/creditkit/creditkit/examples/internal/change"
)

// shown returns a row and its problems in a few lines.
func shown(r Row, problems []Problem) string {
	set, cleared := change.Texts(r.Patch)
	s := fmt.Sprintf("%d @%d %q %q %q %q %v %v\n", r.Number, r.Line, r.Vendor, r.Ref.ID, r.Ref.Owner, r.Key, set, cleared)
	for _, p := range problems {
		s += fmt.Sprintf("  %d @%d:%d %s\n", p.Number, p.Line, p.Column, p.Reason)
	}
	return s
}

// all returns all rows of a file as text.
func all(r io.Reader, f Format) string {
	var s strings.Builder
	for r, problems := range Read(r, f) {
		s.WriteString(shown(r, problems))
	}
	return s.String()
}

// reads compares the rows of a file with want, also when the file is read byte by
// byte.
func reads(t *testing.T, f Format, file, want string) {
	t.Helper()
	want = strings.TrimPrefix(want, "\n")
	if got := all(strings.NewReader(file), f); got != want {
		t.Errorf("%q is read as\n%swant\n%s", file, got, want)
	}
	if got := all(iotest.OneByteReader(strings.NewReader(file)), f); got != want {
		t.Errorf("%q is read byte by byte as\n%swant\n%s", file, got, want)
	}
}

func TestByteOrderMarkIsSkipped(t *testing.T) {
	want := `1 @2 "knox" "1" "" "" map[] []` + "\n"
	reads(t, CSV, "\ufeffvendor,id\nknox,1\n", want)
	reads(t, JSONLines, "\ufeff"+`{"vendor":"knox","id":"1"}`, `1 @1 "knox" "1" "" "" map[] []`+"\n")
}

func TestUnknownFormat(t *testing.T) {
	reads(t, Format(7), "vendor,id\n", `
0 @0 "" "" "" "" map[] []
  0 @1:1 unknown format Format(7)
`)
}

// If reading fails within a row, no part of the row is returned.
func TestReadErrorEndsFile(t *testing.T) {
	cut := errors.New("the disk is gone")
	for f, files := range map[Format][2]string{
		CSV:       {"vendor,id\nknox,1\nknox,2", "2 @3:7"},
		JSONLines: {`{"vendor":"knox","id":"1"}` + "\n" + `{"vendor":"knox"}`, "2 @2:18"},
	} {
		got := all(io.MultiReader(strings.NewReader(files[0]), iotest.ErrReader(cut)), f)
		_, at, _ := strings.Cut(files[1], "@")
		if !strings.HasPrefix(got, "1 @") || strings.Count(got, "\n") != 3 ||
			!strings.HasSuffix(got, "0 @0 \"\" \"\" \"\" \"\" map[] []\n  0 @"+at+" the file cannot be read any further: the disk is gone\n") {
			t.Errorf("%v that breaks off: %s", f, got)
		}
	}
	if got := all(iotest.ErrReader(cut), CSV); !strings.HasSuffix(got, "the disk is gone\n") || !strings.HasPrefix(got, "0 @0") {
		t.Errorf("a header that breaks off: %s", got)
	}
}

func TestReadStopsEarly(t *testing.T) {
	for f, file := range map[Format]string{
		CSV:       "vendor,id\nknox,1\nknox,2\n",
		JSONLines: `{"vendor":"knox","id":"1"}` + "\n" + `{"vendor":"knox","id":"2"}`,
	} {
		n := 0
		for range Read(strings.NewReader(file), f) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%v: %d rows", f, n)
		}
	}
}

// A row of exactly 128 KiB is read. One of a byte more is one problem, and the row
// after it is read.
func TestLongestRow(t *testing.T) {
	long := func(head, tail string, over int) string {
		return head + strings.Repeat("x", maxRow-len(head)-len(tail)+over) + tail
	}
	for _, c := range []struct {
		f                             Format
		header, head, tail, end, next string
	}{
		{CSV, "vendor,id,name\n", "knox,1,", "", "\n", "knox,2,\n"},
		{CSV, "vendor,id,name\n", "knox,1,", "", "\r\n", "knox,2,\n"},
		{CSV, "vendor,id,name\n", `knox,1,"`, `"`, "\n", "knox,2,\n"},
		{CSV, "vendor,id,name\n", `knox,1,"a,""` + "\n\n\n" + `,""`, `"`, "\n", "knox,2,\n"},
		{JSONLines, "", `{"vendor":"knox","id":"1","set":{"name":"`, `"}}`, "\n", `{"vendor":"knox","id":"2"}`},
	} {
		for over := range 2 {
			var numbers []int64
			var problems []Problem
			for r, wrong := range Read(strings.NewReader(c.header+long(c.head, c.tail, over)+c.end+c.next), c.f) {
				numbers = append(numbers, r.Number)
				if problems = append(problems, wrong...); len(wrong) == 0 && r.Ref.ID != fmt.Sprint(r.Number) {
					t.Errorf("row %d is of %q", r.Number, r.Ref.ID)
				}
			}
			if len(numbers) != 2 || len(problems) != over {
				t.Fatalf("%v, %q, %d bytes over: rows %v, problems %v", c.f, c.head, over, numbers, problems)
			}
			if over > 0 && (!strings.HasPrefix(problems[0].Reason, tooLong) || problems[0].Number != 1) {
				t.Errorf("%v: %v", c.f, problems[0])
			}
		}
	}
}

// Of several faults of a row the first is reported, except that a quote that is
// never closed is always reported.
func TestLongRowWithMisplacedQuotes(t *testing.T) {
	long := strings.Repeat("x", maxRow)
	for row, want := range map[string]string{
		`knox,a"b,` + long:        "2:6 a quote in a cell without quotes",
		`knox,1,` + long + `,a"b`: "2:1 the row is longer than 128 KiB",
		`knox,1,` + long + `,"a`:  "2:" + fmt.Sprint(9+maxRow) + " the quote that opens this cell is never closed",
	} {
		got := all(strings.NewReader("vendor,id,name\n"+row), CSV)
		if !strings.Contains(got, "@"+want) || strings.Count(got, "\n") != 2 {
			t.Errorf("got\n%swant %s", got, want)
		}
	}
}
