package progress

import "time"

const (
	// rateWindow is the period over which a rate is measured. It is long enough for a
	// vendor that accepts one call every few seconds.
	rateWindow = 30 * time.Second
	// sampleInterval is the minimum time between two samples.
	sampleInterval = 250 * time.Millisecond
)

// A rateMeter measures how many rows of a vendor end per second. Skipped rows do
// not count, because they take no time.
type rateMeter struct {
	samples []sample // the first is as old as the window, or the first sample
}

type sample struct {
	at   time.Time
	rows int64
}

// observe adds a sample.
func (m *rateMeter) observe(at time.Time, v Vendor) {
	s := sample{at, v.ended() - v.Skipped}
	if n := len(m.samples); n > 1 && at.Sub(m.samples[n-2].at) < sampleInterval {
		m.samples[n-1] = s
	} else {
		m.samples = append(m.samples, s)
	}
	for len(m.samples) > 2 && at.Sub(m.samples[1].at) >= rateWindow {
		m.samples = m.samples[1:]
	}
}

// rate returns the rows per second over the window. It is 0 if no row ended, or if
// there are too few samples.
func (m *rateMeter) rate() float64 {
	if len(m.samples) < 2 {
		return 0
	}
	first, last := m.samples[0], m.samples[len(m.samples)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 || last.rows < first.rows {
		return 0
	}
	return float64(last.rows-first.rows) / seconds
}

// An estimate is a rate, and the remaining time at that rate. If no rows are left,
// the rate is 0.
type estimate struct {
	rate  float64
	left  time.Duration
	known bool // whether left is known
}

func newEstimate(rows int64, rate float64) estimate {
	switch {
	case rows == 0:
		return estimate{known: true}
	case rate == 0:
		return estimate{}
	}
	const longest = 10 * 365 * 24 * time.Hour
	return estimate{rate, time.Duration(min(float64(rows)/rate*float64(time.Second), float64(longest))), true}
}

// rateMeters holds a rateMeter for each vendor.
type rateMeters map[string]*rateMeter

// observe returns the estimates of the vendors in their order, and of the total.
// The vendors work in parallel, so the total takes as long as the slowest.
func (p rateMeters) observe(s Snapshot) (each []estimate, whole estimate) {
	whole.known = true
	for _, v := range s.Vendors {
		if p[v.Name] == nil {
			p[v.Name] = &rateMeter{}
		}
		p[v.Name].observe(s.Time, v)
		e := newEstimate(v.Left(), p[v.Name].rate())
		each = append(each, e)
		whole.rate += e.rate
		whole.left = max(whole.left, e.left)
		whole.known = whole.known && e.known
	}
	return each, whole
}
