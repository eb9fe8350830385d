package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
)

// Invalid paths are reported at once, and not after an hour of work.
func TestInvalidPathsFailBeforeWork(t *testing.T) {
	s := newSite(t)
	path := s.give(changes(6))
	s.file("file")
	if err := os.Mkdir(filepath.Join(s.dir, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	mine, err := folder.Open(filepath.Join(s.dir, "mine"))
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	for _, c := range []struct {
		want string
		args []string
	}{
		{"missing.csv: no such file", []string{"-in", "missing.csv"}},
		{"folder.csv is not a regular file", []string{"-in", "folder.csv"}},
		{"the name must end in .csv", []string{"-in", "file"}},
		{"cannot write a file into the folder", []string{"-in", path, "-report", "none/report.html"}},
		{"-results: folder.csv is not a regular", []string{"-in", path, "-results", "folder.csv"}},
		{"-results a and -report ./b/../a are the same", []string{"-in", path, "-results", "a", "-report", "./b/../a"}},
		{"and -results ./changes.jsonl are the same file", []string{"-in", path, "-results", "./changes.jsonl"}},
		{"name another with -state", []string{"-in", path, "-state", "file/state"}},
		{"in use by another process", []string{"-in", path, "-state", "mine"}},
	} {
		if code, out := s.run("run", c.args...); code != codeRefused || !strings.Contains(out, c.want) {
			t.Errorf("%v: exit code %d\n%s", c.args, code, out)
		}
	}
	if code, out := s.run("walk"); code != codeRefused || !strings.Contains(out, `unknown command "walk"`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if n := s.requests(); n > 0 {
		t.Errorf("%d requests", n)
	}
	left, err := filepath.Glob(filepath.Join(s.dir, "*issing*"))
	if err != nil || len(left) > 0 {
		t.Errorf("a missing file leaves %v, %v", left, err)
	}
}

// All missing credentials are reported together, and no vendor is called before
// that.
func TestAllMissingCredentialsAreReported(t *testing.T) {
	s := newSite(t)
	cmd := s.command(t.Context(), "run", "-in", s.give(changes(6)))
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool {
		return strings.HasPrefix(v, "FLEXPRICE_API_KEY=") || strings.HasPrefix(v, "METRONOME_TOKEN=")
	})
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != codeRefused || s.requests() > 0 {
		t.Errorf("exit code %d, %d requests", code, s.requests())
	}
	contains(t, out.String(), "FLEXPRICE_API_KEY: is not set", "METRONOME_TOKEN: is not set")
}
