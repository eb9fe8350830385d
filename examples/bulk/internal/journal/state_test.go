package journal

import (
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// play applies events of row 1, such as "start a, try a, start b, applied after b". try is
// the end of a try, and any other word an outcome. Other rows are named: "start c of 2".
func play(t *testing.T, entries string) *state {
	t.Helper()
	s := newState(2)
	rows := map[string]int64{"0": 0, "1": 1, "2": 2, "3": 3, "-1": -1}
	sequence := uint64(0)
	for entry := range strings.SplitSeq(entries, ", ") {
		what, place, ok := strings.Cut(entry, " of ")
		if !ok {
			place = "1"
		}
		e := Event{Row: rows[place], Vendor: "knox", ID: what}
		verb, claim, _ := strings.Cut(what, " ")
		switch verb {
		case "":
			continue
		case "start":
			e.Kind, e.Claim, e.Change = kindStarted, claim, []byte("{}")
		case "try":
			e.Kind, e.Claim, e.Change = kindTried, claim, []byte("{}")
		default:
			what, claim, _ := strings.Cut(what, " after ")
			e.Kind, e.Claim, e.Result = kindDone, claim, &result.Result{Row: e.Row, Vendor: "knox", Outcome: result.Outcome(what)}
		}
		if err := e.validate(); err != nil {
			t.Fatal(err)
		}
		sequence++
		s.add(&e, sequence)
	}
	return s
}

func TestStateOfEvents(t *testing.T) {
	for _, c := range []struct {
		entries   string
		done      bool
		starts    int
		positions []uint64
		counts    Counts
	}{
		{entries: ""},
		{"start a", false, 1, []uint64{1}, Counts{Open: 1}},
		{"start a, try a", false, 1, []uint64{1, 2}, Counts{Waiting: 1}},
		{"start a, try a, start b", false, 2, []uint64{1, 2, 3}, Counts{Open: 1}},
		{"start a, try a, start b, try b", false, 2, []uint64{1, 2, 3, 4}, Counts{Waiting: 1}},

		// A second worker starts the row after the first one's lease.
		{"start a, start b", false, 2, []uint64{1, 2}, Counts{Open: 1}},
		{"start a, start b, try b", false, 2, []uint64{1, 2, 3}, Counts{Waiting: 1}},
		{"start a, start b, try a", false, 2, []uint64{1, 2, 3}, Counts{Open: 1}},

		// A second copy changes no count.
		{"start a, start a", false, 1, []uint64{1, 2}, Counts{Open: 1}},
		{"start a, start a, try a", false, 1, []uint64{1, 2, 3}, Counts{Waiting: 1}},
		{"start a, try a, start a", false, 1, []uint64{1, 2, 3}, Counts{Waiting: 1}},
		{"start a, try a, start b, try a", false, 2, []uint64{1, 2, 3, 4}, Counts{Open: 1}},

		{"start a, try a, applied after a", true, 0, []uint64{1, 2}, Counts{Applied: 1}},
		{"start a, rejected after a", true, 0, []uint64{1}, Counts{Rejected: 1}},
		{"skipped", true, 0, nil, Counts{Skipped: 1}},
		{"unknown, applied", true, 0, nil, Counts{Applied: 1}},
		{"unknown, rejected", true, 0, nil, Counts{Unknown: 1}},
		{"planned, planned", true, 0, nil, Counts{Planned: 1}},
		{"rejected, not sent", true, 0, nil, Counts{Rejected: 1}},

		// A second copy of a result, and a result without its start, are not corrected.
		{"start a, try a, rejected after a, rejected after a", true, 0, []uint64{1, 2}, Counts{Rejected: 1}},
		{"start a, planned after a, planned after a", true, 0, []uint64{1}, Counts{Planned: 1}},
		{"rejected after a", true, 0, nil, Counts{Rejected: 1}},

		{"start a, rejected after a, start b, try b", true, 0, []uint64{1, 3, 4}, Counts{Rejected: 1}},

		// Another worker has started the row before the result was stored.
		{"start a, try a, start b, rejected after a", true, 0, []uint64{1, 2, 3}, Counts{Unknown: 1}},
		{"start a, try a, start b, try b, not sent after a", true, 0, []uint64{1, 2, 3, 4}, Counts{Unknown: 1}},
		{"start a, try a, start b, applied after a", true, 0, []uint64{1, 2, 3}, Counts{Applied: 1}},
		{"start a, try a, start b, rejected after b", true, 0, []uint64{1, 2, 3}, Counts{Rejected: 1}},

		{entries: "start a of 0, start a of 3, applied of -1, rejected of 3"},
		{"start a of 2, not sent after a of 2, start b", false, 1, []uint64{3}, Counts{NotSent: 1, Open: 1}},
	} {
		t.Run(c.entries, func(t *testing.T) {
			s := play(t, c.entries)
			if s.isDone(1) != c.done || s.open[1].starts != c.starts || !slices.Equal(s.positionsOf(1), c.positions) {
				t.Errorf("done %v, %d starts, messages %v", s.isDone(1), s.open[1].starts, s.positionsOf(1))
			}
			var got Counts
			if k := s.counts["knox"]; k != nil {
				got = *k
			}
			if got != c.counts {
				t.Errorf("got %+v", got)
			}
			if c.done && len(s.open) > 0 {
				t.Error("a row with a result is held in memory")
			}
		})
	}
}

// A row that the job does not have must not be sent.
func TestUnknownRowIsNotSent(t *testing.T) {
	for _, row := range []int64{-1, 0, 3} {
		if s := newState(2); !s.isDone(row) || s.positionsOf(row) != nil {
			t.Errorf("row %d may be sent", row)
		}
	}
}
