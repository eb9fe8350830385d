package mark_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func newFile(t *testing.T, rows int64) (path string, f *mark.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "marks")
	if err := mark.Create(path, "job", rows); err != nil {
		t.Fatal(err)
	}
	return path, reopen(t, path, rows)
}

func reopen(t *testing.T, path string, rows int64) *mark.File {
	t.Helper()
	f, err := mark.Open(path, "job", rows)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func all(t *testing.T, f *mark.File) (marks []mark.Mark) {
	t.Helper()
	for m, err := range f.All() {
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, m)
	}
	return marks
}

func TestMarksSurviveReopening(t *testing.T) {
	path, f := newFile(t, 4)
	if err := errors.Join(f.Set(1, 7, mark.Started), f.Set(2, 8, mark.Released), f.Set(1, 9, mark.Ended(result.Unknown)), f.Set(4, 10, mark.Doubtful)); err != nil {
		t.Fatal(err)
	}
	want := []mark.Mark{{Row: 1, Sequence: 9, Status: mark.Ended(result.Unknown)}, {Row: 2, Sequence: 8, Status: mark.Released}, {Row: 3}, {Row: 4, Sequence: 10, Status: mark.Doubtful}}
	for _, f := range []*mark.File{f, reopen(t, path, 4)} {
		if got := all(t, f); !slices.Equal(got, want) {
			t.Errorf("got %+v", got)
		}
	}
	for _, row := range []int64{0, 5} {
		if err := f.Set(row, 1, mark.Started); err == nil {
			t.Errorf("row %d has a mark", row)
		}
	}
}

func TestStatusRoundTripsOutcomes(t *testing.T) {
	for _, o := range result.Outcomes {
		if got, ok := mark.Ended(o).Outcome(); !ok || got != o {
			t.Errorf("%s: got %s, %v", o, got, ok)
		}
	}
	for _, s := range []mark.Status{mark.Untouched, mark.Started, mark.Released, mark.Doubtful} {
		if o, ok := s.Outcome(); ok {
			t.Errorf("status %d is the end %s", s, o)
		}
	}
}

// The checksum covers each bit of a mark, and its position.
func TestChangedMarkIsDamaged(t *testing.T) {
	path, f := newFile(t, 3)
	if err := errors.Join(f.Set(1, 5, mark.Started), f.Set(2, 6, mark.Started)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin := len(text) - 3*16
	for bit := range 16 * 8 {
		changed := slices.Clone(text)
		changed[begin+bit/8] ^= 1 << (bit % 8)
		write(t, path, changed)
		if got := all(t, reopen(t, path, 3)); !got[0].Damaged || got[1].Damaged || got[2].Damaged {
			t.Fatalf("bit %d: got %+v", bit, got)
		}
	}
	changed := slices.Clone(text)
	copy(changed[begin:], text[begin+16:begin+32])
	copy(changed[begin+32:], make([]byte, 16))
	write(t, path, changed)
	if got := all(t, reopen(t, path, 3)); !got[0].Damaged || got[1].Damaged || !got[2].Damaged {
		t.Errorf("got %+v", got)
	}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedFileIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(path string, text []byte) error
	}{
		{"removed", func(path string, _ []byte) error { return os.Remove(path) }},
		{"cut", func(path string, text []byte) error { return os.Truncate(path, int64(len(text)-1)) }},
		{"emptied", func(path string, _ []byte) error { return os.Truncate(path, 0) }},
		{"zeroed", func(path string, text []byte) error { return os.WriteFile(path, make([]byte, len(text)), 0o600) }},
		{"flipped header", func(path string, text []byte) error { text[9] ^= 1; return os.WriteFile(path, text, 0o600) }},
		{"another job's", func(path string, _ []byte) error { return mark.Create(path, "other", 3) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, _ := newFile(t, 3)
			text, err := os.ReadFile(path)
			if err == nil {
				err = test.damage(path, text)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := mark.Open(path, "job", 3); !errors.Is(err, mark.ErrDamaged) {
				t.Errorf("got %v", err)
			}
		})
	}
}
