package reserve

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func newReserve(t *testing.T, size int64) (string, *File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reserve")
	f, err := Create(path, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return path, f
}

func texts(t *testing.T, path string) string {
	t.Helper()
	all, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, text := range all {
		b.Write(text)
		b.WriteByte(' ')
	}
	return b.String()
}

func TestReserveKeepsItsSize(t *testing.T) {
	path, f := newReserve(t, 4096)
	for _, text := range []string{"one", "two", "three"} {
		if err := f.Add([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := texts(t, path); got != "one two three " {
		t.Errorf("got %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 4096 {
		t.Errorf("got %v, %v", info.Size(), err)
	}
	again, err := Create(path, 4096)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
	if got := texts(t, path); got != "" {
		t.Errorf("a new reserve holds %q", got)
	}
}

func TestFullReserveRefusesTexts(t *testing.T) {
	path, f := newReserve(t, 32)
	if err := errors.Join(f.Add([]byte("0123456789")), f.Add([]byte("012345"))); err != nil {
		t.Fatal(err)
	}
	if err := f.Add([]byte("x")); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if got := texts(t, path); got != "0123456789 012345 " {
		t.Errorf("got %q", got)
	}
}

func TestInvalidRecordEndsReserve(t *testing.T) {
	for _, test := range []struct {
		name string
		at   int
		want string
	}{{"length", 12, "one "}, {"checksum", 16, "one "}, {"text", 20, "one "}, {"first text", 8, ""}} {
		t.Run(test.name, func(t *testing.T) {
			path, f := newReserve(t, 64)
			if err := errors.Join(f.Add([]byte("one")), f.Add([]byte("two"))); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text[test.at] ^= 1
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := texts(t, path); got != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestMissingReserveIsEmpty(t *testing.T) {
	if got := texts(t, filepath.Join(t.TempDir(), "none")); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestFillAllocates(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := fillZeros(f, 100_000); err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != 100_000 {
		t.Errorf("got %v, %v", info, err)
	}
}
