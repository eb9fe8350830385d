package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Bar is one line of a bar chart: a stack of outcomes. Its positions are
// percentages of the width, so that text and patterns keep their size on a narrow
// page.
type Bar struct {
	Name, Text string
	Segments   []Segment
}

// A Segment is one outcome in a Bar.
type Segment struct {
	Outcome  result.Outcome
	Class    string
	Count    int64
	X, Width string
}

// minSegmentWidth is the minimum width of a segment in percent, so that one failure
// in a million rows can be seen.
const minSegmentWidth = 0.8

// newBar returns a bar of the width, of which 100 is the full width.
func newBar(name string, c counts, width float64) Bar {
	b := Bar{Name: name, Text: format.Counted(c.total(), "row")}
	var widths []float64
	var sum float64
	for _, o := range result.Outcomes {
		if n := c[o]; n > 0 {
			b.Segments = append(b.Segments, Segment{Outcome: o, Class: cssClass(o), Count: n})
			w := max(minSegmentWidth, width*float64(n)/float64(c.total()))
			widths, sum = append(widths, w), sum+w
		}
	}
	x := 0.0
	for i, w := range widths {
		w *= max(width, minSegmentWidth*float64(len(widths))) / sum
		b.Segments[i].X, b.Segments[i].Width = cssPercent(x), cssPercent(w)
		x += w
	}
	return b
}

// Description describes the bar for screen readers.
func (b Bar) Description() string {
	var parts []string
	for _, s := range b.Segments {
		parts = append(parts, format.Count(s.Count)+" "+string(s.Outcome))
	}
	return strings.Join(parts, ", ")
}

func cssClass(o result.Outcome) string { return strings.ReplaceAll(string(o), " ", "-") }

func cssPercent(x float64) string { return fmt.Sprintf("%.2f%%", x) }

// A Latency is the chart of a vendor's times.
type Latency struct {
	Name               string
	Calls              int64
	Columns            []Column
	Marks              []Mark
	P50, P90, P99, Max time.Duration
}

// A Column is one bar of the histogram. Its height is in pixels.
type Column struct {
	X, Width  string
	Y, Height string
}

// A Mark is the position of a percentile.
type Mark struct{ Name, X string }

// A Tick is a label of the time axis.
type Tick struct{ Text, X, Anchor string }

const (
	latencyHeight    = 44.0
	bucketsPerColumn = 2 // buckets per column
)

// An axis is the range of buckets that the charts show: whole decades.
type axis struct{ from, to int }

func newAxis(all []*histogram) axis {
	a := axis{from: decades, to: 0}
	for _, h := range all {
		a.from = min(a.from, bucketIndex(h.min)/perDecade)
		a.to = max(a.to, bucketIndex(h.max)/perDecade+1)
	}
	return axis{a.from * perDecade, a.to * perDecade}
}

// position returns the position of a time on the axis, in percent.
func (a axis) position(d time.Duration) float64 {
	at := math.Log10(float64(max(d, minLatency))/float64(minLatency)) * perDecade
	return min(100, 100*(at-float64(a.from))/float64(a.to-a.from))
}

func (a axis) ticks() []Tick {
	var all []Tick
	for i := a.from; i <= a.to; i += perDecade {
		t := Tick{formatLatency(bucketStart(i)), cssPercent(a.position(bucketStart(i))), "middle"}
		switch i {
		case a.from:
			t.Anchor = "start"
		case a.to:
			t.Anchor = "end"
		}
		all = append(all, t)
	}
	return all
}

func (a axis) newLatency(name string, h *histogram) Latency {
	l := Latency{
		Name: name, Calls: h.count,
		P50: h.percentile(50), P90: h.percentile(90), P99: h.percentile(99), Max: h.max,
	}
	var heights []int64
	var highest int64
	for i := a.from; i < a.to; i += bucketsPerColumn {
		var n int64
		for _, each := range h.buckets[i : i+bucketsPerColumn] {
			n += each
		}
		heights, highest = append(heights, n), max(highest, n)
	}
	width := 100 / float64(len(heights))
	for i, n := range heights {
		if n == 0 {
			continue
		}
		height := max(1.5, latencyHeight*float64(n)/float64(highest))
		l.Columns = append(l.Columns, Column{
			X: cssPercent((float64(i) + 0.05) * width), Width: cssPercent(0.9 * width),
			Y: fmt.Sprintf("%.1f", latencyHeight-height), Height: fmt.Sprintf("%.1f", height),
		})
	}
	for _, m := range []struct {
		name string
		at   time.Duration
	}{{"p50", l.P50}, {"p90", l.P90}, {"p99", l.P99}} {
		l.Marks = append(l.Marks, Mark{m.name, cssPercent(a.position(m.at))})
	}
	return l
}
