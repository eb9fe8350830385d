package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/creditkit/creditkit/internal/bench"
)

// stubSet measures every work over the Stub. One round of a work is one process,
// in which its contenders take turns.
func stubSet(out *bytes.Buffer, s settings) error {
	tables := map[string]*table{}
	for _, w := range bench.Works() {
		tables[w.Name] = newTable()
	}
	for range s.rounds {
		for _, w := range shuffled(bench.Works()) {
			text, err := output("", os.Args[0], "stub", "-work="+w.Name, "-for="+s.stub.String())
			if err != nil {
				return err
			}
			var costs map[string]cost
			if err := json.Unmarshal(text, &costs); err != nil {
				return err
			}
			for by, c := range costs {
				c.addTo(tables[w.Name], by)
			}
		}
	}
	fmt.Fprint(out, "\n## The client's own cost\n\nOver a RoundTripper that answers at once. Time is on the clock and CPU what the\nprocess used, both as ratios to the floor with their 95 % intervals. In each round\nthe contenders of a table take turns within one process.\n")
	for _, w := range bench.Works() {
		t := tables[w.Name]
		fmt.Fprintf(out, "\n%s:\n\n| | time | CPU | ns | B | allocs |\n| --- | --- | --- | --- | --- | --- |\n", w.About)
		for _, c := range w.Contenders {
			fmt.Fprintf(out, "| %s | %s | %s | %.0f | %.0f | %.0f |\n", c.Name, t.ratio(c.Name, "time"), t.ratio(c.Name, "cpu"),
				t.median(c.Name, "time"), t.median(c.Name, "bytes"), t.median(c.Name, "allocs"))
		}
	}
	return nil
}

// A cost is what a number of calls took together. Time and CPU are nanoseconds.
type cost struct{ Calls, Time, CPU, Bytes, Allocs float64 }

func (c cost) plus(d cost) cost {
	return cost{c.Calls + d.Calls, c.Time + d.Time, c.CPU + d.CPU, c.Bytes + d.Bytes, c.Allocs + d.Allocs}
}

// addTo adds the cost of one call to a table.
func (c cost) addTo(t *table, by string) {
	t.add(by, "time", c.Time/c.Calls)
	t.add(by, "cpu", c.CPU/c.Calls)
	t.add(by, "bytes", c.Bytes/c.Calls)
	t.add(by, "allocs", c.Allocs/c.Calls)
}

// turns is how often each contender takes its turn in one process.
const turns = 10

// stub is one round of one work, in a process of its own. It prints the cost of
// each contender.
func stub(args []string) error {
	f := flag.NewFlagSet("stub", flag.ContinueOnError)
	f.SetOutput(io.Discard) // exit reports errors
	name := f.String("work", "", "the work")
	long := f.Duration("for", time.Second, "how long each contender runs, all its turns together")
	if err := f.Parse(args); err != nil {
		return usageError{err}
	}
	if err := refuseArguments(f.Args()); err != nil {
		return err
	}
	w, _, ok := bench.Find(*name, bench.Floor)
	if !ok {
		return fmt.Errorf("unknown work %q", *name)
	}
	costs, err := takeTurns(context.Background(), w, *long/turns)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(costs)
}

// takeTurns returns the cost of each contender. The first turn of each is a
// warm-up, which does not count.
func takeTurns(ctx context.Context, w bench.Work, long time.Duration) (map[string]cost, error) {
	calls := map[string]bench.Call{}
	for _, c := range w.Contenders {
		call, err := c.Make(bench.Target{URL: w.URL, Transport: bench.Stub{}})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		calls[c.Name] = call
	}
	costs := map[string]cost{}
	for turn := range 1 + turns {
		for _, c := range shuffled(w.Contenders) {
			spent, err := measure(ctx, calls[c.Name], long)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			if turn > 0 {
				costs[c.Name] = costs[c.Name].plus(spent)
			}
		}
	}
	return costs, nil
}

// measure makes calls for that long. It collects the heap first, so that the
// garbage of the contender before is not in the figures.
func measure(ctx context.Context, call bench.Call, long time.Duration) (cost, error) {
	const batch = 10 // reading the clock at every call would cost some percent
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start, used := time.Now(), cpuTime()
	calls := 0
	for until := start.Add(long); calls == 0 || time.Now().Before(until); calls += batch {
		for range batch {
			if err := call(ctx); err != nil {
				return cost{}, err
			}
		}
	}
	spent := cost{Calls: float64(calls), Time: float64(time.Since(start)), CPU: float64(cpuTime() - used)}
	runtime.ReadMemStats(&after)
	spent.Bytes = float64(after.TotalAlloc - before.TotalAlloc)
	spent.Allocs = float64(after.Mallocs - before.Mallocs)
	return spent, nil
}
