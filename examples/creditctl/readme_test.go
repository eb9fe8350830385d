package main

import (
	"os"
	"strings"
	"testing"
)

// The help and the README must have the same exit codes.
func TestReadmeHasTheExitCodes(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	words := strings.Join(strings.Fields(helpText), " ")
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 2 || !strings.HasPrefix(cells[0], "| ") || strings.Contains(line, "---") || strings.Contains(line, "meaning") {
			continue
		}
		code, meaning := strings.TrimPrefix(cells[0], "| "), strings.TrimSuffix(cells[1], " |")
		codes++
		if want := code + " " + strings.ReplaceAll(meaning, "`", ""); !strings.Contains(words, want) {
			t.Errorf("the help does not contain %q", want)
		}
	}
	if codes != 8 {
		t.Errorf("the README has %d exit codes, want 8", codes)
	}
}
