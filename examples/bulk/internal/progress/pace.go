package progress

import "time"

const (
	// window is what a rate is measured over: long enough for a vendor that
	// takes a call every few seconds.
	window = 30 * time.Second
	// grain is the distance of the samples that are kept.
	grain = 250 * time.Millisecond
)

// A pace measures how fast the rows of a vendor are settled. Rows that were
// skipped do not count: they cost no time.
type pace struct {
	samples []sample // the first one is as old as the window, or the first of all
}

type sample struct {
	at   time.Time
	rows int64
}

// observe takes down where a vendor stands.
func (p *pace) observe(at time.Time, v Vendor) {
	s := sample{at, v.settled() - v.Skipped}
	if n := len(p.samples); n > 1 && at.Sub(p.samples[n-2].at) < grain {
		p.samples[n-1] = s
	} else {
		p.samples = append(p.samples, s)
	}
	for len(p.samples) > 2 && at.Sub(p.samples[1].at) >= window {
		p.samples = p.samples[1:]
	}
}

// rate is in rows a second, over the window; 0 where nothing moves, or nothing
// can be told yet.
func (p *pace) rate() float64 {
	if len(p.samples) < 2 {
		return 0
	}
	first, last := p.samples[0], p.samples[len(p.samples)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 || last.rows < first.rows {
		return 0
	}
	return float64(last.rows-first.rows) / seconds
}

// An estimate is a rate, and how long what is left takes at it. Where nothing
// is left, there is no rate any more.
type estimate struct {
	rate  float64
	left  time.Duration
	known bool // whether left is told
}

func estimateOf(rows int64, rate float64) estimate {
	switch {
	case rows == 0:
		return estimate{known: true}
	case rate == 0:
		return estimate{}
	}
	const longest = 10 * 365 * 24 * time.Hour
	return estimate{rate, time.Duration(min(float64(rows)/rate*float64(time.Second), float64(longest))), true}
}

// paces are those of all vendors.
type paces map[string]*pace

// observe gives the estimates of the vendors, in their order, and of the whole.
// The vendors work side by side, so that the whole takes as long as the slowest.
func (p paces) observe(s Snapshot) (each []estimate, whole estimate) {
	whole.known = true
	for _, v := range s.Vendors {
		if p[v.Name] == nil {
			p[v.Name] = &pace{}
		}
		p[v.Name].observe(s.Time, v)
		e := estimateOf(v.Left(), p[v.Name].rate())
		each = append(each, e)
		whole.rate += e.rate
		whole.left = max(whole.left, e.left)
		whole.known = whole.known && e.known
	}
	return each, whole
}
