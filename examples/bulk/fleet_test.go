package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A natsServer is a real NATS server in its own process, built from its module.
type natsServer struct {
	t         *testing.T
	port, dir string
	cmd       *exec.Cmd
}

var buildNATSServer = sync.OnceValues(func() (server string, err error) {
	server = filepath.Join(filepath.Dir(program), "nats-server")
	out, err := exec.Command("go", "build", "-o", server, "github.com/nats-io/nats-server/v2").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return server, err
})

func newNATSServer(t *testing.T) *natsServer {
	t.Helper()
	s := &natsServer{t: t, dir: t.TempDir()}
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
	server, err := buildNATSServer()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(server, "-a", "127.0.0.1", "-p", s.port, "-js", "-sd", s.dir)
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

// hurry shortens the lease of rows to two seconds until the test ends.
func (s *natsServer) hurry() {
	s.t.Helper()
	conn, err := nats.Connect(s.url(), nats.MaxReconnects(-1))
	if err != nil {
		s.t.Fatal(err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var hurrying sync.WaitGroup
	hurrying.Go(func() {
		for ctx.Err() == nil { // a worker that comes sets it to what it is in life
			for info := range js.ListStreams(ctx).Info() {
				if info.Config.Retention == jetstream.WorkQueuePolicy {
					shorten(ctx, js, info.Config.Name)
				}
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	})
	s.t.Cleanup(func() { cancel(); hurrying.Wait(); conn.Close() })
}

// shorten changes the consumers of the rows. It ignores errors of a server that is
// away, because it is called again.
func shorten(ctx context.Context, js jetstream.JetStream, rows string) {
	stream, err := js.Stream(ctx, rows)
	if err != nil {
		return
	}
	for info := range stream.ListConsumers(ctx).Info() {
		if info.Config.AckWait > 2*time.Second {
			info.Config.AckWait = 2 * time.Second
			_, _ = stream.UpdateConsumer(ctx, info.Config)
		}
	}
}

// Two processes share one job through a NATS server, which is killed and restarted.
// Then one of them is killed and a third one replaces it. Then the other one is
// stalled for longer than its lease.
func TestWorkersShareOneJob(t *testing.T) {
	t.Parallel()
	s, server, all := newSite(t), newNATSServer(t), changes(2000)
	path := s.give(all)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range 2 { // the second submission stores nothing again
		if code, out := s.run("submit", "-nats", server.url(), "-in", path); code != codeDone {
			t.Fatalf("exit code %d\n%s", code, out)
		}
	}
	code, out := s.run("status", "-nats", server.url())
	if code != codeUnfinished {
		t.Errorf("exit code %d\n%s", code, out)
	}
	contains(t, out, "2,000 rows left")
	if left, err := filepath.Glob(filepath.Join(s.dir, "*re[sp]*")); err != nil || len(left) > 0 {
		t.Errorf("status without file flags has written %v, %v", left, err)
	}

	args := append([]string{"-nats", server.url()}, fast...)
	one, two := s.start(ctx, "work", args...), s.start(ctx, "work", args...)
	<-one.out.working
	<-two.out.working
	s.awaitRequests(one)
	server.kill()
	server.start()
	s.awaitRequests(one)
	one.kill()
	server.hurry()
	three := s.start(ctx, "work", args...)
	<-three.out.working
	s.awaitRequests(three)
	two.signal(syscall.SIGSTOP) // its rows are delivered to the third worker
	<-three.done
	two.signal(syscall.SIGCONT)
	for _, p := range []*process{two, three} {
		if code := p.code(); code != codeDone && code != codeNotAll {
			t.Fatalf("exit code %d\n%s", code, &p.out.text)
		}
	}
	results, report := filepath.Join(s.dir, "results.csv"), filepath.Join(s.dir, "report.html")
	code, out = s.run("status", "-nats", server.url(), "-results", results, "-report", report)
	if code != codeDone && code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, results)
	if _, err := os.Stat(report); err != nil {
		t.Error(err)
	}
}

// The command run can use the queue of a server.
func TestRunWithNATSServer(t *testing.T) {
	s, nats, all := newSite(t), newNATSServer(t), changes(60)
	path := s.give(all)
	args := append([]string{"-nats", nats.url(), "-in", path}, fast...)
	if code, out := s.run("run", args...); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, path+".results.csv")
	if code, out := s.run("status", "-nats", nats.url()); code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := s.run("run", append(args, "-lazy-sync")...); code != codeRefused || !strings.Contains(out, "-lazy-sync") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A limit holds for all processes together.
func TestWorkersShareRateLimit(t *testing.T) {
	s, server, all := newSite(t), newNATSServer(t), changes(120)
	path := s.give(all)
	if code, out := s.run("submit", "-nats", server.url(), "-in", path); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	const calls, per = 12, time.Second
	args := append([]string{"-nats", server.url(), "-limit-calls", fmt.Sprintf("flexprice=%d/%v", calls, per)}, fast...)
	for _, p := range []*process{s.start(t.Context(), "work", args...), s.start(t.Context(), "work", args...)} {
		if code := p.code(); code != codeDone {
			t.Fatalf("exit code %d\n%s", code, &p.out.text)
		}
	}
	requests := s.fakes["flexprice"].Requests()
	if len(requests) < 20 {
		t.Fatalf("%d requests", len(requests))
	}
	// A quarter of the span allows for different delays on the way. Two processes with
	// separate limits would need half of it.
	for i := range requests[calls:] {
		if span := requests[i+calls].At.Sub(requests[i].At); span < per*3/4 {
			t.Errorf("%d requests arrive within %v", calls+1, span)
		}
	}
}
