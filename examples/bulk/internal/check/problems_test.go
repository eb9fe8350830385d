package check

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func TestProblemWriter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ProblemsFile)
	w, err := newProblemWriter(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []row.Problem{{Number: 1, Line: 2, Column: 3, Reason: `"<é>"`}, {Number: 1 << 60, Line: 1 << 40, Column: 1}}
	for _, p := range want {
		if err := w.write(p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file has its final name before it is complete")
	}
	if err := w.keep(path); err != nil {
		t.Fatal(err)
	}
	w.discard()
	if text, err := os.ReadFile(path); err != nil || string(text) != `{"number":1,"line":2,"column":3,"reason":"\"<é>\""}`+"\n"+
		`{"number":1152921504606846976,"line":1099511627776,"column":1,"reason":""}`+"\n" {
		t.Errorf("%s, %v", text, err)
	}
	sameProblems(t, Problems(path), nil, want...)
}

func sameProblems(t *testing.T, got iter.Seq2[row.Problem, error], failure error, want ...row.Problem) {
	t.Helper()
	n := 0
	for p, err := range got {
		switch {
		case n < len(want) && (p != want[n] || err != nil):
			t.Errorf("problem %d is %v, %v; want %v", n, p, err, want[n])
		case n >= len(want) && (failure == nil || !errors.Is(err, failure)):
			t.Errorf("problem %d is %v, %v", n, p, err)
		}
		n++
	}
	if failure != nil {
		n--
	}
	if n != len(want) {
		t.Errorf("%d problems, want %d", n, len(want))
	}
}

func TestMissingProblemsFile(t *testing.T) {
	sameProblems(t, Problems(filepath.Join(t.TempDir(), "none")), os.ErrNotExist)
	path := filepath.Join(t.TempDir(), "half")
	if err := os.WriteFile(path, []byte(`{"number":1}`+"\n"+`{"number":`), 0o600); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range Problems(path) {
		last = err
	}
	if last == nil {
		t.Error("a truncated file is not an error")
	}
}

func listed(failure error, numbers ...int64) iter.Seq2[row.Problem, error] {
	return func(yield func(row.Problem, error) bool) {
		for _, n := range numbers {
			if !yield(row.Problem{Number: n / 10, Line: int(n % 10)}, nil) {
				return
			}
		}
		if failure != nil {
			yield(row.Problem{}, failure)
		}
	}
}

func TestMergeProblems(t *testing.T) {
	want := func(numbers ...int64) (ps []row.Problem) {
		for p := range listed(nil, numbers...) {
			ps = append(ps, p)
		}
		return ps
	}
	sameProblems(t, mergeProblems(listed(nil), listed(nil)), nil)
	sameProblems(t, mergeProblems(listed(nil, 11, 12), listed(nil)), nil, want(11, 12)...)
	sameProblems(t, mergeProblems(listed(nil), listed(nil, 11, 12)), nil, want(11, 12)...)
	sameProblems(t, mergeProblems(listed(nil, 21, 22, 51), listed(nil, 13, 23, 24, 33, 63)), nil, want(13, 21, 22, 23, 24, 33, 51, 63)...)
	broken := errors.New("broken")
	sameProblems(t, mergeProblems(listed(broken, 11), listed(nil, 21)), broken, want(11)...)
	sameProblems(t, mergeProblems(listed(nil, 31), listed(broken, 21)), broken, want(21)...)
	sameProblems(t, mergeProblems(listed(nil), listed(broken)), broken)
	for range mergeProblems(listed(nil, 21), listed(nil, 11, 31)) {
		break
	}
}
