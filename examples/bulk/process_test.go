package main

import (
	"bytes"
	"context"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A process is a running bulk program.
type process struct {
	cmd  *exec.Cmd
	out  output
	done chan struct{} // closed at its end
}

// An output collects a process' output. It signals the first line of the progress, which
// a process writes after it has opened its queue.
type output struct {
	text    bytes.Buffer
	works   sync.Once
	working chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.text.Write(p)
	if bytes.Contains(o.text.Bytes(), []byte("elapsed=")) {
		o.works.Do(func() { close(o.working) })
	}
	return n, err
}

// start starts the program, and kills it when ctx ends.
func (s *site) start(ctx context.Context, name string, args ...string) *process {
	s.t.Helper()
	p := s.prepare(ctx, name, args...)
	p.begin(s.t)
	return p
}

// prepare makes a process that begin starts.
func (s *site) prepare(ctx context.Context, name string, args ...string) *process {
	p := &process{cmd: s.command(ctx, name, args...), out: output{working: make(chan struct{})}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	return p
}

func (p *process) begin(t *testing.T) {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // code returns the error
		close(p.done)
	}()
}

// run runs the program to its end.
func (s *site) run(name string, args ...string) (code int, out string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	p := s.start(ctx, name, args...)
	return p.code(), p.out.text.String()
}

// code returns the exit code after the end. It is -1 for a process that was killed.
func (p *process) code() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) } // or it has ended

func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// awaitRequests returns when some process sends, or this one has ended.
func (s *site) awaitRequests(p *process) {
	before := s.requests()
	for s.requests() == before && !p.ended() {
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *site) requests() (n int) {
	for _, fake := range s.fakes {
		n += len(fake.Requests())
	}
	return n
}

func (s *site) writes() (n int) {
	for _, fake := range s.fakes {
		n += len(fake.Writes())
	}
	return n
}
