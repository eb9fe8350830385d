package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

// longDelay is longer than any test.
const longDelay = 10 * time.Minute

// runInterrupted starts the program, waits for the fake's first request, and
// sends the signals.
func runInterrupted(t *testing.T, signals []os.Signal, vendor string, fake *credittest.Server, command string, flags ...string) runResult {
	t.Helper()
	return runInterruptedBy(t, []string{binary}, signals, vendor, fake, command, flags...)
}

// runInterruptedBy is runInterrupted with a command that starts the program.
func runInterruptedBy(t *testing.T, start []string, signals []os.Signal, vendor string, fake *credittest.Server, command string, flags ...string) runResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, start[0], append(start[1:], callArguments(vendor, fake, command, flags)...)...)
	cmd.Env = append(credentialsEnv(vendor, fake.URL), "PATH="+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(fake.Requests()) == 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("no request arrived")
		}
	}
	for _, s := range signals {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	return newRunResult(t, cmd.Wait(), &stdout, &stderr)
}

var interruptSignals = []struct {
	signal os.Signal
	name   string
}{{os.Interrupt, "interrupt"}, {syscall.SIGTERM, "terminated"}, {syscall.SIGHUP, "hangup"}}

func TestSignalDuringWriteReportsUnknown(t *testing.T) {
	for _, s := range interruptSignals {
		fake := credittest.NewThoughtIndustries(t)
		fake.Queue(credittest.Slow(longDelay).OnWrite())
		runInterrupted(t, []os.Signal{s.signal}, "thoughtindustries", fake, "update", "-set", "balance=0").checkOutput(t, 5, "",
			"creditctl: thoughtindustries: UpdateCreditBatch: unavailable: context canceled; "+
				"whether the change was made is unknown: read the credit before sending it again\n"+
				"the program was interrupted by a signal: "+s.name+"\n")
	}
}

func TestSignalDuringWriteReportsIdempotencyKey(t *testing.T) {
	for _, s := range interruptSignals {
		fake := credittest.NewMetronome(t)
		fake.Queue(credittest.Slow(longDelay).OnWrite())
		r := runInterrupted(t, []os.Signal{s.signal}, "metronome", fake, "update", "-set", "name=x")
		key := fake.Writes()[0].Header.Get("Idempotency-Key")
		if want := "the same change with -idempotency-key " + key + " is applied once"; r.code != 5 || key == "" || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit code %d\n%s", s.name, r.code, r.stderr)
		}

		fake = credittest.NewMetronome(t)
		fake.Queue(credittest.Slow(longDelay).OnWrite())
		r = runInterrupted(t, []os.Signal{s.signal}, "metronome", fake, "update", "-set", "name=x", "-json")
		key = fake.Writes()[0].Header.Get("Idempotency-Key")
		r.checkJSON(t, 5, map[string]string{"outcome": `"unknown"`, "kind": `"canceled"`, "idempotency_key": `"` + key + `"`, "repeatable": "true"})
	}
}

// A closing terminal sends SIGHUP twice, and the standard streams fail.
func TestTwoHangupsReportTheOutcome(t *testing.T) {
	fake := credittest.NewMetronome(t)
	fake.Queue(credittest.Slow(longDelay).OnWrite())
	r := runInterruptedBy(t, []string{"bash", "-c", `exec "$0" "$@" >/dev/full 2>/dev/full`, binary},
		[]os.Signal{syscall.SIGHUP, syscall.SIGHUP}, "metronome", fake, "update", "-set", "name=x")
	if r.code != 5 {
		t.Errorf("exit code %d", r.code)
	}
}

func TestIgnoredHangupStaysIgnored(t *testing.T) {
	fake := credittest.NewMetronome(t)
	fake.Queue(credittest.Slow(300 * time.Millisecond).OnWrite())
	r := runInterruptedBy(t, []string{"nohup", binary}, []os.Signal{syscall.SIGHUP}, "metronome", fake, "update", "-set", "name=x", "-json")
	var got report
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.code != 0 || got.Outcome != "applied" {
		t.Errorf("exit code %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
	}
}

func TestSignalBeforeWriteReportsNotSent(t *testing.T) {
	for _, s := range interruptSignals {
		fake := credittest.NewNexudus(t)
		fake.Queue(credittest.Slow(longDelay).OnRead())
		r := runInterrupted(t, []os.Signal{s.signal}, "nexudus", fake, "update", "-set", "total=1")
		if r.code != 3 || !strings.Contains(r.stderr, "context canceled; no change was sent") {
			t.Errorf("%s: exit code %d\n%s", s.name, r.code, r.stderr)
		}
		if got := fake.Writes(); len(got) > 0 {
			t.Errorf("%s: unexpected write %s", s.name, got[0].Body)
		}
	}
}

func TestSignalDuringGetReportsNotSent(t *testing.T) {
	fake := credittest.NewThoughtIndustries(t)
	fake.Queue(credittest.Slow(longDelay).OnRead())
	runInterrupted(t, []os.Signal{os.Interrupt}, "thoughtindustries", fake, "get", "-json").
		checkJSON(t, 3, map[string]string{"outcome": `"not sent"`, "kind": `"canceled"`})
}
