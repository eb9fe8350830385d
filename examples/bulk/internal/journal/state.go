package journal

import (
	"slices"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// An Entry is the state of a row that has not ended.
type Entry struct {
	// Open reports that the row was started and neither released nor finished: a
	// worker is sending it, or has crashed.
	Open bool
	// Doubt reports that the change may have been made.
	Doubt bool
	// Starts counts the tries, and Doubts those whose outcome is not known.
	Starts, Doubts int
	// FirstStart is when the server stored the first start. It is zero before that.
	FirstStart time.Time

	claim string // of the last start
}

// Counts are the rows of one vendor by state and outcome.
type Counts struct {
	Applied, Planned, Unknown, Rejected, NotSent, Skipped int64
	// Open rows are being sent, Waiting rows will be tried again.
	Open, Waiting int64
}

// Ended counts the rows that have ended, without skipped ones.
func (c Counts) Ended() int64 {
	return c.Applied + c.Planned + c.Unknown + c.Rejected + c.NotSent
}

// state is the sum of all events. It holds one byte for each row, and an Entry for
// each row that was started and has not ended.
type state struct {
	dryRun bool   // nothing is ever sent, so nothing is in doubt
	ended  []int8 // by row number: the outcome's place in result.Outcomes and 1, 0 for none
	open   map[int64]Entry
	counts map[string]*Counts
}

func newState(rows int64, dry bool) *state {
	return &state{dryRun: dry, ended: make([]int8, rows+1), open: make(map[int64]Entry), counts: make(map[string]*Counts)}
}

// entry returns what a worker that starts the row now must know of it.
func (s *state) entry(row int64) (e Entry, ended bool) {
	e = s.open[row]
	if e.Open {
		s.markDoubt(&e) // the earlier start may have made the change, or may still make it
	}
	return e, !s.hasRow(row) || s.ended[row] != 0 // an unknown row must not be sent either
}

func (s *state) markDoubt(e *Entry) {
	if !s.dryRun {
		e.Doubt, e.Doubts = true, e.Doubts+1
	}
}

// hasRow reports whether the job has a row of this number.
func (s *state) hasRow(row int64) bool { return row >= 1 && row < int64(len(s.ended)) }

func (s *state) add(e Event) {
	if !s.hasRow(e.Row) {
		return
	}
	c := s.counts[e.Vendor]
	if c == nil {
		c = new(Counts)
		s.counts[e.Vendor] = c
	}
	if s.ended[e.Row] != 0 {
		if e.Kind == kindDone {
			s.recordOutcome(c, e)
		}
		return // a late entry does not change the end
	}
	entry, known := s.open[e.Row]
	if known {
		c.uncount(entry)
	}
	switch e.Kind {
	case kindStarted:
		if !known || e.Claim != entry.claim { // not the same start stored twice
			entry, _ = s.entry(e.Row)
			entry.Open, entry.claim = true, e.Claim
			entry.Starts++
			if entry.FirstStart.IsZero() {
				entry.FirstStart = e.at
			}
		}
	case kindReleased:
		if e.Doubt {
			s.markDoubt(&entry)
		}
		if e.Claim == entry.claim { // otherwise another worker has started it since
			entry.Open = false
		}
	case kindDone:
		delete(s.open, e.Row)
		s.recordOutcome(c, e)
		return
	}
	s.open[e.Row] = entry
	c.count(entry)
}

// applyDoubt returns the event as it counts after the events before it. If an
// earlier try may have made the change, a refusal of this try leaves the row
// unknown.
func (s *state) applyDoubt(e Event) Event {
	if e.Kind != kindDone || !s.hasRow(e.Row) || !s.open[e.Row].Doubt || !result.Unknown.Outranks(e.Result.Outcome) {
		return e
	}
	r := *e.Result
	r.Outcome = result.Unknown
	r.Error = "another try may have made the change; this one: " + r.Error
	e.Result = &r
	return e
}

func (c *Counts) uncount(e Entry) { *c.entryCounter(e)-- }
func (c *Counts) count(e Entry)   { *c.entryCounter(e)++ }

func (c *Counts) entryCounter(e Entry) *int64 {
	if e.Open {
		return &c.Open
	}
	return &c.Waiting
}

// recordOutcome counts an outcome, unless one of higher rank was recorded. Two
// workers can end a row only if the lease of one had expired.
func (s *state) recordOutcome(c *Counts, e Event) {
	if ended := s.ended[e.Row]; ended != 0 {
		before := result.Outcomes[ended-1]
		if !e.Result.Outcome.Outranks(before) {
			return
		}
		*c.outcomeCounter(before)--
	}
	s.ended[e.Row] = int8(1 + slices.Index(result.Outcomes, e.Result.Outcome)) //nolint:gosec // there are seven outcomes
	*c.outcomeCounter(e.Result.Outcome)++
}

func (c *Counts) outcomeCounter(o result.Outcome) *int64 {
	switch o {
	case result.Applied:
		return &c.Applied
	case result.Planned:
		return &c.Planned
	case result.Unknown:
		return &c.Unknown
	case result.Rejected:
		return &c.Rejected
	case result.NotSent:
		return &c.NotSent
	}
	return &c.Skipped
}
