package main

import (
	"os"
	"strings"
	"testing"
)

// The README must show the real output and exit codes.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for i, block := range strings.Split(string(text), "```\n") {
		if i%2 == 0 {
			continue // text between the blocks
		}
		for _, shown := range strings.Split(block, "$ creditctl ")[1:] {
			line, want, _ := strings.Cut(shown, "\n")
			if got := runBinary(t, nil, strings.Fields(line)...); got.stdout+got.stderr != want {
				t.Errorf("creditctl %s\ngot\n%s%s\nREADME\n%s", line, got.stdout, got.stderr, want)
			}
			count++
		}
	}
	if count != 9 {
		t.Errorf("ran %d commands, want 9", count)
	}
	words := strings.Join(strings.Fields(helpText), " ")
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 2 || !strings.HasPrefix(cells[0], "| ") || strings.Contains(line, "---") || strings.Contains(line, "meaning") {
			continue
		}
		code, meaning := strings.TrimPrefix(cells[0], "| "), strings.TrimSuffix(cells[1], " |")
		if want := code + " " + strings.ReplaceAll(meaning, "`", ""); !strings.Contains(words, want) {
			t.Errorf("the help does not contain %q", want)
		}
	}
}
