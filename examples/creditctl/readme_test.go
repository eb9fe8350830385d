package main

import (
	"os"
	"strings"
	"testing"
)

// What the README shows is what the program says.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for i, block := range strings.Split(string(text), "```\n") {
		if i%2 == 0 {
			continue // between the blocks
		}
		for _, shown := range strings.Split(block, "$ creditctl ")[1:] {
			line, want, _ := strings.Cut(shown, "\n")
			if got := execute(t, nil, strings.Fields(line)...); got.stdout+got.stderr != want {
				t.Errorf("creditctl %s\nsays\n%s%s\nand the README\n%s", line, got.stdout, got.stderr, want)
			}
			count++
		}
	}
	if count != 5 {
		t.Errorf("%d commands were run", count)
	}
}
