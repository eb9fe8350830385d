package main

import (
	"fmt"

	"golang.org/x/perf/benchmath"
)

// figures are one contender's, by unit, one of each round.
type figures map[string][]float64

// table collects the figures of contenders that are compared.
type table struct {
	floor string
	by    map[string]figures
}

func newTable(floor string) *table { return &table{floor: floor, by: map[string]figures{}} }

func (t *table) add(contender, unit string, value float64) {
	if t.by[contender] == nil {
		t.by[contender] = figures{}
	}
	t.by[contender][unit] = append(t.by[contender][unit], value)
}

// ratio is the median of the rounds' ratios to the floor, and the interval that
// it lies in with 95 %, as benchstat computes it.
func (t *table) ratio(contender, unit string) string {
	own, floor := t.by[contender][unit], t.by[t.floor][unit]
	ratios := make([]float64, min(len(own), len(floor)))
	for i := range ratios {
		ratios[i] = own[i] / floor[i]
	}
	if len(ratios) == 0 {
		return "-"
	}
	s := summary(ratios)
	return fmt.Sprintf("%.2f (%.2f-%.2f)", s.Center, s.Lo, s.Hi)
}

// median is the contender's own figure.
func (t *table) median(contender, unit string) float64 {
	values := t.by[contender][unit]
	if len(values) == 0 {
		return 0
	}
	return summary(values).Center
}

func summary(values []float64) benchmath.Summary {
	sample := benchmath.NewSample(append([]float64(nil), values...), &benchmath.DefaultThresholds) // it sorts them
	return benchmath.AssumeNothing.Summary(sample, 0.95)
}
