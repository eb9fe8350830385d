package simulation

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/examples/internal/vendor"
	"github.com/creditkit/creditkit/internal/doctable"
)

var (
	seedCount = flag.Int("seeds", 300, "the number of random runs")
	oneSeed   = flag.Uint64("seed", 0, "the only seed to run, with a trace of its operations")
	write     = flag.String("write", "", "the file that gets the tables, such as docs/proof.md with its whole path")
)

// maxTime is how long a run may take, in simulated time.
const maxTime = 4 * time.Hour

// randomScenario returns the scenario of a seed.
func randomScenario(seed uint64) scenario {
	r := randomFor(seed, "scenario")
	return scenario{seed: seed, conditions: newConditions(r), shape: shapeFor(r, vendor.Names())}
}

// run runs a scenario, and returns what became of the rows and the trace.
func run(t *testing.T, s scenario) (sum tally, trace []string) {
	t.Helper()
	fakes, stop, err := newFakes(s.vendors)
	defer stop()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := &world{scenario: s, fakes: fakes, limits: make(limitStore), idle: make(map[int]bool), ends: make(chan struct{})}
		w.log.grown = make(chan struct{})
		if err := w.submit(t.Context()); err != nil {
			t.Fatal(err)
		}
		var slots, processes sync.WaitGroup
		for i := range s.processes {
			slots.Go(func() { w.keepRunning(string(rune('A'+i)), &processes) })
		}
		limit := time.AfterFunc(maxTime, func() { close(w.ends) })
		slots.Wait()
		limit.Stop()
		processes.Wait()
		w.servers.Wait()
		for _, f := range w.fakes {
			f.Deliver()
		}
		sum, trace = w.check(t.Context()), w.trace
		sum.idle = w.idle
	})
	return sum, trace
}

// Whenever processes crash and whatever gets lost, each row ends once, and its outcome is
// true of what the vendor has recorded.
func TestRandomCrashes(t *testing.T) {
	if *oneSeed != 0 {
		s := randomScenario(*oneSeed)
		s.traced = true
		sum, trace := run(t, s)
		t.Logf("seed %d: %+v, %+v\n%s", s.seed, s.shape, s.conditions, strings.Join(trace, "\n"))
		for _, line := range sum.wrong {
			t.Error(line)
		}
		return
	}
	var mu sync.Mutex
	var sum tally
	start := time.Now()
	const workers = 2
	t.Run("seeds", func(t *testing.T) {
		for i := range workers {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				enough := false // runs that do not end take long
				for seed := i + 1; seed <= *seedCount && !enough; seed += workers {
					one, _ := run(t, randomScenario(uint64(seed)))
					mu.Lock()
					sum.add(one)
					enough = len(sum.wrong) > 20
					mu.Unlock()
				}
			})
		}
	})
	for _, line := range sum.wrong[:min(len(sum.wrong), 20)] {
		t.Error(line)
	}
	if len(sum.wrong) > 0 {
		t.Errorf("-seed repeats one of them with a trace of its operations")
	}
	doctable.Table{
		Name: "random crashes", Took: time.Since(start), Text: table([]string{"all"}, []tally{sum}),
		Command: fmt.Sprintf("go test ./examples/bulk/internal/simulation -run TestRandomCrashes -v -args -seeds %d", *seedCount),
	}.Publish(t, *write)
}

// table prints tallies, one in a line.
func table(names []string, tallies []tally) string {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, " \t runs\t operations\t crashes\t rows\t applied\t rejected\t not sent\t unknown\t of these made\t made again\t wrong\t")
	for i, t := range tallies {
		fmt.Fprintf(w, " %s\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t\n", names[i], t.seeds, t.operations, t.crashes, t.rows,
			t.applied, t.rejected, t.notSent, t.unknown, t.unknownMade, t.repeats, len(t.wrong))
	}
	_ = w.Flush()
	return text.String()
}

// A seed repeats the same operations in the same order, at the same times.
func TestSeedsReplay(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		s := randomScenario(seed)
		s.traced = true
		_, first := run(t, s)
		_, second := run(t, s)
		if !slices.Equal(first, second) {
			t.Errorf("seed %d has %d lines of trace, then %d:\n%s", seed, len(first), len(second), firstDifference(first, second))
		}
	}
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + "\n" + b[i]
		}
	}
	return "one ends earlier"
}
