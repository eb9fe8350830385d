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

// slow is longer than any test lasts.
const slow = 10 * time.Minute

// interrupted starts the program, waits until the fake has a request, and sends
// the signals.
func interrupted(t *testing.T, signals []os.Signal, vendor string, fake *credittest.Server, command string, flags ...string) ran {
	t.Helper()
	return interruptedAs(t, []string{binary}, signals, vendor, fake, command, flags...)
}

// interruptedAs starts the program by another one.
func interruptedAs(t *testing.T, start []string, signals []os.Signal, vendor string, fake *credittest.Server, command string, flags ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, start[0], append(start[1:], callArguments(vendor, fake, command, flags)...)...)
	cmd.Env = append(credentials(vendor, fake.URL), "PATH="+os.Getenv("PATH"))
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
			t.Fatal("nothing was sent")
		}
	}
	for _, s := range signals {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	return outcome(t, cmd.Wait(), &stdout, &stderr)
}

var endings = []struct {
	signal os.Signal
	name   string
}{{os.Interrupt, "interrupt"}, {syscall.SIGTERM, "terminated"}, {syscall.SIGHUP, "hangup"}}

func TestSignalDuringAWriteReportsTheOutcome(t *testing.T) {
	for _, s := range endings {
		fake := credittest.NewThoughtIndustries(t)
		fake.Queue(credittest.Slow(slow).OnWrite())
		interrupted(t, []os.Signal{s.signal}, "thoughtindustries", fake, "update", "-set", "balance=0").says(t, 5, "",
			"creditctl: thoughtindustries: UpdateCreditBatch: unavailable: context canceled; "+
				"whether the change was made is unknown: read the credit before sending it again\n"+
				"the program was interrupted by a signal: "+s.name+"\n")
	}
}

func TestSignalDuringAWriteReportsTheKey(t *testing.T) {
	for _, s := range endings {
		fake := credittest.NewMetronome(t)
		fake.Queue(credittest.Slow(slow).OnWrite())
		r := interrupted(t, []os.Signal{s.signal}, "metronome", fake, "update", "-set", "name=x")
		key := fake.Writes()[0].Header.Get("Idempotency-Key")
		if want := "the same change with -idempotency-key " + key + " is applied once"; r.code != 5 || key == "" || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit code %d\n%s", s.name, r.code, r.stderr)
		}

		fake = credittest.NewMetronome(t)
		fake.Queue(credittest.Slow(slow).OnWrite())
		r = interrupted(t, []os.Signal{s.signal}, "metronome", fake, "update", "-set", "name=x", "-json")
		key = fake.Writes()[0].Header.Get("Idempotency-Key")
		r.shows(t, 5, map[string]string{"outcome": `"unknown"`, "kind": `"canceled"`, "idempotency_key": `"` + key + `"`, "repeatable": "true"})
	}
}

// A closing terminal sends SIGHUP twice and takes the streams away.
func TestHangupOfATerminal(t *testing.T) {
	fake := credittest.NewMetronome(t)
	fake.Queue(credittest.Slow(slow).OnWrite())
	r := interruptedAs(t, []string{"bash", "-c", `exec "$0" "$@" >/dev/full 2>/dev/full`, binary},
		[]os.Signal{syscall.SIGHUP, syscall.SIGHUP}, "metronome", fake, "update", "-set", "name=x")
	if r.code != 5 {
		t.Errorf("exit code %d", r.code)
	}
}

func TestIgnoredHangupStaysIgnored(t *testing.T) {
	fake := credittest.NewMetronome(t)
	fake.Queue(credittest.Slow(300 * time.Millisecond).OnWrite())
	r := interruptedAs(t, []string{"nohup", binary}, []os.Signal{syscall.SIGHUP}, "metronome", fake, "update", "-set", "name=x", "-json")
	var got report
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.code != 0 || got.Outcome != "applied" {
		t.Errorf("exit code %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
	}
}

func TestSignalBeforeTheWriteReportsThatNothingWasSent(t *testing.T) {
	for _, s := range endings {
		fake := credittest.NewNexudus(t)
		fake.Queue(credittest.Slow(slow).OnRead())
		r := interrupted(t, []os.Signal{s.signal}, "nexudus", fake, "update", "-set", "total=1")
		if r.code != 3 || !strings.Contains(r.stderr, "context canceled; no change was sent") {
			t.Errorf("%s: exit code %d\n%s", s.name, r.code, r.stderr)
		}
		if got := fake.Writes(); len(got) > 0 {
			t.Errorf("%s: it wrote %s", s.name, got[0].Body)
		}
	}
}

func TestSignalDuringAGet(t *testing.T) {
	fake := credittest.NewThoughtIndustries(t)
	fake.Queue(credittest.Slow(slow).OnRead())
	interrupted(t, []os.Signal{os.Interrupt}, "thoughtindustries", fake, "get", "-json").
		shows(t, 3, map[string]string{"outcome": `"not sent"`, "kind": `"canceled"`})
}
