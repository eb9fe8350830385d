package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every mutant must fit the source, so that a change of the source that moves a rule also
// moves its mutant.
func TestMutantsFitTheSource(t *testing.T) {
	rules := make(map[string]bool)
	for _, m := range mutants {
		source, err := os.ReadFile(filepath.Join("..", "..", m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if n := strings.Count(string(source), m.old); n != 1 {
			t.Errorf("%s: %s: the text occurs %d times in the file: %q", m.file, m.rule, n, m.old)
		}
		if m.old == m.new || m.tests == "" || rules[m.rule] {
			t.Errorf("%s: changes nothing, has no tests, or has the rule of another mutant", m.rule)
		}
		rules[m.rule] = true
	}
	if len(mutants) < 60 {
		t.Errorf("%d mutants, want at least 60", len(mutants))
	}
}

func TestJudge(t *testing.T) {
	failed := errors.New("exit status 1")
	for _, test := range []struct {
		name, output string
		err          error
		timedOut     bool
		caught       bool
	}{
		{"a failing test", "    --- FAIL: TestA/b (0.00s)\nFAIL\n", failed, false, true},
		{"no test fails", "ok  \tx\t0.1s\n", nil, false, false},
		{"it does not compile", "x.go:1: syntax error\nFAIL\tx [build failed]\n", failed, false, false},
		{"another package fails to build", "--- FAIL: TestA\nFAIL\ty [build failed]\n", failed, false, false},
		{"a panic", "panic: boom\nFAIL\tx\n", failed, false, true},
		{"a hang", "", failed, true, true},
		{"go itself fails", "go: no such package\n", failed, false, false},
	} {
		r := mutant{}.judge(test.output, test.err, test.timedOut)
		if (r.caught != "") != test.caught || (r.caught == "") == (r.problem == "") {
			t.Errorf("%s: got %+v", test.name, r)
		}
	}
}

func TestWriteTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "proof.md")
	const begin, end = "<!-- mutants: begin -->\n", "<!-- mutants: end -->\n"
	if err := os.WriteFile(file, []byte("above\n"+begin+"old\n"+end+"below\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	results := []result{{mutant: mutant{rule: "a", file: "a.go"}, caught: "TestA"}, {mutant: mutant{rule: "b", file: "b.go"}, problem: "x"}}
	if err := writeTable(file, results); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	want := "above\n" + begin + "| broken rule | file | noticed first by |\n| --- | --- | --- |\n| a | `a.go` | TestA |\n| b | `b.go` | **not noticed** |\n" + end + "below\n"
	if err != nil || string(text) != want {
		t.Errorf("got %v\n%s", err, text)
	}
}
