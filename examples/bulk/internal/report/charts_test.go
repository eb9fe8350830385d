package report

import (
	"reflect"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func TestBarSegments(t *testing.T) {
	got := newBar("knox", counts{result.Applied: 75, result.NotSent: 25}, 100)
	want := Bar{"knox", "100 rows", []Segment{
		{result.Applied, "applied", 75, "0.00%", "75.00%"}, {result.NotSent, "not-sent", 25, "75.00%", "25.00%"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got.Description() != "75 applied, 25 not sent" {
		t.Errorf("described as %q", got.Description())
	}
}

func TestSmallSegmentHasMinimumWidth(t *testing.T) {
	b := newBar("knox", counts{result.Applied: 999_999, result.Unknown: 1}, 100)
	if got := b.Segments[1]; got.X != "99.21%" || got.Width != "0.79%" {
		t.Errorf("it is at %s and %s wide", got.X, got.Width)
	}
	if got := newBar("rare", counts{result.Unknown: 1}, 0.001).Segments[0]; got.Width != "0.80%" {
		t.Errorf("a bar that is nearly nothing is %s wide", got.Width)
	}
}

func TestBarOfHalfWidth(t *testing.T) {
	b := newBar("conflict", counts{result.Rejected: 30, result.NotSent: 10}, 40)
	if b.Segments[0].Width != "30.00%" || b.Segments[1].X != "30.00%" || b.Segments[1].Width != "10.00%" {
		t.Errorf("got %+v", b.Segments)
	}
}

func TestAxisHasWholeDecades(t *testing.T) {
	var fast, slow histogram
	fast.add(20 * time.Millisecond)
	slow.add(2 * time.Second)
	a := newAxis([]*histogram{&slow, &fast})
	want := []Tick{{"10 ms", "0.00%", "start"}, {"100 ms", "33.33%", "middle"}, {"1 s", "66.67%", "middle"}, {"10 s", "100.00%", "end"}}
	if got := a.ticks(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if got := a.position(100 * time.Millisecond); got < 33.3 || got > 33.4 {
		t.Errorf("100 ms are at %v%%", got)
	}
}

func TestLatencyChart(t *testing.T) {
	var h histogram
	for range 90 {
		h.add(30 * time.Millisecond)
	}
	for range 10 {
		h.add(300 * time.Millisecond)
	}
	l := newAxis([]*histogram{&h}).newLatency("knox", &h)
	if l.Name != "knox" || l.Calls != 100 || l.Max != 300*time.Millisecond || l.P99 < 280*time.Millisecond || l.P90 > 32*time.Millisecond {
		t.Errorf("got %+v", l)
	}
	if len(l.Columns) != 2 || l.Columns[0].Height != "44.0" || l.Columns[1].Height != "4.9" || l.Columns[1].Y != "39.1" {
		t.Errorf("got %+v", l.Columns)
	}
	if len(l.Marks) != 3 || l.Marks[0].Name != "p50" || l.Marks[0].X >= l.Marks[2].X {
		t.Errorf("got %+v", l.Marks)
	}
}

func TestTimesBeyondAxisAreClipped(t *testing.T) {
	var h histogram
	h.add(1)
	h.add(1000 * time.Hour)
	a := newAxis([]*histogram{&h})
	if a.from != 0 || a.to != decades*perDecade || a.position(1) != 0 || a.position(1000*time.Hour) != 100 {
		t.Errorf("got %v", a)
	}
	a.newLatency("knox", &h)
}
