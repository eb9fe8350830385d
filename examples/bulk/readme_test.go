package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The README must show the real output.
func TestReadmeShowsRealOutput(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	s, commands := newSite(t), 0
	for i, block := range strings.Split(string(text), "```") {
		if i%2 == 0 {
			continue // text between the blocks
		}
		for _, shown := range strings.Split(block, "\n$ ")[1:] {
			line, want, _ := strings.Cut(shown, "\n")
			cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
			cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
			got, err := cmd.CombinedOutput()
			if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
				t.Errorf("%s: %v\ngot\n%s\nREADME\n%s", line, err, got, want)
			}
			commands++
		}
	}
	if commands != 6 {
		t.Errorf("ran %d commands, want 6", commands)
	}
}
