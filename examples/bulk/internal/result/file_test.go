package result_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func writing(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		_, _ = io.WriteString(w, text)
		return err
	}
}

func TestWriteFileIsAtomic(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "results.csv")
	long := strings.Repeat("x", 1<<20)
	errHalfway := errors.New("halfway")
	for _, step := range []struct {
		write func(io.Writer) error
		err   error
		want  string
	}{
		{writing("first", nil), nil, "first"},
		{writing(long+"second", errHalfway), errHalfway, "first"},
		{writing(long, nil), nil, long},
		{writing("", nil), nil, ""},
	} {
		if err := result.WriteFile(name, step.write); !errors.Is(err, step.err) {
			t.Fatalf("got %v, want %v", err, step.err)
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != step.want {
			t.Errorf("the file has %.20q: %v", got, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Errorf("the folder has %v", entries)
		}
	}
}

func TestWriteFileAppearsWhenComplete(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.csv")
	err := result.WriteFile(name, func(w io.Writer) error {
		if _, err := io.WriteString(w, strings.Repeat("x", 1<<20)); err != nil {
			return err
		}
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a partial file exists: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWriteFileInMissingFolder(t *testing.T) {
	dir := t.TempDir()
	if err := result.WriteFile(filepath.Join(dir, "none", "results.csv"), writing("x", nil)); err == nil {
		t.Error("a file was created in a missing folder")
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := result.WriteFile(filepath.Join(dir, "taken"), writing("x", nil)); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the folder has %v", entries)
	}
}
