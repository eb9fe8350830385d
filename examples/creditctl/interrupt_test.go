package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
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
// the signal.
func interrupted(t *testing.T, sent os.Signal, vendor string, fake *credittest.Server, command string, flags ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, arguments(vendor, fake, command, flags)...)
	cmd.Env = credentials(vendor, fake.URL)
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
	if err := cmd.Process.Signal(sent); err != nil {
		t.Fatal(err)
	}
	return outcome(t, cmd.Wait(), &stdout, &stderr)
}

func TestCtrlCDuringAWriteSaysThatNobodyKnows(t *testing.T) {
	for _, sent := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		fake := credittest.NewThoughtIndustries(t)
		fake.Queue(credittest.Slow(slow).OnWrite())
		interrupted(t, sent, "thoughtindustries", fake, "update", "-set", "balance=0").says(t, 5, "",
			"creditctl: thoughtindustries: UpdateCreditBatch: unavailable: context canceled; "+
				"whether the change was made is unknown: read the credit before sending it again\n")
	}
}

func TestCtrlCBeforeTheWriteSaysThatNothingWasSent(t *testing.T) {
	fake := credittest.NewNexudus(t)
	fake.Queue(credittest.Slow(slow).OnRead())
	r := interrupted(t, os.Interrupt, "nexudus", fake, "update", "-set", "total=1")
	if r.code != 3 || !strings.Contains(r.stderr, "context canceled; no change was sent") {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
	if got := fake.Writes(); len(got) > 0 {
		t.Errorf("it wrote %s", got[0].Body)
	}
}

func TestCtrlCDuringAGet(t *testing.T) {
	fake := credittest.NewThoughtIndustries(t)
	fake.Queue(credittest.Slow(slow).OnRead())
	interrupted(t, os.Interrupt, "thoughtindustries", fake, "get", "-json").
		shows(t, 3, map[string]string{"outcome": `"not sent"`, "kind": `"unavailable"`})
}

// waiting makes the test's own program wait for interrupts, and do nothing else.
const waiting = "CREDITCTL_TEST_WAITING"

func waitForInterrupts() {
	ctx, stop := interruptible(context.Background())
	defer stop()
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("interrupted")
	select {} // only a signal ends it
}

func TestTheSecondCtrlCEndsTheProgram(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), waiting+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	for _, want := range []string{"ready", "interrupted"} {
		line, err := lines.ReadString('\n')
		if err != nil || strings.TrimSpace(line) != want {
			t.Fatalf("it said %q, %v, and not %s", line, err, want)
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for { // the second may come before the first is dealt with
		select {
		case <-tick.C:
			_ = cmd.Process.Signal(os.Interrupt)
		case <-ended:
			if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !s.Signaled() || s.Signal() != syscall.SIGINT {
				t.Errorf("it ended with %v", cmd.ProcessState)
			}
			return
		}
	}
}
