package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{
		"":                                     "get\nupdate\nsupport\ncompletion\n",
		"update -vendor":                       "knox\nthoughtindustries\nnexudus\nflexprice\nmetronome\n",
		"support -vendor":                      "knox\nthoughtindustries\nnexudus\nflexprice\nmetronome\n",
		"update -vendor knox -set note=x -set": "name=\nnote=\ntotal=\nbalance=\nstarts_at=\nexpires_at=\npriority=\nmetadata=\n",
		"update --clear":                       "name\nnote\ntotal\nbalance\nstarts_at\nexpires_at\npriority\nmetadata\n",
		"update --dr":                          "--dry-run\n",
	} {
		r := execute(t, nil, append(strings.Fields(line), "--generate-shell-completion")...)
		var got strings.Builder
		for line := range strings.Lines(r.stdout) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ":") // what follows explains it
			got.WriteString(name + "\n")
		}
		if r.code != 0 || got.String() != want {
			t.Errorf("%q: exit code %d\n%s%s", line, r.code, r.stdout, r.stderr)
		}
	}
}

// The script is bash, which is asked for the commands as a user's Tab does.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	script := `_get_comp_words_by_ref() { cur="${COMP_WORDS[COMP_CWORD]}"; }
` + execute(t, nil, "completion", "bash").stdout + `
COMP_WORDS=("$0" ""); COMP_CWORD=1; COMP_TYPE=9
__creditctl_bash_autocomplete
echo "${COMPREPLY[@]}"
COMP_WORDS=("$0" update -vendor kn); COMP_CWORD=3
__creditctl_bash_autocomplete
echo "${COMPREPLY[@]}"
`
	cmd := exec.CommandContext(t.Context(), bash, "-c", script, binary)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if want := "get update support completion\nknox\n"; err != nil || string(out) != want {
		t.Errorf("%v\n%s", err, out)
	}
}
