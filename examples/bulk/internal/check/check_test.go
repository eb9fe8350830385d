package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func TestRun(t *testing.T) {
	file := "\ufeffvendor,id,note,total\r\n" +
		"knox,1,a,\r\n" +
		"knox,2,a,0.1.\r\n" + // no number
		"knox,1,a,\r\n" + // row 1 again
		"\r\n" +
		"knox,1,a,1,\r\n" + // too long, and row 1 again
		"oops,1,a,\r\n" + // no vendor
		"flexprice,1,a,1\r\n" + // two fields that it has not
		"knox,3,a," // good
	dir := t.TempDir()
	var reported []row.Problem
	got, err := Run(t.Context(), iotest.HalfReader(strings.NewReader(file)), row.CSV, offline(dir), func(p row.Problem) {
		reported = append(reported, p)
	})
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(file))
	if got.Rows != 7 || got.Bad != 5 || got.Digest != hex.EncodeToString(digest[:]) ||
		!maps.Equal(got.PerVendor, map[string]int64{"knox": 5, "flexprice": 1}) {
		t.Errorf("%+v", got)
	}
	want := `2 line 3, column 10: total: "0.1." is not a number of digits and a decimal point, such as 12.50
3 line 4, column 6: id: changes the same credit as line 2: put both changes into one row, or into two files
4 line 6, column 1: the header has 4 cells, but the row has 5
4 line 6, column 6: id: changes the same credit as line 2: put both changes into one row, or into two files
5 line 7, column 1: vendor: "oops" is not one of `
	const end = `
6 line 8, column 13: note: cannot be set at flexprice
6 line 8, column 15: total: cannot be set at flexprice
`
	var reportText strings.Builder
	for _, p := range reported {
		fmt.Fprintf(&reportText, "%d %v\n", p.Number, p)
	}
	if !strings.HasPrefix(reportText.String(), want) || !strings.HasSuffix(reportText.String(), end) || len(reported) != 7 {
		t.Errorf("got\n%swant\n%s...%s", reportText.String(), want, end)
	}
	sameProblems(t, Problems(filepath.Join(dir, ProblemsFile)), nil, reported...)
	left(t, dir, ProblemsFile)
}

// left checks that the folder contains exactly these files.
func left(t *testing.T, dir string, want ...string) {
	t.Helper()
	var names []string
	files, err := os.ReadDir(dir)
	for _, file := range files {
		names = append(names, file.Name())
	}
	if err != nil || strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("the directory holds %q, %v; want %q", names, err, want)
	}
}

func TestGoodFile(t *testing.T) {
	dir := t.TempDir()
	got, err := Run(t.Context(), strings.NewReader(`{"vendor":"nexudus","id":5,"set":{"total":1}}`), row.JSONLines, offline(dir), func(p row.Problem) {
		t.Error(p)
	})
	if err != nil || got.Rows != 1 || got.Bad != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	sameProblems(t, Problems(filepath.Join(dir, ProblemsFile)), nil)
}

func TestUnreadableFile(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("vendor,id,note\nknox,1,a\n"), iotest.ErrReader(errors.New("the disk is gone")))
	for want, in := range map[string]io.Reader{
		"0 line 1, column 1: header: the column id is missing\n":                        strings.NewReader("vendor\nknox\n"),
		"0 line 3, column 1: the file cannot be read any further: the disk is gone\n":   broken,
		"0 line 1, column 1: the file is empty: its first line must name the columns\n": strings.NewReader(""),
	} {
		dir := t.TempDir()
		var reportText strings.Builder
		_, err := Run(t.Context(), in, row.CSV, offline(dir), func(p row.Problem) { fmt.Fprintf(&reportText, "%d %v\n", p.Number, p) })
		if !errors.Is(err, ErrUnreadable) || reportText.String() != want {
			t.Errorf("%q, %v; want %q", reportText.String(), err, want)
		}
		left(t, dir, ProblemsFile)
	}
}

func TestCancelledCheck(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	in := strings.NewReader("vendor,id,x\n")
	cancel()
	if _, err := Run(ctx, in, row.CSV, offline(dir), func(row.Problem) {}); !errors.Is(err, ErrUnreadable) && !errors.Is(err, context.Canceled) {
		t.Errorf("before: %v", err)
	}
	left(t, dir)
	ctx, cancel = context.WithCancel(t.Context())
	n := 0
	_, err := Run(ctx, strings.NewReader("vendor,id\nknox,1\nknox,2\n"), row.CSV, offline(dir), func(row.Problem) {
		n++
		cancel()
	})
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("in the report: %v after %d problems", err, n)
	}
	left(t, dir)
}

func TestMissingFolder(t *testing.T) {
	if _, err := Run(t.Context(), strings.NewReader("vendor,id\n"), row.CSV, offline(t.TempDir()+"/none"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// The problems of the file and of the vendor are reported in the order of their columns.
func TestProblemsOfOneRowAreInColumnOrder(t *testing.T) {
	file := "vendor,id,total\nnexudus,0087654321,1.2E+3\n"
	var columns []int
	_, err := Run(t.Context(), strings.NewReader(file), row.CSV, offline(t.TempDir()), func(p row.Problem) { columns = append(columns, p.Column) })
	if err != nil || !slices.Equal(columns, []int{9, 20}) {
		t.Errorf("got %v, %v", columns, err)
	}
}
