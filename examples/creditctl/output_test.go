package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

// runBinaryWith runs the program with the given standard streams. A nil stream
// is captured.
func runBinaryWith(t *testing.T, stdout, stderr *os.File, env []string, args ...string) runResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(env, "LANG=C")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if stderr != nil {
		cmd.Stderr = stderr
	}
	return newRunResult(t, cmd.Run(), &out, &errs)
}

// closedPipe returns the write end of a pipe without a reader.
func closedPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// unwritableFiles returns files that cannot be written, by the error of the
// system.
func unwritableFiles(t *testing.T) map[string]*os.File {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = full.Close() })
	return map[string]*os.File{"no space left on device": full, "broken pipe": closedPipe(t)}
}

// No command exits with 0 if its output could not be written.
func TestUnwritableOutputHasItsOwnExitCode(t *testing.T) {
	for reason, stdout := range unwritableFiles(t) {
		for _, test := range []struct {
			line string
			want string
		}{
			{"get -vendor nexudus -fake", "nexudus (fake) credit 87654321:"},
			{"get -vendor nexudus -fake -json", `"outcome":"read"`},
			{"update -vendor nexudus -fake -set total=1 -dry-run", "nothing was written"},
			{"doctor -vendor nexudus -fake", "nothing contradicts the spec"},
			{"probe -vendor nexudus -fake -i-know-this-changes-the-credit", "the credit is as it was"},
			{"support", "metronome"},
			{"-help", "Exit codes:"},
			{"update -help", "--idempotency-key"},
			{"-version", "JSON schema"},
			{"completion bash", "complete -o default"},
			{"update -vendor nexudus -fake -set total=1", "credit 87654321: changed"},
		} {
			r := runBinaryWith(t, stdout, nil, nil, strings.Fields(test.line)...)
			if r.code != 7 || !strings.HasPrefix(r.stderr, "creditctl: standard output could not be written: ") ||
				!strings.Contains(r.stderr, reason) || !strings.Contains(r.stderr, test.want) {
				t.Errorf("%s, %s: exit code %d\n%s", test.line, reason, r.code, r.stderr)
			}
		}
	}
}

// An applied update whose output cannot be written exits with 7, and its key is
// on standard error.
func TestUnwritableOutputOfAppliedUpdate(t *testing.T) {
	for reason, stdout := range unwritableFiles(t) {
		fake := credittest.NewMetronome(t)
		r := runBinaryWith(t, stdout, nil, credentialsEnv("metronome", fake.URL), callArguments("metronome", fake, "update", []string{"-set", "name=x"})...)
		key := fake.Writes()[0].Header.Get("Idempotency-Key")
		if r.code != 7 || !strings.Contains(r.stderr, ": changed\n") || !strings.Contains(r.stderr, "idempotency key "+key) {
			t.Errorf("%s: exit code %d\n%s", reason, r.code, r.stderr)
		}

		fake = credittest.NewMetronome(t)
		r = runBinaryWith(t, stdout, nil, credentialsEnv("metronome", fake.URL), callArguments("metronome", fake, "update", []string{"-set", "name=x", "-json"})...)
		_, object, _ := strings.Cut(r.stderr, "\n")
		var got report
		if err := json.Unmarshal([]byte(object), &got); err != nil {
			t.Errorf("%v in %s", err, r.stderr)
		}
		if r.code != 7 || got.Outcome != "applied" || got.IdempotencyKey != fake.Writes()[0].Header.Get("Idempotency-Key") {
			t.Errorf("%s: exit code %d\n%s", reason, r.code, r.stderr)
		}
	}
}

// The exit code of a failed update does not depend on its output.
func TestUnwritableOutputOfFailedUpdateKeepsItsCode(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault credittest.Fault
		code  int
	}{
		{"rejected", credittest.Respond(403, `{}`), 4},
		{"unknown", credittest.Respond(500, `{}`), 5},
		{"applied", credittest.Fault{Status: 200, Body: []byte(`{"id":"cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU","name":"Welcome"}`)}, 6},
	} {
		for _, json := range []bool{false, true} {
			fake := credittest.NewFlexprice(t)
			fake.Queue(c.fault.OnWrite())
			args := callArguments("flexprice", fake, "update", []string{"-set", "name=x"})
			stdout, stderr := (*os.File)(nil), closedPipe(t)
			if json {
				args, stdout, stderr = append(args, "-json"), closedPipe(t), nil
			}
			r := runBinaryWith(t, stdout, stderr, credentialsEnv("flexprice", fake.URL), args...)
			if r.code != c.code || !strings.Contains(r.stdout+r.stderr, "flexprice: ") {
				t.Errorf("%s, JSON %v: exit code %d\n%s%s", c.name, json, r.code, r.stdout, r.stderr)
			}
		}
	}
}

// The reader of the output exits during the request.
func TestClosedPipeDoesNotEndTheUpdate(t *testing.T) {
	fake := credittest.NewMetronome(t)
	fake.Queue(credittest.Slow(200 * time.Millisecond).OnWrite())
	script := `"$0" "$@" | true; exit "${PIPESTATUS[0]}"`
	cmd := exec.CommandContext(t.Context(), "bash", append([]string{"-c", script, binary},
		callArguments("metronome", fake, "update", []string{"-set", "name=x"})...)...)
	cmd.Env = append(credentialsEnv("metronome", fake.URL), "PATH="+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	r := newRunResult(t, cmd.Run(), &stdout, &stderr)
	if r.code != 7 || !strings.Contains(r.stderr, ": changed\n") || !strings.Contains(string(fake.Record(fake.Ref.ID)), `"name":"x"`) {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}
