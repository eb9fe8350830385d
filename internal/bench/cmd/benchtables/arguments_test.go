package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// buildProgram returns the built program, which starts itself again for what it
// measures.
func buildProgram(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "benchtables")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// A measurement takes minutes. The program ends at once, so it did not start one.
func TestWrongArgumentsAreRefusedBeforeAnythingElse(t *testing.T) {
	dir := t.TempDir()
	binary, file := buildProgram(t), filepath.Join(dir, "bench.md")
	if err := os.WriteFile(file, []byte("tables"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "benchtables: one file for the tables is needed, got []"},
		{[]string{file, "extra"}, 2, "benchtables: one file for the tables is needed, got ["},
		{[]string{file, "-rounds", "1"}, 2, `benchtables: unexpected argument "-rounds": flags begin with a plain hyphen and stand before the file`},
		{[]string{"–rounds"}, 2, `benchtables: unexpected argument "–rounds"`},
		{[]string{"-sets", "stub,all", file}, 2, `benchtables: -sets: unknown part "all": use stub, load, memory, weight`},
		{[]string{"-sets", "", file}, 2, `benchtables: -sets: unknown part ""`},
		{[]string{"-rounds", "0", file}, 2, "benchtables: -rounds must be positive, got 0"},
		{[]string{"-stub", "0s", file}, 2, "benchtables: -stub must be positive, got 0s"},
		{[]string{"-load", "-1s", file}, 2, "benchtables: -load must be positive, got -1s"},
		{[]string{"-unknown", file}, 2, "benchtables: flag provided but not defined: -unknown"},
		{[]string{dir}, 2, "is a directory"},
		{[]string{"serve", "extra"}, 2, `benchtables: unexpected argument "extra"`},
		{[]string{"client", "-n", "1", "extra"}, 2, `benchtables: unexpected argument "extra"`},
		{[]string{"stub", "-work", "knox", "extra"}, 2, `benchtables: unexpected argument "extra"`},
		{[]string{"stub", "-work", "other"}, 1, `benchtables: unknown work "other"`},
		{[]string{"client", "-unknown"}, 2, "benchtables: flag provided but not defined: -unknown"},
		{[]string{"-help"}, 0, "Usage: benchtables [flags] <file for the tables>"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		cmd := exec.CommandContext(ctx, binary, c.args...)
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput()
		cancel()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.want) {
			t.Errorf("%q: exit code %d\n%s", c.args, code, out)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "tables" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

func TestParseArguments(t *testing.T) {
	want := filepath.Join(t.TempDir(), "new.md")
	s, only, file, err := parseArguments([]string{"-rounds", "3", "-sets", "load,stub", want})
	if err != nil || file != want || s.rounds != 3 || s.load != 250*time.Millisecond || strings.Join(only, " ") != "load stub" {
		t.Errorf("got %+v, %q, %q, %v", s, only, file, err)
	}
}
