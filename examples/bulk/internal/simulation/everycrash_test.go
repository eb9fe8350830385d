package simulation

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/internal/vendor"
	"github.com/creditkit/creditkit/internal/doctable"
)

var crashCount = flag.Int("crashes", 1, "how many crashes are tried in every place of a small job; 2 takes minutes")

// waysToCrash are the ways to crash in an operation. A request that arrives after a second
// arrives before another worker has the row, one that arrives after 45 seconds arrives
// after the lease.
var waysToCrash = []crash{
	{moment: before},
	{moment: during, late: time.Second},
	{moment: during, late: queue.Lease + 15*time.Second},
	{moment: after},
}

// smallScenario is a job of a few rows of one vendor: a text, another field, and a text with
// an expected value. Nothing fails but processes.
func smallScenario(name string, rows, blockRows int) scenario {
	return scenario{
		seed: 1, crashes: map[int]crash{}, onlyCrashes: true,
		shape: shape{vendors: []string{name}, rows: rows, blockRows: blockRows, processes: 2, inFlight: 1},
	}
}

// tryCrashes runs a scenario as it is, and with up to more crashes after its last one: in
// each operation, in each way.
func tryCrashes(t *testing.T, s scenario, more int) tally {
	t.Helper()
	sum, _ := run(t, s)
	if len(sum.wrong) > 0 {
		s.traced = true
		_, trace := run(t, s)
		sum.wrong[0] += "\n" + strings.Join(trace, "\n")
	}
	if more == 0 {
		return sum
	}
	first, last := slices.Max(append(slices.Collect(maps.Keys(s.crashes)), 0))+1, sum.operations
	for k := first; k <= last; k++ {
		if sum.idle[k] && sum.idle[k-1] {
			continue // a process that waits for work sends the same request again and again
		}
		for _, c := range waysToCrash {
			next := s
			next.crashes = maps.Clone(s.crashes)
			next.crashes[k] = c
			sum.add(tryCrashes(t, next, more-1))
		}
	}
	return sum
}

// A crash in any operation changes nothing but that a row can end unknown, if its change
// must not be sent again.
func TestCrashInEveryOperation(t *testing.T) {
	names := vendor.Names()
	sums := make([]tally, len(names))
	rows := 3
	if *crashCount > 1 {
		rows = 2
	}
	start := time.Now()
	t.Run("vendors", func(t *testing.T) {
		for i, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, blockRows := range []int{1, rows} {
					sums[i].add(tryCrashes(t, smallScenario(name, rows, blockRows), *crashCount))
				}
				for _, line := range sums[i].wrong[:min(len(sums[i].wrong), 3)] {
					t.Error(line)
				}
			})
		}
	})
	doctable.Table{
		Name: "every crash", Took: time.Since(start), Text: table(names, sums),
		Command: fmt.Sprintf("go test ./examples/bulk/internal/simulation -run TestCrashInEveryOperation -v -timeout 1h -args -crashes %d", *crashCount),
	}.Publish(t, *write)
}
