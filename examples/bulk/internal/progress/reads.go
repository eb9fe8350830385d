package progress

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
)

// The minimum times between two outputs of Reads.
const (
	redrawInterval    = 200 * time.Millisecond
	readsLineInterval = 30 * time.Second
)

// Reads shows how many credits a command has read: in a line that is redrawn on a
// terminal, and in a line from time to time elsewhere. Only one goroutine may use it.
type Reads struct {
	w        io.Writer
	terminal bool
	total    int64 // 0 if it is not known
	done     int64
	meter    rateMeter
	shown    time.Time // time of the last output, or of the beginning
	drawn    bool      // the line is on the terminal
}

// NewReads begins to show the reads of a number of credits, 0 if it is not known.
func NewReads(w io.Writer, terminal bool, total int64) *Reads {
	r := &Reads{w: w, terminal: terminal && os.Getenv("TERM") != "dumb", total: total, shown: time.Now()}
	r.meter.observe(r.shown, Vendor{})
	return r
}

// Add counts one more credit.
func (r *Reads) Add() {
	r.done++
	now, interval := time.Now(), readsLineInterval
	r.meter.observe(now, Vendor{Done: r.done})
	if r.terminal {
		interval = redrawInterval
	}
	if now.Sub(r.shown) < interval {
		return
	}
	r.shown = now
	if r.terminal {
		r.drawn = true
		fmt.Fprintf(r.w, "\r\x1b[K%s", r.line())
		return
	}
	fmt.Fprintln(r.w, r.line())
}

func (r *Reads) line() string {
	rate := r.meter.rate()
	if r.total == 0 {
		return fmt.Sprintf("%s read, %s", format.Counted(r.done, "credit"), formatRate(rate))
	}
	return fmt.Sprintf("%s of %s read, %s, %s left", format.Count(r.done), format.Counted(r.total, "credit"),
		formatRate(rate), newEstimate(max(0, r.total-r.done), rate).formatLeft())
}

// Clear removes the line from the terminal, before another line or at the end.
func (r *Reads) Clear() {
	if r.drawn {
		r.drawn = false
		fmt.Fprint(r.w, "\r\x1b[K")
	}
}
