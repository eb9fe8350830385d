// Package progress shows how far a run is: a table that is redrawn in place on a
// terminal, or lines from time to time elsewhere.
package progress

import (
	"io"
	"os"
	"time"
)

// A Snapshot is where a run stands.
type Snapshot struct {
	Time time.Time
	// Title names the file, and Target what the run does with it and where. A
	// table shows them; lines follow a first line that does.
	Title, Target string
	Elapsed       time.Duration // of this run
	Vendors       []Vendor
}

// Ended counts the rows that have ended.
func (s Snapshot) Ended() int64 { return s.total().ended() }

// A Vendor is where a run stands at one vendor, in rows.
type Vendor struct {
	Name     string
	Total    int64
	Done     int64 // applied or planned
	Failed   int64 // rejected or not sent
	Unknown  int64 // may have been made
	Skipped  int64 // bad rows
	Waiting  int64 // for the rate limit, or to be delivered again
	InFlight int64
	Paused   string // why nothing is sent: "rate limit, 12s"; empty where nothing hinders it
}

// ended are the rows of which no more is to come.
func (v Vendor) ended() int64 { return v.Done + v.Failed + v.Unknown + v.Skipped }

// Left are the rows of which more is to come.
func (v Vendor) Left() int64 { return max(0, v.Total-v.ended()) }

// total is all vendors as one.
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

// A View shows snapshots. It is for one goroutine.
type View interface {
	// Show is called often; the View decides what is worth showing.
	Show(Snapshot)
	// Close leaves the last snapshot, and the terminal as it was.
	Close()
}

// New makes a View: a table on a terminal, whose size is that of the function, and
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
