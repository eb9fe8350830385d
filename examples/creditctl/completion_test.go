package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompletion(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"", "get\nfind\nupdate\nresolve\nundo\ndoctor\nprobe\nsupport\ncompletion\n"},
		{"update -vendor", "knox\nthoughtindustries\nnexudus\nflexprice\nmetronome\n"},
		{"support -vendor", "knox\nthoughtindustries\nnexudus\nflexprice\nmetronome\n"},
		{"update -vendor knox -set note=x -set", "name=\nnote=\ntotal=\nbalance=\nstarts_at=\nexpires_at=\npriority=\nmetadata=\n"},
		{"update --clear", "name\nnote\ntotal\nbalance\nstarts_at\nexpires_at\npriority\nmetadata\n"},
		{"update --dr", "--dry-run\n"},
	} {
		r := runBinary(t, nil, append(strings.Fields(c.line), "--generate-shell-completion")...)
		var got strings.Builder
		for line := range strings.Lines(r.stdout) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ":") // without the description
			got.WriteString(name + "\n")
		}
		if r.code != 0 || got.String() != c.want {
			t.Errorf("%q: exit code %d\n%s%s", c.line, r.code, r.stdout, r.stderr)
		}
	}
}

// The bash script must work without the bash-completion package. The test calls
// it with the words as bash splits them.
func TestBashCompletionNeedsNoPackage(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	trap := filepath.Join(t.TempDir(), "evaluated")
	for _, c := range []struct{ words, want string }{
		{`""`, "get find update resolve undo doctor probe support completion"},
		{`up`, "update"},
		{`update -vendor kn`, "knox"},
		{`update -vendor = kn`, "knox"},
		{`update -vendor = ""`, "knox thoughtindustries nexudus flexprice metronome"},
		{`update -vendor =`, "knox thoughtindustries nexudus flexprice metronome"},
		{`update -set total = 1 -set starts_at = 2027-01-01T00 : 00 : 00Z -set no`, "note="},
		{`update --dr`, "--dry-run"},
		{`update -dr`, "-dry-run"},
		{`update -set 'note=$(touch ` + trap + `)' -clear pri`, "priority"},
		{`completion ba`, "bash"},
	} {
		script := `source <("$0" completion bash)
COMP_WORDS=("$0" ` + c.words + `); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_creditctl
echo "${COMPREPLY[@]}"`
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "--noprofile", "-c", script, binary)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != c.want+"\n" {
			t.Errorf("%s: %v\n%s", c.words, err, out)
		}
	}
	if _, err := os.Stat(trap); err == nil {
		t.Error("the script evaluated the command line")
	}
}

func TestCompletionScriptsOfOtherShells(t *testing.T) {
	for _, shell := range []string{"zsh", "fish", "pwsh"} {
		if r := runBinary(t, nil, "completion", shell); r.code != 0 || r.stderr != "" || !strings.Contains(r.stdout, "generate-shell-completion") {
			t.Errorf("%s: exit code %d\n%s%s", shell, r.code, r.stdout, r.stderr)
		}
	}
}
