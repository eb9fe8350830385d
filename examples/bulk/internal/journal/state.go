package journal

import (
	"slices"
	"strings"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

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

// state is what the events of all rows say. It has nine bytes for each row, and more for
// each row that was started and has no result, or was tried more than once.
type state struct {
	done      []int8     // by row number: the outcome's place in result.Outcomes and 1, 0 for none
	positions *positions // nil if they are not needed
	open      map[int64]openRow
	counts    map[string]*Counts
}

// An openRow is a row that was started and has no result.
type openRow struct {
	claim  string // of the last start
	tried  bool   // that start has ended
	starts int
}

func newState(rows int64) *state {
	s := newStateWithoutPositions(rows)
	s.positions = newPositions(rows)
	return s
}

// newStateWithoutPositions returns a state that only corrects and counts results.
func newStateWithoutPositions(rows int64) *state {
	return &state{done: make([]int8, rows+1), open: make(map[int64]openRow), counts: make(map[string]*Counts)}
}

// hasRow reports whether the job has a row of this number.
func (s *state) hasRow(row int64) bool { return row >= 1 && row < int64(len(s.done)) }

// isDone reports whether the row must not be sent. A row that the job does not have must
// not be sent either.
func (s *state) isDone(row int64) bool { return !s.hasRow(row) || s.done[row] != 0 }

// positionsOf returns the messages with events of a row's change, in their order.
func (s *state) positionsOf(row int64) []uint64 {
	if !s.hasRow(row) {
		return nil
	}
	return s.positions.of(row)
}

// add adds an event of the message with this number. It corrects the result of a row that
// another worker has started since: a refusal does not speak for that worker. A row without
// an open start has no such worker: its result is a second copy, or from a recovery, which
// keeps results and no starts.
func (s *state) add(e *Event, sequence uint64) {
	if !s.hasRow(e.Row) {
		return
	}
	row, known := s.open[e.Row]
	if e.Kind == kindDone && known && row.claim != e.Claim && result.Unknown.Outranks(e.Result.Outcome) {
		r := *e.Result
		r.Outcome = result.Unknown
		r.Error = strings.TrimSuffix("another worker has started the row since, and may have made the change; this one: "+r.Error, "; this one: ")
		e.Result = &r
	}
	c := s.counts[e.Vendor]
	if c == nil {
		c = new(Counts)
		s.counts[e.Vendor] = c
	}
	if e.Kind != kindDone && s.positions != nil {
		s.positions.add(e.Row, sequence)
	}
	if s.done[e.Row] != 0 {
		if e.Kind == kindDone {
			s.recordOutcome(c, e)
		}
		return // a late try does not change that the row has a result
	}
	if known {
		*c.openCounter(row)--
	}
	switch e.Kind {
	case kindStarted:
		if e.Claim != row.claim { // not a second copy
			row = openRow{claim: e.Claim, starts: row.starts + 1}
		}
	case kindTried:
		if e.Claim == row.claim { // otherwise another worker has started it since
			row.tried = true
		}
	case kindDone:
		delete(s.open, e.Row)
		s.recordOutcome(c, e)
		return
	}
	s.open[e.Row] = row
	*c.openCounter(row)++
}

func (c *Counts) openCounter(row openRow) *int64 {
	if row.tried {
		return &c.Waiting
	}
	return &c.Open
}

// recordOutcome counts an outcome, unless one of higher rank was recorded. Two
// workers can end a row only if the lease of one had expired.
func (s *state) recordOutcome(c *Counts, e *Event) {
	if done := s.done[e.Row]; done != 0 {
		before := result.Outcomes[done-1]
		if !e.Result.Outcome.Outranks(before) {
			return
		}
		*c.outcomeCounter(before)--
	}
	s.done[e.Row] = int8(1 + slices.Index(result.Outcomes, e.Result.Outcome)) //nolint:gosec // there are seven outcomes
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

// positions are the sequence numbers of the messages with events of each row's change, in
// their order. Most rows have two: the start and the end of their only try.
type positions struct {
	first, second []uint32
	more          map[int64][]uint32 // the third and later ones
}

func newPositions(rows int64) *positions {
	return &positions{make([]uint32, rows+1), make([]uint32, rows+1), make(map[int64][]uint32)}
}

// maxSequence is the highest sequence number that positions can hold. Follow ends before
// there are more messages.
const maxSequence = 1<<32 - 1

func (p *positions) add(row int64, sequence uint64) {
	position := uint32(sequence) //nolint:gosec // see maxSequence
	switch {
	case p.first[row] == 0:
		p.first[row] = position
	case p.second[row] == 0:
		p.second[row] = position
	default:
		p.more[row] = append(p.more[row], position)
	}
}

// of returns the positions of a row, as a copy.
func (p *positions) of(row int64) []uint64 {
	var all []uint64
	for _, position := range slices.Concat([]uint32{p.first[row], p.second[row]}, p.more[row]) {
		if position != 0 {
			all = append(all, uint64(position))
		}
	}
	return all
}
