package report

import (
	"math"
	"time"
)

// The buckets of a histogram grow by a constant factor, from 0.1 ms. A percentile is
// at most 6% off.
const (
	minLatency = 100 * time.Microsecond
	perDecade  = 20
	decades    = 8 // up to 10,000 s
)

// A histogram counts durations in constant memory.
type histogram struct {
	buckets  [decades * perDecade]int64
	count    int64
	min, max time.Duration
}

func (h *histogram) add(d time.Duration) {
	if h.count == 0 || d < h.min {
		h.min = d
	}
	h.max = max(h.max, d)
	h.count++
	h.buckets[bucketIndex(d)]++
}

func bucketIndex(d time.Duration) int {
	if d < minLatency {
		return 0
	}
	i := int(math.Log10(float64(d)/float64(minLatency)) * perDecade)
	return min(i, decades*perDecade-1)
}

// bucketStart returns the lower bound of a bucket.
func bucketStart(bucket int) time.Duration {
	return time.Duration(float64(minLatency) * math.Pow(10, float64(bucket)/perDecade))
}

// percentile returns the time that p percent of the calls took at most, as the
// middle of its bucket.
func (h *histogram) percentile(p float64) time.Duration {
	rank := int64(math.Ceil(p / 100 * float64(h.count)))
	var seen int64
	for i, n := range h.buckets {
		if seen += n; n > 0 && seen >= rank {
			middle := math.Sqrt(float64(bucketStart(i)) * float64(bucketStart(i+1)))
			return min(max(time.Duration(middle), h.min), h.max)
		}
	}
	return h.max
}
