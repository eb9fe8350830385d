package main

import (
	"testing"

	"github.com/creditkit/creditkit/internal/bench"
)

func TestRatioIsPairedByRound(t *testing.T) {
	table := newTable()
	// The machine slows down from round to round; the ratio does not change.
	for round := range 7 {
		table.add(bench.Floor, "ns", float64(100*(round+1)))
		table.add("other", "ns", float64(150*(round+1)))
	}
	if got, want := table.ratio("other", "ns"), "1.50 (1.50-1.50)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := table.median(bench.Floor, "ns"); got != 400 {
		t.Errorf("median %v, want 400", got)
	}
}

func TestRatioHasItsInterval(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"no round", nil, "-"},
		{"too few rounds for an interval", []float64{1, 2, 3}, "2.00"},
		{"six rounds", []float64{1, 6, 2, 5, 3, 4}, "3.50 (1.00-6.00)"},
		{"ten rounds", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "5.50 (2.00-9.00)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTable()
			for _, value := range c.values {
				table.add(bench.Floor, "ns", 1)
				table.add("other", "ns", value)
			}
			if got := table.ratio("other", "ns"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
