package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(withBinary(m))
}

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "creditctl")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "creditctl")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
		return 1
	}
	return m.Run()
}

// secret is in every credential and must be in no output.
const secret = "s3cr3t"

// credentialsEnv returns the credentials of a vendor whose fake is at url.
func credentialsEnv(vendor, url string) []string {
	return map[string][]string{
		"knox": {"KNOX_TENANT=example.org", "KNOX_DOMAIN=" + url,
			"KNOX_CLIENT_ID=" + secret + "-id", "KNOX_CLIENT_SECRET=" + secret},
		"thoughtindustries": {"THOUGHTINDUSTRIES_INSTANCE=example", "THOUGHTINDUSTRIES_API_KEY=" + secret},
		"nexudus":           {"NEXUDUS_ACCESS_TOKEN=" + secret},
		"flexprice":         {"FLEXPRICE_API_KEY=" + secret},
		"metronome":         {"METRONOME_TOKEN=" + secret},
	}[vendor]
}

var fakes = map[string]func(credittest.TB) *credittest.Server{
	"knox":              credittest.NewKnox,
	"thoughtindustries": credittest.NewThoughtIndustries,
	"nexudus":           credittest.NewNexudus,
	"flexprice":         credittest.NewFlexprice,
	"metronome":         credittest.NewMetronome,
}

// A runResult is the result of running the program.
type runResult struct {
	code           int
	stdout, stderr string
}

// runAtFake runs a command at the vendor's fake, with further flags. The credit
// is the fake's own unless the flags name one.
func runAtFake(t *testing.T, vendor string, fake *credittest.Server, command string, flags ...string) runResult {
	t.Helper()
	return runBinary(t, credentialsEnv(vendor, fake.URL), callArguments(vendor, fake, command, flags)...)
}

func callArguments(vendor string, fake *credittest.Server, command string, flags []string) []string {
	args := []string{command, "-vendor", vendor, "-base-url", fake.URL}
	if !strings.Contains(" "+strings.Join(flags, " "), " -id ") {
		args = append(args, "-id", fake.Ref.ID)
	}
	if fake.Ref.Owner != "" {
		args = append(args, "-owner", fake.Ref.Owner)
	}
	return append(args, flags...)
}

func runBinary(t *testing.T, env []string, args ...string) runResult {
	t.Helper()
	return runWithInput(t, "", env, args...)
}

func runWithInput(t *testing.T, stdin string, env []string, args ...string) runResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(env, "LANG=C") // no other variables
	var stdout, stderr bytes.Buffer
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	return newRunResult(t, cmd.Run(), &stdout, &stderr)
}

func newRunResult(t *testing.T, err error, stdout, stderr *bytes.Buffer) runResult {
	t.Helper()
	r := runResult{stdout: stdout.String(), stderr: stderr.String()}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		r.code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.stdout+r.stderr, secret) {
		t.Errorf("the output contains a secret:\n%s%s", r.stdout, r.stderr)
	}
	return r
}

// decodeJSON returns the members of the printed JSON object, each as compact
// JSON.
func (r runResult) decodeJSON(t *testing.T) map[string]string {
	t.Helper()
	if r.stderr != "" || strings.Count(r.stdout, "\n") != 1 || !strings.HasSuffix(r.stdout, "\n") {
		t.Errorf("standard output is not one line:\n%s\nstandard error:\n%s", r.stdout, r.stderr)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(r.stdout), &raw); err != nil {
		t.Fatalf("%v in %s", err, r.stdout)
	}
	got := make(map[string]string)
	for name, value := range raw {
		got[name] = string(value)
	}
	return got
}

// checkJSON checks the exit code and some members of the JSON.
func (r runResult) checkJSON(t *testing.T, code int, want map[string]string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.code, code, r.stdout, r.stderr)
	}
	got := r.decodeJSON(t)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: got  %s\nwant %s", name, got[name], value)
		}
	}
}

// checkOutput checks the exit code and the whole text output.
func (r runResult) checkOutput(t *testing.T, code int, stdout, stderr string) {
	t.Helper()
	if r.code != code || r.stdout != stdout || r.stderr != stderr {
		t.Errorf("exit code %d, want %d\nstandard output:\n%s\nwant:\n%s\nstandard error:\n%s\nwant:\n%s",
			r.code, code, r.stdout, stdout, r.stderr, stderr)
	}
}
