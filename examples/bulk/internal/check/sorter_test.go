package check

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

func TestSorter(t *testing.T) {
	for _, n := range []int{0, 1, 6, 7, 8, 70, 1000} {
		dir := t.TempDir()
		s := newSorter(dir)
		s.maxHeld = 7
		var want []entry
		for i := range n {
			e := entry{Hash: [16]byte{15: byte(rand.N(4))}, Number: rand.N[int64](5), Kind: "ck"[rand.N(2)], Begin: int64(i), Line: -1, Column: 1 << 40}
			want = append(want, e)
			if err := s.add(e); err != nil {
				t.Fatal(err)
			}
		}
		if len(s.held) >= 7 {
			t.Errorf("%d entries are held", len(s.held))
		}
		var got []entry
		for e, err := range s.sorted() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		if !slices.IsSortedFunc(got, compareEntries) {
			t.Errorf("%d entries come out of order", n)
		}
		byBegin := func(a, b entry) int { return int(a.Begin - b.Begin) }
		if slices.SortFunc(got, byBegin); !slices.Equal(got, want) {
			t.Errorf("%d entries come out as %d others", n, len(got))
		}
		s.discard()
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestCompareEntries(t *testing.T) {
	ordered := []entry{
		{Number: 1, Kind: 'c'},
		{Number: 1, Kind: 'k'},
		{Number: 2, Kind: 'c'},
		{Number: 256, Kind: 'c'},
		{Hash: [16]byte{15: 1}},
		{Hash: [16]byte{1}},
	}
	for i := range ordered[1:] {
		if compareEntries(ordered[i], ordered[i+1]) >= 0 || compareEntries(ordered[i+1], ordered[i]) <= 0 {
			t.Errorf("%v does not come before %v", ordered[i], ordered[i+1])
		}
	}
}

func TestSorterWriteError(t *testing.T) {
	s := newSorter(t.TempDir() + "/nowhere")
	s.maxHeld = 1
	if err := s.add(entry{}); err == nil {
		t.Error("no error")
	}
	s.discard()
}

func TestSorterReadError(t *testing.T) {
	s := newSorter(t.TempDir())
	s.maxHeld = 2
	for i := range 5 {
		if err := s.add(entry{Number: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.file.Truncate(int64(3 * entrySize / 2)); err != nil {
		t.Fatal(err)
	}
	failed := false
	for _, err := range s.sorted() {
		failed = failed || err != nil
	}
	if !failed {
		t.Error("a truncated file is not an error")
	}
	s.discard()
}
