package examples_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// notRun are the beginnings of the commands that are not run, and the reasons.
var notRun = []struct{ command, reason string }{
	{"go install github.com/", "it needs a published version; internal/release installs from a proxy of files"},
	{"go get github.com/", "the same"},
	{"go test ", "it runs the tests that this one belongs to"},
	{"cd openapi && GOWORK=off go test", "the same"},
	{"go generate ", "it writes into the clone; make generated runs it"},
	{`test -z "$(git status`, "the same"},
	{"npm ci ", "it downloads Prism; make contract runs it"},
	{"node node_modules/", "the same"},
	{"nats-server -c", "the test starts the server"},
	{"export ORDER_SECRET=$(openssl", "it needs an account at a vendor and a database; the service's own tests start it with PostgreSQL"},
}

// Every command of every README is run, at fakes of the vendors, and the output of
// transcripts is the real one. Indented blocks and blocks of sh begin in a new folder; the
// transcripts of a README share one.
func TestCommandsOfReadmes(t *testing.T) {
	programs := buildPrograms(t)
	used := make(map[string]bool)
	for _, readme := range findReadmes(t) {
		t.Run(readme, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(readme)))
			if err != nil {
				t.Fatal(err)
			}
			r := &runner{t: t, programs: programs, used: used, changes: csvBlock(string(text)), fakes: make(map[string]*credittest.Server)}
			for _, name := range vendor.Names() {
				fake, err := vendor.Fake(name)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(fake.Close)
				r.fakes[name] = fake
			}
			shared := r.newFolder()
			for _, b := range parseBlocks(readme, string(text)) {
				dir := shared
				if !b.transcript {
					dir = r.newFolder()
				}
				r.run(b, dir)
			}
			if isProgram := strings.HasPrefix(readme, "examples/"); isProgram && r.ran == 0 {
				t.Error("no command was run")
			}
		})
	}
	for _, n := range notRun {
		if !used[n.command] {
			t.Errorf("no README has a command that begins with %q: remove it from the list", n.command)
		}
	}
}

