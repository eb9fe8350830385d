package interrupt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/internal/interrupt"
)

// programEnv is the environment variable that makes the test binary run the
// program under test.
const programEnv = "INTERRUPT_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) == "" {
		// A child inherits signals that are ignored here, as under nohup.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
		os.Exit(m.Run())
	}
	interrupt.IgnoreBrokenPipe()
	ctx, stop := interrupt.NotifyContext(context.Background())
	defer stop()
	fmt.Println("ready")
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
		os.Exit(9)
	}
	fmt.Println("ends:", context.Cause(ctx))
	_ = bufio.NewScanner(os.Stdin).Scan() // until the test closes it
	fmt.Fprintln(os.Stderr, "ended")
	os.Exit(7)
}

// A child is the program under test in its own process.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Scanner
	in  interface{ Close() error }
	err *strings.Builder
}

func startChild(t *testing.T, command ...string) *child {
	t.Helper()
	if len(command) == 0 {
		command = []string{os.Args[0]}
	}
	c := &child{t: t, cmd: exec.CommandContext(t.Context(), command[0], command[1:]...), err: &strings.Builder{}}
	c.cmd.Env = append(os.Environ(), programEnv+"=1")
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	c.cmd.Stderr = c.err
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.expectLine("ready")
	return c
}

func (c *child) expectLine(line string) {
	c.t.Helper()
	if !c.out.Scan() || c.out.Text() != line {
		c.t.Fatalf("got %q, want %q", c.out.Text(), line)
	}
}

func (c *child) sendSignal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// waitForExit closes the program's standard input and returns its exit code.
func (c *child) waitForExit() int {
	_ = c.in.Close()
	for c.out.Scan() { // Wait closes the pipe
	}
	_ = c.cmd.Wait()
	return c.cmd.ProcessState.ExitCode()
}

func TestSignalCancelsContext(t *testing.T) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			c := startChild(t)
			c.sendSignal(s)
			c.expectLine("ends: received signal " + s.String())
			if code := c.waitForExit(); code != 7 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestSecondInterruptKills(t *testing.T) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			c := startChild(t)
			c.sendSignal(syscall.SIGHUP)
			c.expectLine("ends: received signal hangup")
			c.sendSignal(s)
			_ = c.cmd.Wait()
			if status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
				t.Errorf("got %v", c.cmd.ProcessState)
			}
		})
	}
}

// A closing terminal sends SIGHUP both through the shell and directly.
func TestSecondHangupDoesNotKill(t *testing.T) {
	c := startChild(t)
	c.sendSignal(syscall.SIGHUP)
	c.expectLine("ends: received signal hangup")
	c.sendSignal(syscall.SIGHUP)
	if code := c.waitForExit(); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

func TestIgnoredHangupStaysIgnored(t *testing.T) {
	c := startChild(t, "/bin/sh", "-c", `trap "" HUP; exec "$0"`, os.Args[0])
	c.sendSignal(syscall.SIGHUP)
	c.sendSignal(os.Interrupt)
	c.expectLine("ends: received signal interrupt")
	if code := c.waitForExit(); code != 7 {
		t.Errorf("exit code %d", code)
	}
}

func TestClosedOutputDoesNotKill(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := exec.CommandContext(t.Context(), os.Args[0])
	d.Env, d.Stdout = append(os.Environ(), programEnv+"=1"), write
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(read).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	_ = write.Close()
	_ = read.Close()
	_ = d.Process.Signal(os.Interrupt)
	_ = d.Wait()
	if code := d.ProcessState.ExitCode(); code != 7 {
		t.Errorf("got %v", d.ProcessState)
	}
}

func TestStopCancels(t *testing.T) {
	ctx, stop := interrupt.NotifyContext(t.Context())
	stop()
	stop()
	if !errors.Is(context.Cause(ctx), context.Canceled) {
		t.Errorf("got %v", context.Cause(ctx))
	}
	if _, ok := errors.AsType[interrupt.Signal](context.Cause(ctx)); ok {
		t.Error("stop is reported as a signal")
	}
}
