package proof

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"html"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// A figure is a row of line charts, one below the other.
type figure struct {
	title  string
	charts []chart
}

// A chart has lines over the same time. Its vertical axis starts at 0.
type chart struct {
	unit  string // of the vertical axis
	lines []line
}

type line struct {
	name   string
	points []point
}

type point struct{ seconds, value float64 }

const (
	plotWidth, plotHeight  = 640.0, 190.0
	marginLeft, marginTop  = 64.0, 34.0
	chartGap, marginBottom = 52.0, 40.0
)

var lineColors = []string{"#1b6ca8", "#c8501e", "#3a7d44"}

// svg returns the figure as an SVG document.
func (f figure) svg() string {
	var b strings.Builder
	height := marginTop + float64(len(f.charts))*(plotHeight+chartGap) + marginBottom - chartGap + 20
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12">`+"\n",
		marginLeft+plotWidth+24, height)
	b.WriteString(`<rect width="100%" height="100%" fill="#ffffff"/>` + "\n")
	fmt.Fprintf(&b, `<text x="%.0f" y="20" font-size="14" font-weight="bold">%s</text>`+"\n", marginLeft, html.EscapeString(f.title))
	top := marginTop + 20
	for _, c := range f.charts {
		c.writeSVG(&b, top)
		top += plotHeight + chartGap
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%.1f" text-anchor="middle">seconds</text>`+"\n", marginLeft+plotWidth/2, top-chartGap+34)
	b.WriteString("</svg>\n")
	return b.String()
}

func (c chart) writeSVG(b *strings.Builder, top float64) {
	last, highest := 0.0, 0.0
	for _, l := range c.lines {
		for _, p := range l.points {
			last, highest = max(last, p.seconds), max(highest, p.value)
		}
	}
	xStep, yStep := axisStep(last), axisStep(highest)
	highest = max(yStep, math.Ceil(highest/yStep)*yStep)
	x := func(seconds float64) float64 { return marginLeft + seconds/max(last, 1e-9)*plotWidth }
	y := func(value float64) float64 { return top + plotHeight - value/highest*plotHeight }
	for v := 0.0; v <= highest+yStep/2; v += yStep {
		fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="#dddddd"/><text x="%.1f" y="%.1f" text-anchor="end">%g</text>`+"\n",
			marginLeft, y(v), marginLeft+plotWidth, marginLeft-6, y(v)+4, v)
	}
	for v := 0.0; v <= last; v += xStep {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%g</text>`+"\n", x(v), top+plotHeight+16, v)
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%s</text>`+"\n", marginLeft, top-6, html.EscapeString(c.unit))
	for i, l := range c.lines {
		color := lineColors[i%len(lineColors)]
		var path strings.Builder
		for j, p := range l.points {
			path.WriteByte("ML"[min(j, 1)])
			fmt.Fprintf(&path, "%.1f %.1f", x(p.seconds), y(p.value))
		}
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", path.String(), color)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="end" fill="%s">%s</text>`+"\n",
			marginLeft+plotWidth, top-6+14*float64(i), color, html.EscapeString(l.name))
	}
}

// axisStep returns a step of 1, 2 or 5 times a power of ten that gives three to eight
// steps up to highest.
func axisStep(highest float64) float64 {
	if highest <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(highest)))
	switch {
	case highest/step < 1.5:
		return step / 5
	case highest/step < 4:
		return step / 2
	}
	return step
}

func soakFigure(samples []soakSample) figure {
	heap, goroutines := line{name: "heap after a collection"}, line{name: "goroutines"}
	for _, s := range samples {
		heap.points = append(heap.points, point{s.at.Seconds(), float64(s.heap) / (1 << 20)})
		goroutines.points = append(goroutines.points, point{s.at.Seconds(), float64(s.goroutines)})
	}
	return figure{
		title:  "Soak: 64 updates in flight at five vendors, with random faults",
		charts: []chart{{"MiB", []line{heap}}, {"goroutines", []line{goroutines}}},
	}
}

// writePlot writes the figure, unless the name is empty.
func writePlot(t *testing.T, name string, f figure) {
	t.Helper()
	if name == "" {
		return
	}
	if err := os.WriteFile(name, []byte(f.svg()), 0o600); err != nil {
		t.Error(err)
	}
}

func median[T any](all []T, value func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, v := range all {
		values[i] = value(v)
	}
	slices.SortFunc(values, cmp.Compare[float64])
	return values[len(values)/2]
}

// A figure is well-formed XML, with a path for each line and its highest value within
// the plot.
func TestFigureIsWellFormed(t *testing.T) {
	f := figure{title: "a < b", charts: []chart{
		{"calls", []line{{"one", []point{{0, 0}, {10, 37}}}, {"two", []point{{0, 5}, {10, 1}}}}},
		{"nothing", []line{{"empty", nil}}},
	}}
	text := f.svg()
	if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
	if n := strings.Count(text, "stroke-width"); n != 3 {
		t.Errorf("%d lines, want 3", n)
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("a coordinate is not a number:\n%s", text)
	}
}
