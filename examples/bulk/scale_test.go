package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

var scale = flag.Int("rows", 0, "the rows of TestScale; the README's figures are those of a million")

// TestScale measures a run over many rows: how fast it is, what memory it takes,
// and how soon it goes on after it was killed half way. It is the program that
// is measured, not the fakes, which are in this process.
//
//	go test ./examples/bulk -run TestScale -v -timeout 1h -rows 1000000
func TestScale(t *testing.T) {
	n, lazy := *scale, true
	if n == 0 {
		n = 3000
	} else {
		lazy = false
	}
	s := newSite(t)
	path := s.dir + "/changes.jsonl"
	err := result.WriteFile(path, func(w io.Writer) error { return s.many(w, n) })
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	err = s.fakes.seed(func(yield func(row.Row, error) bool) {
		for r := range row.Read(bufio.NewReader(file), row.JSONLines) {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	modes := [][]string{{"-lazy-sync"}}
	if !lazy {
		modes = [][]string{{"-lazy-sync"}, {}}
	}
	for i, mode := range modes {
		s.measure(n, fmt.Sprintf("%s/state-%d", s.dir, i), append([]string{"-in", path}, append(mode, fast...)...))
	}
}

// many writes rows for all vendors in turn, each of a credit of its own.
func (s *site) many(w io.Writer, n int) error {
	for i := range n {
		var err error
		switch i % 5 {
		case 0:
			_, err = fmt.Fprintf(w, `{"vendor":"knox","id":"credit-%d","set":{"note":"change %d"}}`+"\n", i, i)
		case 1:
			_, err = fmt.Fprintf(w, `{"vendor":"thoughtindustries","id":"credit-%d","set":{"name":"change %d"}}`+"\n", i, i)
		case 2:
			_, err = fmt.Fprintf(w, `{"vendor":"nexudus","id":"%d","set":{"note":"change %d"}}`+"\n", 1000000+i, i)
		case 3:
			_, err = fmt.Fprintf(w, `{"vendor":"flexprice","id":"credit-%d","set":{"name":"change %d"}}`+"\n", i, i)
		case 4:
			_, err = fmt.Fprintf(w, `{"vendor":"metronome","id":"credit-%d","owner":"customer-1","set":{"name":"change %d"}}`+"\n", i, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *site) measure(n int, state string, args []string) {
	s.t.Helper()
	args = append(args, "-state", state)
	requests := func() (total int) {
		for _, fake := range s.fakes {
			total += len(fake.Requests())
			fake.Reset()
		}
		return total
	}
	requests()
	// A process that is killed when half of the rows are done.
	cmd := s.command(s.t.Context(), "run", args...)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	begin, first, seen := time.Now(), time.Duration(0), 0
	for seen < n*7/10 { // knox and nexudus make two requests a row
		time.Sleep(20 * time.Millisecond)
		seen += requests()
		if first == 0 && seen > 0 {
			first = time.Since(begin)
		}
	}
	half := time.Since(begin)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	memory := peak(cmd.ProcessState.SysUsage())
	requests()

	cmd = s.command(s.t.Context(), "run", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begin = time.Now()
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for requests() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	again := time.Since(begin)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for len(ended) == 0 {
		time.Sleep(100 * time.Millisecond)
		requests()
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != codeDone {
		s.t.Fatalf("exit code %d\n%s", code, &out)
	}
	s.t.Logf("%d rows, %s: first request after %v, half done after %v, peak memory %d MiB; killed, first request after %v, done after %v, peak memory %d MiB",
		n, strings.Join(args[2:3], ""), first.Round(time.Millisecond), half.Round(time.Millisecond), memory,
		again.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond), peak(cmd.ProcessState.SysUsage()))
}

// peak is the most memory that the process had, in MiB.
func peak(usage any) int64 {
	if u, ok := usage.(*syscall.Rusage); ok {
		return u.Maxrss >> 10
	}
	return 0
}
