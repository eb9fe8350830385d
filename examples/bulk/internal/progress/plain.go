package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// every is how often a plain view writes, by the snapshots' own time.
const every = 10 * time.Second

// plain writes lines to a file or a log: at the start, every now and then, and
// at the end.
type plain struct {
	w       io.Writer
	paces   paces
	last    Snapshot  // seen, and perhaps not written
	written time.Time // of the one that was written last
	begun   bool
}

func (p *plain) Show(s Snapshot) {
	if !p.begun {
		p.paces = paces{}
	}
	each, whole := p.paces.observe(s)
	p.last = s
	if p.begun && s.Time.Sub(p.written) < every {
		return
	}
	p.write(s, each, whole)
}

func (p *plain) Close() {
	if !p.begun || p.last.Time.Equal(p.written) {
		return
	}
	each, whole := p.paces.observe(p.last)
	p.write(p.last, each, whole)
}

func (p *plain) write(s Snapshot, each []estimate, whole estimate) {
	p.begun, p.written = true, s.Time
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
		s.Time.Format(time.TimeOnly), v.Name, duration(s.Elapsed), v.Done, v.Total, v.Failed, v.Unknown, v.Skipped, v.Waiting, v.InFlight,
		speed(e.rate), e.remaining())
	if v.Paused != "" {
		fmt.Fprintf(b, " paused=%q", v.Paused)
	}
	b.WriteByte('\n')
}
