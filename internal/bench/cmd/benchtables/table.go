package main

import (
	"fmt"
	"math"

	"golang.org/x/perf/benchmath"

	"github.com/creditkit/creditkit/internal/bench"
)

// A table collects the figures of contenders that are compared with the floor.
type table struct{ by map[string]figures }

// figures are one contender's values, by unit, one of each round.
type figures map[string][]float64

func newTable() *table { return &table{by: map[string]figures{}} }

func (t *table) add(contender, unit string, value float64) {
	if t.by[contender] == nil {
		t.by[contender] = figures{}
	}
	t.by[contender][unit] = append(t.by[contender][unit], value)
}

// ratio returns the median of the ratios to the floor, each within one round, and
// its 95 % interval as benchstat computes it. Fewer than six rounds give no
// interval.
func (t *table) ratio(contender, unit string) string {
	own, floor := t.by[contender][unit], t.by[bench.Floor][unit]
	ratios := make([]float64, min(len(own), len(floor)))
	for i := range ratios {
		ratios[i] = own[i] / floor[i]
	}
	if len(ratios) == 0 {
		return "-"
	}
	s := summarize(ratios)
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		return fmt.Sprintf("%.2f", s.Center)
	}
	return fmt.Sprintf("%.2f (%.2f-%.2f)", s.Center, s.Lo, s.Hi)
}

// median returns the median of the contender's own values.
func (t *table) median(contender, unit string) float64 {
	values := t.by[contender][unit]
	if len(values) == 0 {
		return 0
	}
	return summarize(values).Center
}

func summarize(values []float64) benchmath.Summary {
	sample := benchmath.NewSample(append([]float64(nil), values...), &benchmath.DefaultThresholds) // it sorts them
	return benchmath.AssumeNothing.Summary(sample, 0.95)
}
