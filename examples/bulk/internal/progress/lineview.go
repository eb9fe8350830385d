package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// lineInterval is the minimum time between two outputs of a lineView, measured by
// the snapshots' times.
const lineInterval = 10 * time.Second

// A lineView writes lines to a file or a log: at the start, at intervals, and at
// the end.
type lineView struct {
	w       io.Writer
	meters  rateMeters
	last    Snapshot  // the last one shown, written or not
	written time.Time // time of the last one written
	started bool
}

func (p *lineView) Show(s Snapshot) {
	if !p.started {
		p.meters = rateMeters{}
	}
	each, whole := p.meters.observe(s)
	p.last = s
	if p.started && s.Time.Sub(p.written) < lineInterval {
		return
	}
	p.writeLines(s, each, whole)
}

func (p *lineView) Close() {
	if !p.started || p.last.Time.Equal(p.written) {
		return
	}
	each, whole := p.meters.observe(p.last)
	p.writeLines(p.last, each, whole)
}

func (p *lineView) writeLines(s Snapshot, each []estimate, whole estimate) {
	p.started, p.written = true, s.Time
	var b strings.Builder
	for i, v := range s.Vendors {
		writeLine(&b, s, v, each[i])
	}
	if len(s.Vendors) > 1 {
		writeLine(&b, s, s.total(), whole)
	}
	fmt.Fprint(p.w, b.String())
}

func writeLine(b *strings.Builder, s Snapshot, v Vendor, e estimate) {
	fmt.Fprintf(b, "%s %-17s elapsed=%s done=%d/%d failed=%d unknown=%d skipped=%d waiting=%d in_flight=%d rate=%s left=%s",
		s.Time.Format(time.TimeOnly), v.Name, formatDuration(s.Elapsed), v.Done, v.Total, v.Failed, v.Unknown, v.Skipped, v.Waiting, v.InFlight,
		formatRate(e.rate), e.formatLeft())
	if v.Paused != "" {
		fmt.Fprintf(b, " paused=%q", v.Paused)
	}
	b.WriteByte('\n')
}
