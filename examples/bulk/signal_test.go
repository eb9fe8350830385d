package main

import (
	"bufio"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

// slowRows returns a job whose rows take some time and must not be sent twice.
func slowRows(t *testing.T, rows int, each time.Duration) (s *site, all []change, path string) {
	t.Helper()
	s, all = newSite(t), unsafeChanges(rows)
	path = s.give(all)
	for range rows {
		s.fakes["thoughtindustries"].Queue(credittest.Slow(each).OnWrite())
	}
	return s, all, path
}

// After each of the signals, requests in flight end and their answers are recorded,
// so that no row is unknown.
func TestSignalsRecordRequestsInFlight(t *testing.T) {
	for _, signals := range [][]syscall.Signal{{syscall.SIGHUP}, {syscall.SIGTERM}, {syscall.SIGINT}, {syscall.SIGHUP, syscall.SIGHUP}} {
		t.Run(signals[0].String(), func(t *testing.T) {
			t.Parallel()
			s, all, path := slowRows(t, 60, 150*time.Millisecond)
			p := s.start(t.Context(), "run", append([]string{"-in", path}, fast...)...)
			s.awaitRequests(p)
			for _, signal := range signals {
				p.signal(signal)
				time.Sleep(20 * time.Millisecond)
			}
			if code := p.code(); code != codeUnfinished {
				t.Fatalf("exit code %d\n%s", code, &p.out.text)
			}
			contains(t, p.out.text.String(), "run it again to continue", "of 60 rows ended in ")
			pending := 0
			for _, r := range s.results(path + ".results.csv") { // the rows so far
				if r["outcome"] == "pending" {
					pending++
				}
			}
			if pending == 0 || pending == 60 {
				t.Errorf("%d rows are pending", pending)
			}
			code, out := s.run("run", append([]string{"-in", path}, fast...)...)
			if code != codeDone {
				t.Fatalf("exit code %d\n%s", code, out)
			}
			contains(t, out, "this run: ", "in all: 60 of 60 rows ended in ", " over 2 runs")
			s.verify(all, path+".results.csv")
		})
	}
}

func TestIgnoredSIGHUPStaysIgnored(t *testing.T) {
	t.Parallel()
	s, all, path := slowRows(t, 16, 100*time.Millisecond)
	cmd := s.command(t.Context(), "run", append([]string{"-in", path}, fast...)...)
	shell := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", `trap "" HUP; exec "$0" "$@"`}, cmd.Args...)...)
	shell.Args[3] = program
	shell.Dir, shell.Env = cmd.Dir, cmd.Env
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	for s.requests() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	_ = shell.Process.Signal(syscall.SIGHUP)
	if err := shell.Wait(); err != nil {
		t.Fatalf("the run did not end normally: %v", err)
	}
	s.verify(all, path+".results.csv")
}

// If the reader of the output exits after one line, as head does, the run continues
// and writes its results.
func TestClosedOutputDoesNotStopRun(t *testing.T) {
	t.Parallel()
	for _, both := range []bool{false, true} {
		s, all, path := slowRows(t, 40, 50*time.Millisecond)
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := s.command(t.Context(), "run", append([]string{"-in", path}, fast...)...)
		cmd.Stdout = write
		if both {
			cmd.Stderr = write
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = write.Close()
		line, err := bufio.NewReader(read).ReadString('\n')
		_ = read.Close()
		if err != nil {
			t.Fatal(err)
		}
		contains(t, line, "changes.jsonl: real run: thoughtindustries at http://127.0.0.1:")
		if err := cmd.Wait(); err != nil {
			t.Fatalf("got %v", err)
		}
		s.verify(all, path+".results.csv")
	}
}

// The same with head itself.
func TestPipeToHeadWritesResults(t *testing.T) {
	t.Parallel()
	s, all, path := slowRows(t, 20, 50*time.Millisecond)
	cmd := s.command(t.Context(), "run", append([]string{"-in", path}, fast...)...)
	shell := exec.CommandContext(t.Context(), "/bin/bash", append([]string{"-c", `set -o pipefail; "$0" "$@" | head -1`}, cmd.Args...)...)
	shell.Args[3] = program
	shell.Dir, shell.Env = cmd.Dir, cmd.Env
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("got %v\n%s", err, out)
	}
	contains(t, string(out), "changes.jsonl: real run: ")
	s.verify(all, path+".results.csv")
}

// An output that cannot be written is an error of commands without another result.
// The command run still writes its results file.
func TestOutputWriteErrorIsReported(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Log("this system has no /dev/full")
		return
	}
	s := newSite(t)
	path := s.give(changes(6))
	for _, test := range []struct {
		name string
		code int
	}{{"check", codeRefused}, {"run", codeDone}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		var errs output
		errs.working = make(chan struct{})
		cmd := s.command(t.Context(), test.name, "-in", path)
		cmd.Stdout, cmd.Stderr = full, &errs
		_ = cmd.Run()
		_ = full.Close()
		if code := cmd.ProcessState.ExitCode(); code != test.code {
			t.Errorf("%s: exit code %d", test.name, code)
		}
		contains(t, errs.text.String(), "cannot write the standard output")
	}
}
