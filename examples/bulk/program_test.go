package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// program is the path of the built program. The tests run it as a process because
// they kill it.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		// A child inherits signals that are ignored here, as under nohup.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
		dir, err := os.MkdirTemp("", "bulk-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "bulk")
		if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// A site is the environment of the program: the vendors' fakes, and a folder.
type site struct {
	t     *testing.T
	dir   string
	fakes fakes
}

func newSite(t *testing.T) *site {
	t.Helper()
	all, err := newFakes()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, fake := range all {
			fake.Close()
		}
	})
	return &site{t, t.TempDir(), all}
}

// file writes a file into the site's folder.
func (s *site) file(name string, lines ...string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// fast are flags that remove the vendors' limits, which the fakes do not have.
var fast = []string{
	"-limit-writes", "nexudus=none", "-limit-calls", "nexudus=none", "-limit-calls", "thoughtindustries=none",
}

// calling are the commands that call vendors.
var calling = []string{"run", "work", "export", "plan", "apply", "undo", "resolve"}

// command returns the program with the fakes' addresses and credentials.
func (s *site) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, append([]string{name}, args...)...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	for _, v := range vendor.Names() {
		if slices.Contains(calling, name) && !slices.Contains(args, "-fake") {
			cmd.Args = append(cmd.Args, "-base-url", v+"="+s.fakes[v].URL)
		}
		for _, variable := range vendor.Variables(v) {
			if value := vendor.FakeEnv(v)(variable.Name); value != "" {
				cmd.Env = append(cmd.Env, variable.Name+"="+value)
			}
		}
	}
	return cmd
}

// results reads a results file, a map of column to cell for each row.
func (s *site) results(path string) []map[string]string {
	s.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	records := csv.NewReader(f)
	records.Comment = '#'
	lines, err := records.ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	var all []map[string]string
	for _, line := range lines[1:] {
		cells := make(map[string]string)
		for i, column := range lines[0] {
			cells[column] = line[i]
		}
		all = append(all, cells)
	}
	return all
}