// buildPrograms builds the example programs, and returns a folder that has, under their
// names, scripts that start this test binary as a shim (TestMain).
func buildPrograms(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	real := filepath.Join(dir, "real")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	names := []string{"bulk", "creditctl", "quickstart", "service"}
	args := []string{"build", "-buildvcs=false", "-o", real}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		args = append(args, "./"+name)
		script := fmt.Sprintf("#!/bin/sh\nREADME_PROGRAM='%s' exec '%s' \"$@\"\n", filepath.Join(real, name), self)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// TestMain runs the tests, or is a program of a README: it adds the addresses of the fakes
// to commands that call a vendor, and is replaced by the program.
func TestMain(m *testing.M) {
	program := os.Getenv("README_PROGRAM")
	if program == "" {
		os.Exit(m.Run())
	}
	args := os.Args[1:]
	if len(args) > 0 && !slices.Contains(args, "-fake") {
		args = append(args, addresses(filepath.Base(program), args)...)
	}
	err := syscall.Exec(program, append([]string{program}, args...), os.Environ())
	fmt.Fprintln(os.Stderr, err)
	os.Exit(127)
}

// calling are the commands that call a vendor and have -base-url.
var calling = map[string][]string{
	"bulk":      {"run", "work", "export", "plan", "apply", "undo", "resolve"},
	"creditctl": {"get", "find", "update", "resolve", "undo", "doctor", "probe"},
}

var vendorMember = regexp.MustCompile(`"vendor":"(\w+)"`)

// addresses returns the flags with the addresses of the fakes.
func addresses(program string, args []string) (flags []string) {
	if !slices.Contains(calling[program], args[0]) {
		return nil
	}
	valueOf := func(flag string) string {
		if i := slices.Index(args, flag); i >= 0 && i+1 < len(args) {
			return args[i+1]
		}
		return ""
	}
	name := valueOf("-vendor")
	if text, err := os.ReadFile(valueOf("-result")); err == nil { // of creditctl undo
		if m := vendorMember.FindSubmatch(text); m != nil {
			name = string(m[1])
		}
	}
	for _, v := range vendor.Names() {
		switch url := os.Getenv("README_URL_" + v); {
		case program == "bulk":
			flags = append(flags, "-base-url", v+"="+url)
		case v == name:
			flags = append(flags, "-base-url", url)
		}
	}
	return flags
}

// A runner runs the commands of one README.
type runner struct {
	t        *testing.T
	programs string
	used     map[string]bool
	changes  string // the README's file of changes
	fakes    map[string]*credittest.Server
	orders   string // the address of the service
	nats     string // the address of the NATS server
	ran      int    // the number of commands
}

// newFolder returns a folder that has the files that commands name.
func (r *runner) newFolder() string {
	r.t.Helper()
	dir := r.t.TempDir()
	const example = "bulk/testdata/changes.csv"
	text, err := os.ReadFile(example)
	if err != nil {
		r.t.Fatal(err)
	}
	in := filepath.Join(dir, "examples", example)
	if err := os.MkdirAll(filepath.Dir(in), 0o700); err != nil {
		r.t.Fatal(err)
	}
	for path, content := range map[string]string{in: string(text), filepath.Join(dir, "changes.csv"): r.changes} {
		if content == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	return dir
}

// run runs the commands of a block.
func (r *runner) run(b block, dir string) {
	r.t.Helper()
	var script []string
	for _, c := range b.commands {
		if r.isNotRun(c.text) {
			continue
		}
		r.ran++
		text := r.fillIn(c.text, dir)
		switch {
		case text == "service -fake":
			r.startService()
		case b.transcript:
			got, _ := r.shell(dir, text) // the exit code is not shown
			if strings.TrimSpace(got) != strings.TrimSpace(c.output) {
				r.t.Errorf("%v: %s\ngot\n%s\nREADME\n%s", b, c.text, got, c.output)
			}
		default:
			script = append(script, text)
		}
	}
	if len(script) == 0 {
		return
	}
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		got, err := r.shell(dir, strings.Join(script, "\n"))
		if err != nil {
			r.t.Errorf("%v: %v\n%s", b, err, got)
		}
		if err != nil || r.orders == "" || r.isAnswer(b, got) {
			return
		}
		if time.Since(began) > 20*time.Second {
			r.t.Errorf("%v: got %s", b, got)
			return
		}
	}
}

func (r *runner) isNotRun(text string) bool {
	for _, n := range notRun {
		if strings.HasPrefix(text, n.command) {
			r.used[n.command] = true
			return true
		}
	}
	return false
}

// isAnswer reports whether the service answers as its README says: an order is queued, and
// a moment later its change is applied.
func (r *runner) isAnswer(b block, got string) bool {
	var order struct{ ID, State, Outcome string }
	if err := json.Unmarshal([]byte(got), &order); err != nil || order.ID != "o-1" {
		return false
	}
	if strings.Contains(b.commands[0].text, "POST") {
		return true
	}
	return order.State == "ended" && order.Outcome == "applied"
}

// fillIn replaces what a reader fills in.
func (r *runner) fillIn(text, dir string) string {
	text = regexp.MustCompile(`go run \./examples/(\w+)`).ReplaceAllString(text, "$1")
	if m := regexp.MustCompile(`-vendor (\w+)`).FindStringSubmatch(text); m != nil {
		id, owner := "'"+r.fakes[m[1]].Ref.ID+"'", "'"+r.fakes[m[1]].Ref.Owner+"'" // no fake's id has a quote
		text = strings.NewReplacer("-id CREDIT", "-id "+id, "-id THROWAWAY", "-id "+id, "-owner CUSTOMER", "-owner "+owner).Replace(text)
	}
	if m := regexp.MustCompile(`-plan (\S+) -sha256 HASH`).FindStringSubmatch(text); m != nil {
		plan, err := os.ReadFile(filepath.Join(dir, m[1]))
		if err != nil {
			r.t.Fatal(err)
		}
		text = strings.Replace(text, "HASH", fmt.Sprintf("%x", sha256.Sum256(plan)), 1)
	}
	if strings.Contains(text, "nats://host:4222") {
		if r.nats == "" {
			r.startNATS()
		}
		text = strings.ReplaceAll(text, "nats://host:4222", r.nats)
	}
	if r.orders != "" {
		text = strings.ReplaceAll(text, "http://127.0.0.1:8080", r.orders)
	}
	return text
}

// shell runs a script, and returns both outputs.
func (r *runner) shell(dir, script string) (out string, err error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-e", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "NO_COLOR=1", "LANG=C", "PATH="+r.programs+":"+os.Getenv("PATH"))
	for name, fake := range r.fakes {
		cmd.Env = append(cmd.Env, "README_URL_"+name+"="+fake.URL)
		for _, v := range vendor.Variables(name) {
			if value := vendor.FakeEnv(name)(v.Name); value != "" {
				cmd.Env = append(cmd.Env, v.Name+"="+value)
			}
		}
	}
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// startService starts the service on free ports, until the test ends.
func (r *runner) startService() {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), filepath.Join(r.programs, "real", "service"), "-fake", "-listen", "127.0.0.1:0", "-people", "127.0.0.1:0", "-poll", "100ms")
	r.orders = r.start(cmd, regexp.MustCompile(`listening for=.* url=(http://\S+)`)) // that of orders comes first
}

// startNATS starts a NATS server, which is built from its module, until the test ends.
func (r *runner) startNATS() {
	r.t.Helper()
	server := filepath.Join(r.t.TempDir(), "nats-server")
	if out, err := exec.CommandContext(r.t.Context(), "go", "build", "-o", server, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		r.t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(r.t.Context(), server, "-a", "127.0.0.1", "-p", "-1", "-js", "-sd", r.t.TempDir())
	r.nats = "nats://" + r.start(cmd, regexp.MustCompile(`Listening for client connections on (\S+)`))
}

// start starts a server, and returns what the pattern finds in its log. The server ends
// with the test.
func (r *runner) start(cmd *exec.Cmd, pattern *regexp.Regexp) string {
	r.t.Helper()
	log, err := cmd.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	var seen bytes.Buffer
	for lines := bufio.NewScanner(log); lines.Scan(); {
		fmt.Fprintln(&seen, lines.Text())
		if m := pattern.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, log) }() // until it ends
			return m[1]
		}
	}
	r.t.Fatalf("%s has not started\n%s", cmd.Path, &seen)
	return ""
}
