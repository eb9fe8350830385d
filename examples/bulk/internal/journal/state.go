package journal

import (
	"slices"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// An Entry is what the journal says of a row that has not ended.
type Entry struct {
	// Open says that somebody has started the row, and nobody has said since
	// how that went: he is at it, or he is dead.
	Open bool
	// Doubt says that the change may have happened.
	Doubt bool
	// Starts counts the tries, and Doubts those of them that nobody knows the
	// end of.
	Starts, Doubts int
}

// Counts are the rows of one vendor by what became of them.
type Counts struct {
	Applied, Planned, Unknown, Rejected, NotSent, Skipped int64
	// Open rows are on their way, Waiting ones will be tried again.
	Open, Waiting int64
}

// Ended counts the rows that were to be sent, and of which no more is to come.
func (c Counts) Ended() int64 {
	return c.Applied + c.Planned + c.Unknown + c.Rejected + c.NotSent
}

// state folds the events. It holds a byte for each row, and more only for those
// that have started and not ended.
type state struct {
	ended  []int8 // by row number: the outcome's place in result.Outcomes and 1, 0 for none
	open   map[int64]Entry
	counts map[string]*Counts
}

func newState(rows int64) *state {
	return &state{ended: make([]int8, rows+1), open: make(map[int64]Entry), counts: make(map[string]*Counts)}
}

// look is what was known of the row so far.
func (s *state) look(row int64) (e Entry, ended bool) {
	return s.open[row], s.ended[row] != 0
}

func (s *state) add(e Event) {
	if e.Row < 1 || e.Row >= int64(len(s.ended)) {
		return // no row of this job
	}
	c := s.counts[e.Vendor]
	if c == nil {
		c = new(Counts)
		s.counts[e.Vendor] = c
	}
	entry, known := s.open[e.Row]
	if s.ended[e.Row] != 0 {
		if e.Kind == done {
			s.end(c, e)
		}
		return // a latecomer: the row's end stands
	}
	if known {
		c.leave(entry)
	}
	switch e.Kind {
	case started:
		if entry.Open {
			entry.Doubt, entry.Doubts = true, entry.Doubts+1 // the one before says no more
		}
		entry.Open = true
		entry.Starts++
	case released:
		entry.Open = false
		if e.Doubt {
			entry.Doubt, entry.Doubts = true, entry.Doubts+1
		}
	case done:
		delete(s.open, e.Row)
		s.end(c, e)
		return
	}
	s.open[e.Row] = entry
	c.enter(entry)
}

func (c *Counts) leave(e Entry) { *c.place(e)-- }
func (c *Counts) enter(e Entry) { *c.place(e)++ }

func (c *Counts) place(e Entry) *int64 {
	if e.Open {
		return &c.Open
	}
	return &c.Waiting
}

// end notes an outcome, unless a higher one stands: two processes can end a row
// only if one of them was taken for dead.
func (s *state) end(c *Counts, e Event) {
	if ended := s.ended[e.Row]; ended != 0 {
		before := result.Outcomes[ended-1]
		if !e.Result.Outcome.Outranks(before) {
			return
		}
		*c.outcome(before)--
	}
	s.ended[e.Row] = int8(1 + slices.Index(result.Outcomes, e.Result.Outcome)) //nolint:gosec // there are seven
	*c.outcome(e.Result.Outcome)++
}

func (c *Counts) outcome(o result.Outcome) *int64 {
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
