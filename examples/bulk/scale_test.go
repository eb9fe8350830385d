package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

var scale = flag.Int("rows", 0, "the rows of TestScale; the README's figures are those of a million")

// TestScale measures a run over many rows: how fast it is, what memory it takes,
// and how soon it goes on after it was killed half way. It is the program that
// is measured, not the fakes, which are in this process. A tenth of the rows is
// run with every write on the disk before it counts.
//
//	go test ./examples/bulk -run TestScale -v -timeout 1h -rows 1000000
func TestScale(t *testing.T) {
	n := *scale
	if n == 0 {
		n = 3000
	}
	t.Run("lazy", func(t *testing.T) { newSite(t).measure(n, "-lazy-sync") })
	if *scale > 0 {
		t.Run("synced", func(t *testing.T) { newSite(t).measure(n / 10) })
	}
}

// provide writes the file, and gives the fakes a credit for each row.
func (s *site) provide(n int) (path string) {
	s.t.Helper()
	path = s.dir + "/changes.jsonl"
	if err := result.WriteFile(path, func(w io.Writer) error { return many(w, n) }); err != nil {
		s.t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	err = s.fakes.seedRecords(func(yield func(row.Row, error) bool) {
		for r := range row.Read(file, row.JSONLines) {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return path
}

// many writes rows for all vendors in turn, each for another credit.
func many(w io.Writer, n int) error {
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

// measure runs the program until half of the rows are done, kills it, and runs it
// to the end.
func (s *site) measure(n int, flags ...string) {
	s.t.Helper()
	args := slices.Concat([]string{"-in", s.provide(n)}, flags, fast)
	one := s.measured(args)
	for seen := 0; seen < n*7/10; seen += one.watch() { // knox and nexudus make two requests a row
		if one.ended() {
			s.t.Fatalf("it ended before it was killed\n%s", &one.out.text)
		}
	}
	half := time.Since(one.began)
	one.kill()

	two := s.measured(args)
	for !two.ended() {
		two.watch()
	}
	took := time.Since(two.began)
	if code := two.code(); code != codeDone {
		s.t.Fatalf("exit code %d\n%s", code, &two.out.text)
	}
	s.t.Logf("%d rows: sent the first one after %v, half of them after %v, with up to %d MiB of memory", n, one.first, half.Round(time.Second), one.memory>>10)
	s.t.Logf("killed, and run again: sent a row after %v, the last one after %v, with up to %d MiB", two.first, took.Round(time.Second), two.memory>>10)
}

// A measured is a process with the time of its first request, and its peak memory
// in KiB, which is 0 on systems without /proc.
type measured struct {
	*process
	site   *site
	began  time.Time
	first  time.Duration
	memory int
}

func (s *site) measured(args []string) *measured {
	s.t.Helper()
	for _, fake := range s.fakes {
		fake.Reset()
	}
	return &measured{site: s, began: time.Now(), process: s.start(s.t.Context(), "run", args...)}
}

// watch samples the process once, and returns the number of its requests.
func (m *measured) watch() (requests int) {
	time.Sleep(20 * time.Millisecond)
	for _, fake := range m.site.fakes {
		requests += len(fake.Requests())
		fake.Reset()
	}
	if m.first == 0 && requests > 0 {
		m.first = time.Since(m.began).Round(100 * time.Millisecond)
	}
	// After the end, the system includes the memory of the parent process.
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.cmd.Process.Pid))
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	var now int
	_, _ = fmt.Sscan(peak, &now)
	m.memory = max(m.memory, now)
	return requests
}
