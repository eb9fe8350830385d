//go:build !race

package bench

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the measured allocations as the new limits")

const limitsFile = "testdata/allocations.txt"

// limitsHeader takes the Go release. go1.27 allocates less than go1.26 in every
// call here, so limits of the older release hold for both.
const limitsHeader = `# The allocations that one call over the Stub may make: work, contender, limit.
# Measured with %s. Lower the limits after a change that saves allocations, or
# raise them for a good reason, with the older of the two supported Go releases,
# and review the diff:
#
#	go test ./internal/bench -run TestAllocations -update
`

// TestAllocations fails if a call of the SDK allocates more often than its
// committed limit. The race detector changes the counts, so a build with it
// leaves the test out.
func TestAllocations(t *testing.T) {
	measured, err := measureAllocations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(limitsFile, formatLimits(measured), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(limitsFile)
	if err != nil {
		t.Fatal(err)
	}
	limits, err := parseLimits(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range compareLimits(limits, measured) {
		t.Error(problem)
	}
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if n, limit := measured[name], limits[name]; n < limit {
			t.Logf("%s: %d allocations per call, limit %d: -update lowers it", name, n, limit)
		}
	}
}

// measureAllocations returns the allocations per call of the SDK's contenders, by
// work and contender.
func measureAllocations(ctx context.Context) (map[string]int, error) {
	measured := map[string]int{}
	for _, w := range Works() {
		for _, c := range w.Contenders {
			if c.Name != Native && c.Name != Facade {
				continue
			}
			n, err := allocationsPerCall(ctx, w, c)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", w.Name, c.Name, err)
			}
			measured[w.Name+" "+c.Name] = n
		}
	}
	return measured, nil
}

// allocationsPerCall is the smallest of three averages: other goroutines and
// pools that the garbage collector has emptied can only add to an average.
func allocationsPerCall(ctx context.Context, w Work, c Contender) (int, error) {
	call, err := c.Make(Target{URL: w.URL, Transport: Stub{}})
	if err != nil {
		return 0, err
	}
	var failed error
	var averages []float64
	for range 3 {
		averages = append(averages, testing.AllocsPerRun(300, func() { failed = errors.Join(failed, call(ctx)) }))
	}
	return int(slices.Min(averages)), failed
}

// compareLimits returns what is wrong: calls above their limits, calls without a
// limit, and limits without a call.
func compareLimits(limits, measured map[string]int) []string {
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(measured)) {
		switch limit, ok := limits[name]; {
		case !ok:
			problems = append(problems, fmt.Sprintf("%s: %s has no limit for it", name, limitsFile))
		case measured[name] > limit:
			problems = append(problems, fmt.Sprintf("%s: %d allocations per call, limit %d", name, measured[name], limit))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if _, ok := measured[name]; !ok {
			problems = append(problems, fmt.Sprintf("%s: %s has a limit, but there is no such call", name, limitsFile))
		}
	}
	return problems
}

func formatLimits(measured map[string]int) []byte {
	out := new(bytes.Buffer)
	fmt.Fprintf(out, limitsHeader, runtime.Version())
	for _, name := range slices.Sorted(maps.Keys(measured)) {
		work, contender, _ := strings.Cut(name, " ")
		fmt.Fprintf(out, "%-18s %-10s %3d\n", work, contender, measured[name])
	}
	return out.Bytes()
}

func parseLimits(text []byte) (map[string]int, error) {
	limits := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var work, contender string
		var limit int
		if _, err := fmt.Sscanln(line, &work, &contender, &limit); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", limitsFile, line, err)
		}
		limits[work+" "+contender] = limit
	}
	return limits, nil
}

func TestCompareLimits(t *testing.T) {
	limits := map[string]int{"knox creditkit": 20, "knox facade": 30}
	for _, c := range []struct {
		name     string
		measured map[string]int
		want     []string
	}{
		{"at and below the limit", map[string]int{"knox creditkit": 20, "knox facade": 29}, nil},
		{"above the limit", map[string]int{"knox creditkit": 21, "knox facade": 30}, []string{"knox creditkit: 21 allocations per call, limit 20"}},
		{"a call without a limit", map[string]int{"knox creditkit": 20, "knox facade": 30, "other facade": 1}, []string{"other facade: " + limitsFile + " has no limit for it"}},
		{"a limit without a call", map[string]int{"knox creditkit": 20}, []string{"knox facade: " + limitsFile + " has a limit, but there is no such call"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := compareLimits(limits, c.measured); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseLimitsReadsWhatFormatLimitsWrites(t *testing.T) {
	want := map[string]int{"knox creditkit": 20, "metronome-rename facade": 130}
	got, err := parseLimits(formatLimits(want))
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
