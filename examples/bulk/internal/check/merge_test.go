package check

import (
	"errors"
	"iter"
	"testing"
)

func numbered(numbers ...int64) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, n := range numbers {
			if !yield(entry{Number: n}, nil) {
				return
			}
		}
	}
}

func TestMergeRuns(t *testing.T) {
	want := int64(0)
	for e, err := range mergeRuns([]iter.Seq2[entry, error]{numbered(2, 5), numbered(), numbered(0, 1, 6), numbered(3, 4)}) {
		if err != nil || e.Number != want {
			t.Fatalf("%d, %v; want %d", e.Number, err, want)
		}
		want++
	}
	if want != 7 {
		t.Errorf("%d entries", want)
	}
}

func TestMergeRunsStopsEarly(t *testing.T) {
	stopped := false
	run := func(yield func(entry, error) bool) {
		defer func() { stopped = true }()
		for yield(entry{}, nil) {
		}
	}
	for range mergeRuns([]iter.Seq2[entry, error]{numbered(-1), run}) {
		break
	}
	if !stopped {
		t.Error("a run was not stopped")
	}
}

// An error comes first, because the missing entries may belong before the others.
func TestMergeRunsReturnsError(t *testing.T) {
	broken := errors.New("broken")
	fails := func(yield func(entry, error) bool) {
		_ = yield(entry{Number: 1}, nil) && yield(entry{}, broken)
	}
	var got []error
	for _, err := range mergeRuns([]iter.Seq2[entry, error]{numbered(2, 3), fails}) {
		got = append(got, err)
	}
	if len(got) != 2 || got[0] != nil || got[1] != broken {
		t.Errorf("%v", got)
	}
}
