// Package progress shows the progress of a run: a table that is redrawn in place on
// a terminal, or lines from time to time elsewhere.
package progress

import (
	"io"
	"os"
	"time"
)

// A Snapshot is the state of a run at one time.
type Snapshot struct {
	Time time.Time
	// Title names the file, and Target what the run does and where. The table shows
	// both. The lines do not, because the first line of the output does.
	Title, Target string
	Elapsed       time.Duration // of this run
	Vendors       []Vendor
}

// Ended returns the number of rows that have ended.
func (s Snapshot) Ended() int64 { return s.total().ended() }

// A Vendor is the state of a run at one vendor, in numbers of rows.
type Vendor struct {
	Name     string
	Total    int64
	Done     int64 // applied or planned
	Failed   int64 // rejected or not sent
	Unknown  int64 // the change may have been made
	Skipped  int64 // bad rows
	Waiting  int64 // waiting for a rate limit or the next try
	InFlight int64
	Paused   string // why nothing is sent, such as "rate limit, 12s", or empty
}

// ended returns the number of rows that have ended.
func (v Vendor) ended() int64 { return v.Done + v.Failed + v.Unknown + v.Skipped }

// Left returns the number of rows that have not ended.
func (v Vendor) Left() int64 { return max(0, v.Total-v.ended()) }

// total returns the sum of all vendors.
func (s Snapshot) total() Vendor {
	sum := Vendor{Name: "total"}
	for _, v := range s.Vendors {
		sum.Total += v.Total
		sum.Done += v.Done
		sum.Failed += v.Failed
		sum.Unknown += v.Unknown
		sum.Skipped += v.Skipped
		sum.Waiting += v.Waiting
		sum.InFlight += v.InFlight
	}
	return sum
}

// A View shows snapshots. Only one goroutine may use it.
type View interface {
	// Show may be called often; the View decides which snapshots it shows.
	Show(Snapshot)
	// Close shows the last snapshot and restores the terminal.
	Close()
}

// New returns a View: a table on a terminal, whose size the function returns, and
// lines elsewhere.
func New(w io.Writer, terminal bool, size func() (width, height int)) View {
	if !terminal || os.Getenv("TERM") == "dumb" {
		return &lineView{w: w}
	}
	return &tableView{w: w, size: size, palette: newPalette(os.Getenv("NO_COLOR") == "")}
}

// Redraws reports whether the view writes over its last frame, so that nothing else
// should be written to the terminal meanwhile.
func Redraws(v View) bool {
	_, ok := v.(*tableView)
	return ok
}
