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
	for want, args := range map[string][]string{
		"missing.csv: no such file":                      {"-in", "missing.csv"},
		"folder.csv is not a regular file":               {"-in", "folder.csv"},
		"the name must end in .csv":                      {"-in", "file"},
		"cannot write a file into the folder":            {"-in", path, "-report", "none/report.html"},
		"-results: folder.csv is not a regular":          {"-in", path, "-results", "folder.csv"},
		"-results a and -report ./b/../a are the same":   {"-in", path, "-results", "a", "-report", "./b/../a"},
		"and -results ./changes.jsonl are the same file": {"-in", path, "-results", "./changes.jsonl"},
		"name another with -state":                       {"-in", path, "-state", "file/state"},
		"in use by another process":                      {"-in", path, "-state", "mine"},
	} {
		if code, out := s.run("run", args...); code != codeRefused || !strings.Contains(out, want) {
			t.Errorf("%v: exit code %d\n%s", args, code, out)
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
		t.Errorf("a file that is not there leaves %v, %v", left, err)
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
