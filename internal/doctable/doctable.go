// Package doctable writes measured tables into documents, between marks: the name of the
// table and "begin" in an HTML comment before it, and the name and "end" after it.
package doctable

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A Table is the result of a run.
type Table struct {
	Name    string        // of the marks
	Command string        // that repeats the run
	Took    time.Duration // the run
	Text    string        // shown as it is
}

// Publish logs the table. If file is not empty, it also writes the table there, with the
// date, the commit, the machine and the command.
func (r Table) Publish(t testing.TB, file string) {
	t.Helper()
	t.Log("\n" + r.Text)
	if file == "" || t.Failed() {
		return
	}
	commit, err := currentCommit(t.Context())
	if err != nil {
		t.Error(err)
		return
	}
	stamp := fmt.Sprintf("Run on %s at commit %s with %s on %s,\nin %s, by\n`%s`:\n\n",
		time.Now().UTC().Format(time.DateOnly), commit, runtime.Version(), machine(), inWords(r.Took), r.Command)
	if err := Write(file, r.Name, stamp+"```\n"+strings.Trim(r.Text, "\n")+"\n```\n"); err != nil {
		t.Error(err)
	}
}

// Write replaces what is between the marks of name in a file.
func Write(file, name, text string) error {
	old, err := os.ReadFile(file) //nolint:gosec // the user names the file
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->\n"
	before, rest, begins := strings.Cut(string(old), begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return fmt.Errorf("%s: has no marks %q and %q", file, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(file, []byte(before+begin+text+end+after), 0o644) //nolint:gosec // a file of the repository
}

// currentCommit returns the commit of the working tree. Changes in docs do not count,
// because these tables are there.
func currentCommit(ctx context.Context) (string, error) {
	hash, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "", fmt.Errorf("git rev-parse: %w", err)
	}
	changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", ":(top)", ":(top,exclude)docs").Output()
	if err != nil {
		return "", fmt.Errorf("git status: %w", err)
	}
	text := strings.TrimSpace(string(hash))
	if len(changes) > 0 {
		text += " with uncommitted changes"
	}
	return text, nil
}

// machine returns the system, the cores and, on Linux, the processor.
func machine() string {
	text := fmt.Sprintf("%s/%s with %d cores", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	info, err := os.ReadFile("/proc/cpuinfo")
	if model := processor.FindSubmatch(info); err == nil && model != nil {
		text += " (" + string(model[1]) + ")"
	}
	return text
}

var processor = regexp.MustCompile(`(?m)^model name\s*: (.+)$`)

func inWords(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f seconds", max(1, d.Seconds()))
	}
	return fmt.Sprintf("%.0f minutes", d.Minutes())
}
