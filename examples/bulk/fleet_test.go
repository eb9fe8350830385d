package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A natsServer is a real one, in a process of its own, built from its module.
type natsServer struct {
	t         *testing.T
	program   string
	port, dir string
	cmd       *exec.Cmd
}

func newNATSServer(t *testing.T) *natsServer {
	t.Helper()
	s := &natsServer{t: t, program: filepath.Join(t.TempDir(), "nats-server"), dir: t.TempDir()}
	if out, err := exec.Command("go", "build", "-o", s.program, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, s.port, _ = net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *natsServer) url() string { return "nats://127.0.0.1:" + s.port }

func (s *natsServer) start() {
	s.t.Helper()
	s.cmd = exec.Command(s.program, "-a", "127.0.0.1", "-p", s.port, "-js", "-sd", s.dir)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 200 {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+s.port, time.Second)
		if err == nil {
			_ = conn.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.t.Fatal("nats-server does not start")
}

func (s *natsServer) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// A worker is a process of the fleet.
type worker struct {
	cmd   *exec.Cmd
	out   bytes.Buffer
	ended chan error
}

func (s *site) worker(ctx context.Context, args ...string) *worker {
	s.t.Helper()
	w := &worker{cmd: s.command(ctx, "work", args...), ended: make(chan error, 1)}
	w.cmd.Stdout, w.cmd.Stderr = &w.out, &w.out
	if err := w.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { w.ended <- w.cmd.Wait() }()
	return w
}

// Two processes share one file through a NATS server, which is killed and comes
// back meanwhile; then one of them is killed, and a third one takes its place.
func TestAFleetSharesOneFile(t *testing.T) {
	s, nats, all := newSite(t), newNATSServer(t), changes(2000)
	path := s.give(all)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range 2 { // the second submission stores nothing again
		if code, out := s.run("submit", "-nats", nats.url(), "-in", path); code != codeDone {
			t.Fatalf("exit code %d\n%s", code, out)
		}
	}
	code, out := s.run("status", "-nats", nats.url())
	if code != codeUnfinished {
		t.Errorf("exit code %d\n%s", code, out)
	}
	contains(t, out, "2,000 rows left")

	args := append([]string{"-nats", nats.url()}, fast...)
	one, two := s.worker(ctx, args...), s.worker(ctx, args...)
	s.awaitRequests(one.ended)
	nats.kill()
	nats.start()
	s.awaitRequests(one.ended)
	_ = one.cmd.Process.Kill()
	<-one.ended
	three := s.worker(ctx, args...)
	for _, w := range []*worker{two, three} {
		<-w.ended
		if code := w.cmd.ProcessState.ExitCode(); code != codeDone && code != codeNotAll {
			t.Fatalf("exit code %d\n%s", code, &w.out)
		}
	}
	results, report := filepath.Join(s.dir, "results.csv"), filepath.Join(s.dir, "report.html")
	code, out = s.run("status", "-nats", nats.url(), "-results", results, "-report", report)
	if code != codeDone && code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, results)
	if _, err := os.Stat(report); err != nil {
		t.Error(err)
	}
}

// A limit holds for all processes together.
func TestAFleetKeepsALimit(t *testing.T) {
	s, nats, all := newSite(t), newNATSServer(t), changes(120)
	path := s.give(all)
	if code, out := s.run("submit", "-nats", nats.url(), "-in", path); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	const calls, per = 12, time.Second
	args := []string{"-nats", nats.url(), "-limit-calls", fmt.Sprintf("flexprice=%d/%v", calls, per),
		"-limit-writes", "nexudus=none", "-limit-calls", "nexudus=none", "-limit-calls", "thoughtindustries=none"}
	var workers []*worker
	for range 2 {
		workers = append(workers, s.worker(t.Context(), args...))
	}
	for _, w := range workers {
		if err := <-w.ended; err != nil {
			t.Fatalf("%v\n%s", err, &w.out)
		}
	}
	requests := s.fakes["flexprice"].Requests()
	if len(requests) < 20 {
		t.Fatalf("%d requests", len(requests))
	}
	// A tenth of the span is for the way there, which is not the same for all.
	for i := range requests[calls:] {
		if span := requests[i+calls].At.Sub(requests[i].At); span < per*9/10 {
			t.Errorf("%d requests arrive within %v", calls+1, span)
		}
	}
}
