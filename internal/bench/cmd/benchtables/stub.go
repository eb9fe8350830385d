package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/internal/bench"
)

// stubSet runs the package's benchmarks, each in a process of its own.
func stubSet(out *bytes.Buffer, s settings) error {
	dir, err := os.MkdirTemp("", "benchtables")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "bench.test")
	if _, err := output("", "go", "test", "-c", "-o", binary, "github.com/creditkit/creditkit/internal/bench"); err != nil {
		return err
	}
	type turn struct{ work, by string }
	var turns []turn
	tables := map[string]*table{}
	for _, w := range bench.Works() {
		tables[w.Name] = newTable(bench.Floor)
		for _, c := range w.Contenders {
			turns = append(turns, turn{w.Name, c.Name})
		}
	}
	for range s.rounds {
		for _, t := range shuffled(turns) {
			pattern := fmt.Sprintf("^BenchmarkCall$/^work=%s$/^by=%s$", t.work, t.by)
			text, err := output("", binary, "-test.run=^$", "-test.bench="+pattern, "-test.benchtime="+s.stub.String())
			if err != nil {
				return err
			}
			if err := readBench(text, tables[t.work], t.by); err != nil {
				return err
			}
		}
	}
	fmt.Fprint(out, "\n## The client's own cost\n\nOver a RoundTripper that answers at once. Time is on the clock and CPU what the\nprocess used, both as ratios to the floor with their 95 % intervals.\n")
	for _, w := range bench.Works() {
		t := tables[w.Name]
		fmt.Fprintf(out, "\n%s:\n\n| | time | CPU | ns | B | allocs |\n| --- | --- | --- | --- | --- | --- |\n", w.About)
		for _, c := range w.Contenders {
			fmt.Fprintf(out, "| %s | %s | %s | %.0f | %.0f | %.0f |\n", c.Name, t.ratio(c.Name, "ns/op"), t.ratio(c.Name, "cpu-ns/op"),
				t.median(c.Name, "ns/op"), t.median(c.Name, "B/op"), t.median(c.Name, "allocs/op"))
		}
		if r, ok := against(t, w); ok {
			fmt.Fprintf(out, "\nThe facade against the native call: time %s, CPU %s.\n", r.ratio(bench.Facade, "ns/op"), r.ratio(bench.Facade, "cpu-ns/op"))
		}
	}
	return nil
}

// against compares the facade with the native call.
func against(t *table, w bench.Work) (*table, bool) {
	_, _, ok := bench.Find(w.Name, bench.Facade)
	return &table{floor: bench.Native, by: t.by}, ok
}

// readBench reads the one line of a benchmark: a name, a count, and pairs of a
// value and a unit.
func readBench(text []byte, t *table, by string) error {
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return err
			}
			t.add(by, fields[i+1], value)
		}
		return nil
	}
	return fmt.Errorf("no benchmark in %q", text)
}
