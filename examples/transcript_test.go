package examples_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A block is the commands of one code block of a README.
type block struct {
	readme string
	line   int // of its beginning
	// transcript is true for commands after "$ ", whose output is shown.
	transcript bool
	commands   []command
}

// A command is one line, or all lines of a block of sh.
type command struct{ text, output string }

func (b block) String() string { return fmt.Sprintf("%s:%d", b.readme, b.line) }

// findReadmes returns the README files of the repository, by their paths in it.
func findReadmes(t *testing.T) (paths []string) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || entry.Name() == "testdata"):
			return filepath.SkipDir
		case strings.EqualFold(entry.Name(), "README.md"):
			paths = append(paths, filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator))))
		}
		return nil
	})
	if err != nil || len(paths) < 5 {
		t.Fatalf("found %v, %v", paths, err)
	}
	return paths
}

// parseBlocks returns the code blocks with commands: indented ones, blocks of sh, and
// blocks without a language that have lines after "$ ".
func parseBlocks(readme, text string) (blocks []block) {
	var b *block
	fence, indented := "", false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence, indented = "```"+strings.TrimPrefix(line, "```"), false
			blocks = append(blocks, block{readme: readme, line: i + 1, transcript: fence == "```"})
			b = &blocks[len(blocks)-1]
		case fence != "" && line == "```":
			fence = ""
		case fence == "```sh":
			if len(b.commands) == 0 {
				b.commands = []command{{}}
			}
			b.commands[0].text += line + "\n"
		case fence == "```":
			if shown, ok := strings.CutPrefix(line, "$ "); ok {
				b.commands = append(b.commands, command{text: shown})
			} else if n := len(b.commands); n > 0 {
				b.commands[n-1].output += line + "\n"
			}
		case fence == "" && strings.HasPrefix(line, "    "):
			if !indented {
				indented = true
				blocks = append(blocks, block{readme: readme, line: i + 1})
				b = &blocks[len(blocks)-1]
			}
			b.commands = append(b.commands, command{text: strings.TrimPrefix(line, "    ")})
		default:
			indented = false
		}
	}
	var all []block
	for _, b := range blocks {
		if len(b.commands) > 0 {
			all = append(all, b)
		}
	}
	return all
}

// csvBlock returns the block of csv of a README, or "".
func csvBlock(text string) string {
	_, after, _ := strings.Cut(text, "```csv\n")
	table, _, _ := strings.Cut(after, "```")
	return table
}

func TestParseBlocks(t *testing.T) {
	text := strings.Join([]string{
		"# Title", "", "    one -a   # comment", "    two", "", "text", "", "```", "$ three", "line", "$ four", "```",
		"", "```sh", "five", "six", "```", "```go", "    seven", "$ eight", "```", "```", "no command", "```", "", "    nine",
	}, "\n")
	var got bytes.Buffer
	for _, b := range parseBlocks("README.md", text) {
		fmt.Fprintf(&got, "%v %v %q\n", b, b.transcript, b.commands)
	}
	const want = `README.md:3 false [{"one -a   # comment" ""} {"two" ""}]
README.md:8 true [{"three" "line\n"} {"four" ""}]
README.md:14 false [{"five\nsix\n" ""}]
README.md:26 false [{"nine" ""}]
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
