package report

import (
	"testing"
	"time"
)

func TestPercentiles(t *testing.T) {
	var h histogram
	for ms := 1; ms <= 1000; ms++ {
		h.add(time.Duration(ms) * time.Millisecond)
	}
	for p, want := range map[float64]time.Duration{50: 500 * time.Millisecond, 90: 900 * time.Millisecond, 99: 990 * time.Millisecond} {
		got := h.percentile(p)
		if off := float64(got)/float64(want) - 1; off < -0.06 || off > 0.06 {
			t.Errorf("p%v is %v, want %v within 6%%", p, got, want)
		}
	}
	if h.min != time.Millisecond || h.max != time.Second || h.count != 1000 {
		t.Errorf("from %v to %v, %d", h.min, h.max, h.count)
	}
}

func TestPercentilesOfFewValues(t *testing.T) {
	var h histogram
	for range 99 {
		h.add(10 * time.Millisecond)
	}
	h.add(7 * time.Second)
	for p, want := range map[float64]time.Duration{50: 10 * time.Millisecond, 99: 10 * time.Millisecond, 100: 7 * time.Second} {
		if got := h.percentile(p); got != want && (got < want*94/100 || got > want*106/100) {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
	var one histogram
	one.add(123 * time.Millisecond)
	if got := one.percentile(50); got != 123*time.Millisecond {
		t.Errorf("the median of one is %v: no percentile is beyond the least or the most", got)
	}
}

func TestBucketOfExtremeTimes(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want int
	}{
		{1, 0}, {minLatency, 0}, {time.Millisecond - 1, perDecade - 1}, {1001 * time.Microsecond, perDecade},
		{101 * time.Millisecond, 3 * perDecade}, {1000 * time.Hour, decades*perDecade - 1},
	} {
		if got := bucketIndex(c.d); got != c.want {
			t.Errorf("%v is in bucket %d, want %d", c.d, got, c.want)
		}
	}
	for i := range decades * perDecade {
		if middle := (bucketStart(i) + bucketStart(i+1)) / 2; bucketIndex(middle) != i {
			t.Errorf("%v, of bucket %d, is in %d", middle, i, bucketIndex(middle))
		}
	}
}
