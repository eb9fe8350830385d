package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/internal/bench"
)

var levels = []int{1, 8, 64, 512}

// peers are the contenders of the loopback sets.
func peers() []string {
	var names []string
	for _, c := range bench.Works()[0].Contenders {
		names = append(names, c.Name)
	}
	return names
}

// loadSet measures calls over the loopback interface, and bursts with the
// contenders' default transports. The contenders of one level follow each other.
func loadSet(out *bytes.Buffer, s settings) error {
	server, err := start()
	if err != nil {
		return err
	}
	defer server.stop()

	tables := map[int]*table{} // 0 for bursts
	for _, level := range append([]int{0}, levels...) {
		tables[level] = newTable()
	}
	for range s.rounds {
		for _, level := range shuffled(append([]int{0}, levels...)) {
			for _, by := range shuffled(peers()) {
				r, err := server.client(by, loadArguments(by, level, s)...)
				if err != nil {
					return err
				}
				tables[level].add(by, "rate", r.Rate)
				tables[level].add(by, "cpu", r.CPU)
				tables[level].add(by, "dials", float64(r.Dials))
			}
		}
	}
	fmt.Fprint(out, "\n## Over the loopback interface\n\nmetronome edits over TCP to a server in another process on the same cores, as\nratios to the floor. Every peer has the floor's tuned transport here, creditkit its\nown.\n")
	fmt.Fprint(out, "\nCalls per second, by the number of calls in flight:\n\n")
	byLevel(out, tables, "rate")
	fmt.Fprint(out, "\nCPU of the client per call, by the number of calls in flight:\n\n")
	byLevel(out, tables, "cpu")
	fmt.Fprint(out, "\nBursts of 64 calls, 40 of them after a warm-up of five, each contender with the\ntransport that it comes with (the floor's is tuned):\n\n| | calls per second | connections dialled for 2,560 calls |\n| --- | --- | --- |\n")
	for _, by := range peers() {
		fmt.Fprintf(out, "| %s | %s | %.0f |\n", by, tables[0].ratio(by, "rate"), tables[0].median(by, "dials"))
	}
	return nil
}

func loadArguments(by string, level int, s settings) []string {
	if level == 0 {
		return []string{"-mode=burst", "-n=64", "-own"}
	}
	args := []string{"-mode=steady", "-n=" + strconv.Itoa(level), "-for=" + s.load.String()}
	if by == bench.Native {
		args = append(args, "-own")
	}
	return args
}

func byLevel(out *bytes.Buffer, tables map[int]*table, unit string) {
	fmt.Fprint(out, "| |")
	for _, level := range levels {
		fmt.Fprintf(out, " %d |", level)
	}
	fmt.Fprint(out, "\n| ---"+strings.Repeat(" | ---", len(levels))+" |\n")
	for _, by := range peers() {
		fmt.Fprintf(out, "| %s |", by)
		for _, level := range levels {
			fmt.Fprintf(out, " %s |", tables[level].ratio(by, unit))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprint(out, "| floor, absolute |")
	for _, level := range levels {
		value, suffix := tables[level].median(bench.Floor, unit), "/s"
		if unit == "cpu" {
			value, suffix = value/1000, " us"
		}
		fmt.Fprintf(out, " %.0f%s |", value, suffix)
	}
	fmt.Fprintln(out)
}

// memorySet measures the memory of calls in flight.
func memorySet(out *bytes.Buffer, s settings) error {
	const inFlight, rounds = 10_000, 6 // the fewest rounds that give an interval
	server, err := start()
	if err != nil {
		return err
	}
	defer server.stop()
	t := newTable()
	for range min(rounds, s.rounds) {
		for _, by := range shuffled(peers()) {
			r, err := server.client(by, "-mode=hold", "-n="+strconv.Itoa(inFlight), "-own")
			if err != nil {
				return err
			}
			t.add(by, "bytes", r.Bytes)
		}
	}
	fmt.Fprintf(out, "\nMemory (heap and stacks) with 10,000 calls in flight, most of it the connections':\n\n| | ratio | kB per call |\n| --- | --- | --- |\n")
	for _, by := range peers() {
		fmt.Fprintf(out, "| %s | %s | %.1f |\n", by, t.ratio(by, "bytes"), t.median(by, "bytes")/1000)
	}
	return nil
}

// server is the vendor's process.
type server struct {
	cmd          *exec.Cmd
	cancel       context.CancelFunc
	stdin        io.Closer
	url, control string
}

func start() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	cmd := exec.CommandContext(ctx, os.Args[0], "serve") //nolint:gosec // this program
	cmd.Stderr = os.Stderr
	stdin, errIn := cmd.StdinPipe()
	stdout, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		cancel()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	s := &server{cmd: cmd, cancel: cancel, stdin: stdin}
	lines := bufio.NewScanner(stdout)
	for _, address := range []*string{&s.url, &s.control} {
		if !lines.Scan() {
			s.stop()
			return nil, errors.Join(errors.New("the server printed no address"), lines.Err())
		}
		*address = lines.Text()
	}
	return s, nil
}

func (s *server) stop() {
	_ = s.stdin.Close() // ends the process
	_ = s.cmd.Wait()
	s.cancel()
}

func (s *server) client(by string, args ...string) (report, error) {
	args = append([]string{os.Args[0], "client", "-by=" + by, "-url=" + s.url, "-control=" + s.control}, args...)
	text, err := output("", args...)
	if err != nil {
		return report{}, err
	}
	var r report
	return r, json.Unmarshal(text, &r)
}
