// Command mutants breaks the rules that protect money, one by one, and checks that a
// test notices. It replaces a text in a source file by go's -overlay, so that the
// working tree stays as it is, and runs the tests of the packages that hold the rule.
//
//	go run ./internal/mutants                 all mutants, as a table for people
//	go run ./internal/mutants -run outcome    those whose rule or file holds the text
//	go run ./internal/mutants -write FILE     also writes the table between the marks in FILE
//
// It exits with 1 if a mutant is not noticed, or does not fit the source any more.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/creditkit/creditkit/internal/doctable"
)

func main() {
	run := flag.String("run", "", "only mutants whose rule or file holds this text")
	write := flag.String("write", "", "file that gets the table between its marks")
	parallel := flag.Int("parallel", 2, "mutants at the same time")
	flag.Parse()
	selected := slices.DeleteFunc(slices.Clone(mutants), func(m mutant) bool {
		return !strings.Contains(m.rule, *run) && !strings.Contains(m.file, *run)
	})
	results := testAll(selected, *parallel)
	missed := 0
	for _, r := range results {
		if r.caught == "" {
			missed++
			fmt.Printf("NOT NOTICED  %s: %s: %s\n", r.mutant.file, r.mutant.rule, r.problem)
		}
	}
	fmt.Printf("%d mutants, %d noticed\n", len(results), len(results)-missed)
	if *write != "" {
		if err := writeTable(*write, results); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if missed > 0 {
		os.Exit(1)
	}
}

// A mutant is one change of a source file that breaks a rule.
type mutant struct {
	rule     string // that the change breaks, in plain words
	file     string // from the repository's root
	old, new string // old occurs exactly once in the file
	tests    string // packages whose tests must notice, separated by spaces
}

// A result is what the tests made of a mutant.
type result struct {
	mutant  mutant
	caught  string // the first test that failed; "" if none did
	problem string // why none did
}

// testTime is how long the tests of one mutant may take. A mutant that makes a test hang
// is noticed.
const testTime = 4 * time.Minute

func testAll(selected []mutant, parallel int) []result {
	results := make([]result, len(selected))
	slots := make(chan struct{}, parallel)
	var group sync.WaitGroup
	for i, m := range selected {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = m.test()
			fmt.Printf("%-60s %s\n", m.rule, results[i].caught+results[i].problem)
		})
	}
	group.Wait()
	return results
}

// test runs the tests with the mutant in place of the source.
func (m mutant) test() result {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return result{mutant: m, problem: err.Error()}
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return result{mutant: m, problem: fmt.Sprintf("the text occurs %d times in the file: %q", n, m.old)}
	}
	folder, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return result{mutant: m, problem: err.Error()}
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	overlay, err := writeOverlay(folder, m.file, strings.Replace(string(source), m.old, m.new, 1))
	if err != nil {
		return result{mutant: m, problem: err.Error()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	args := append([]string{"test", "-count=1", "-overlay", overlay}, strings.Fields(m.tests)...)
	output, err := exec.CommandContext(ctx, "go", args...).CombinedOutput() //nolint:gosec // the list is in this package
	return m.judge(string(output), err, ctx.Err() != nil)
}

// writeOverlay writes the mutated source, and the file for go's -overlay.
func writeOverlay(folder, file, source string) (overlay string, err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	mutated := filepath.Join(folder, "mutated.go")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(mutated, []byte(source), 0o600); err != nil { //nolint:gosec // in a new temporary folder
		return "", err
	}
	return overlay, os.WriteFile(overlay, text, 0o600)
}

var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// judge reads the output of the tests. A mutant that does not compile is not noticed: it
// would say nothing about the tests.
func (m mutant) judge(output string, err error, timedOut bool) result {
	r := result{mutant: m}
	switch found := failedTest.FindStringSubmatch(output); {
	case strings.Contains(output, "[build failed]") || strings.Contains(output, "[setup failed]"):
		r.problem = "does not compile: " + firstLines(output, 5)
	case found != nil:
		r.caught = found[1]
	case timedOut:
		r.caught = "the tests do not end"
	case strings.Contains(output, "panic:"):
		r.caught = "a panic"
	case err != nil:
		r.problem = "the tests did not run: " + firstLines(output, 5)
	default:
		r.problem = "all tests pass"
	}
	return r
}

func firstLines(text string, n int) string {
	lines := strings.SplitN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "; ")
}

// writeTable replaces the table between the marks "mutants" of a file.
func writeTable(file string, results []result) error {
	var table strings.Builder
	table.WriteString("| broken rule | file | noticed first by |\n| --- | --- | --- |\n")
	for _, r := range results {
		caught := r.caught
		if caught == "" {
			caught = "**not noticed**"
		}
		fmt.Fprintf(&table, "| %s | `%s` | %s |\n", r.mutant.rule, r.mutant.file, caught)
	}
	return doctable.Write(file, "mutants", table.String())
}
