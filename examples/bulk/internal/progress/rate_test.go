package progress

import (
	"testing"
	"time"
)

var start = time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }

func TestRateIsMeasuredOverWindow(t *testing.T) {
	var p rateMeter
	if p.rate() != 0 {
		t.Error("a rate without samples")
	}
	p.observe(at(0), Vendor{Total: 9999, Done: 500}) // by an earlier run
	if p.rate() != 0 {
		t.Error("a rate with one sample")
	}
	done := int64(500)
	for s := 1; s <= 60; s++ {
		done += 10
		p.observe(at(float64(s)), Vendor{Total: 9999, Done: done})
	}
	if got := p.rate(); got != 10 {
		t.Errorf("10 rows a second are %v", got)
	}
	for s := 61; s <= 75; s++ { // half a window at another speed
		done += 30
		p.observe(at(float64(s)), Vendor{Total: 9999, Done: done})
	}
	if got := p.rate(); got != 20 {
		t.Errorf("half a window at 10 and half at 30: got %v", got)
	}
}

func TestRateIgnoresSkippedRows(t *testing.T) {
	var p rateMeter
	p.observe(at(0), Vendor{})
	p.observe(at(10), Vendor{Done: 10, Failed: 20, Unknown: 30, Skipped: 400})
	if got := p.rate(); got != 6 {
		t.Errorf("60 rows in 10 s are %v", got)
	}
}

func TestStalledVendorHasNoRate(t *testing.T) {
	var p rateMeter
	p.observe(at(0), Vendor{Done: 0})
	p.observe(at(5), Vendor{Done: 50})
	for s := 6; s <= 35; s++ {
		p.observe(at(float64(s)), Vendor{Done: 50})
	}
	if got := p.rate(); got != 0 {
		t.Errorf("nothing for the whole window is %v", got)
	}
}

func TestClockGoingBackGivesNoRate(t *testing.T) {
	var p rateMeter
	p.observe(at(5), Vendor{Done: 0})
	p.observe(at(5), Vendor{Done: 50})
	if got := p.rate(); got != 0 {
		t.Errorf("no time makes a rate of %v", got)
	}
	p.observe(at(3), Vendor{Done: 60})
	if got := p.rate(); got != 0 {
		t.Errorf("a clock that went back makes a rate of %v", got)
	}
}

func TestRateMeterKeepsFewSamples(t *testing.T) {
	var p rateMeter
	for ms := range 100_000 {
		p.observe(at(float64(ms)/1000), Vendor{Done: int64(ms)})
	}
	if most := int(rateWindow/sampleInterval) + 2; len(p.samples) > most {
		t.Errorf("%d samples, want %d at most", len(p.samples), most)
	}
	if got := p.rate(); got < 999 || got > 1001 {
		t.Errorf("1000 rows a second are %v", got)
	}
}

func TestEstimates(t *testing.T) {
	p := rateMeters{}
	p.observe(Snapshot{Time: at(0), Vendors: []Vendor{{Name: "a", Total: 100}, {Name: "b", Total: 400}}})
	each, whole := p.observe(Snapshot{Time: at(10), Vendors: []Vendor{
		{Name: "a", Total: 100, Done: 20, Skipped: 60}, // 2/s, 20 left
		{Name: "b", Total: 400, Done: 100},             // 10/s, 300 left
	}})
	want := []estimate{{2, 10 * time.Second, true}, {10, 30 * time.Second, true}}
	if each[0] != want[0] || each[1] != want[1] {
		t.Errorf("got %v, want %v", each, want)
	}
	if (whole != estimate{12, 30 * time.Second, true}) {
		t.Errorf("total %v, want the slowest vendor", whole)
	}
	each, whole = p.observe(Snapshot{Time: at(20), Vendors: []Vendor{
		{Name: "a", Total: 100, Done: 40, Skipped: 60}, {Name: "b", Total: 400, Done: 300}, {Name: "c", Total: 1},
	}})
	if (each[0] != estimate{known: true}) || each[1].left != 20*time.Second/3 {
		t.Errorf("got %v", each)
	}
	if each[2].known || whole.known {
		t.Error("the remaining time of a stalled vendor is known")
	}
	if e := newEstimate(1<<62, 1e-9); e.left <= 0 {
		t.Errorf("ages are %v", e.left)
	}
}
