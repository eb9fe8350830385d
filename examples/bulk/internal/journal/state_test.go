package journal

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// play applies events of row 1, such as "start a, release a, doubt a, start b,
// applied". doubt is a release in doubt, and any other word an outcome. Other rows
// are named: "start c of 2".
func play(t *testing.T, dry bool, entries string) *state {
	t.Helper()
	s := newState(2, dry)
	rows := map[string]int64{"0": 0, "1": 1, "2": 2, "3": 3, "-1": -1}
	for entry := range strings.SplitSeq(entries, ", ") {
		what, place, ok := strings.Cut(entry, " of ")
		if !ok {
			place = "1"
		}
		e := Event{Row: rows[place], Vendor: "knox"}
		verb, claim, _ := strings.Cut(what, " ")
		switch verb {
		case "":
			continue
		case "start":
			e.Kind, e.Claim = kindStarted, claim
		case "release", "doubt":
			e.Kind, e.Claim, e.Doubt = kindReleased, claim, verb == "doubt"
		default:
			e.Kind, e.Result = kindDone, &result.Result{Row: e.Row, Vendor: "knox", Outcome: result.Outcome(what)}
		}
		if err := e.validate(); err != nil {
			t.Fatal(err)
		}
		s.add(s.applyDoubt(e))
	}
	return s
}

func TestStateOfEvents(t *testing.T) {
	for _, c := range []struct {
		entries string
		next    Entry // what the next start sees
		ended   bool
		counts  Counts
	}{
		{entries: ""},
		{"start a", Entry{Open: true, Doubt: true, Starts: 1, Doubts: 1}, false, Counts{Open: 1}},

		{"start a, release a", Entry{Starts: 1}, false, Counts{Waiting: 1}},
		{"start a, doubt a", Entry{Doubt: true, Starts: 1, Doubts: 1}, false, Counts{Waiting: 1}},
		{"start a, release a, start b", Entry{Open: true, Doubt: true, Starts: 2, Doubts: 1}, false, Counts{Open: 1}},
		{"start a, doubt a, start b, release b", Entry{Doubt: true, Starts: 2, Doubts: 1}, false, Counts{Waiting: 1}},

		// A second worker starts the row after the first one's lease.
		{"start a, start b", Entry{Open: true, Doubt: true, Starts: 2, Doubts: 2}, false, Counts{Open: 1}},
		{"start a, start b, release b", Entry{Doubt: true, Starts: 2, Doubts: 1}, false, Counts{Waiting: 1}},
		{"start a, start b, release a", Entry{Open: true, Doubt: true, Starts: 2, Doubts: 2}, false, Counts{Open: 1}},
		{"start a, start b, doubt a", Entry{Open: true, Doubt: true, Starts: 2, Doubts: 3}, false, Counts{Open: 1}},

		// A duplicate event changes nothing.
		{"start a, start a", Entry{Open: true, Doubt: true, Starts: 1, Doubts: 1}, false, Counts{Open: 1}},
		{"start a, start a, release a", Entry{Starts: 1}, false, Counts{Waiting: 1}},
		{"start a, release a, start a", Entry{Starts: 1}, false, Counts{Waiting: 1}},
		{"start a, release a, start b, release a", Entry{Open: true, Doubt: true, Starts: 2, Doubts: 1}, false, Counts{Open: 1}},

		{"start a, applied", Entry{}, true, Counts{Applied: 1}},
		{"start a, rejected", Entry{}, true, Counts{Rejected: 1}},
		{"skipped", Entry{}, true, Counts{Skipped: 1}},
		{"unknown, applied", Entry{}, true, Counts{Applied: 1}},
		{"unknown, rejected", Entry{}, true, Counts{Unknown: 1}},
		{"planned, planned", Entry{}, true, Counts{Planned: 1}},
		{"rejected, not sent", Entry{}, true, Counts{Rejected: 1}},

		{"start a, rejected, start b, doubt b", Entry{}, true, Counts{Rejected: 1}}, // b must not send

		// A refusal after a try that may have made the change.
		{"start a, doubt a, start b, rejected", Entry{}, true, Counts{Unknown: 1}},
		{"start a, doubt a, start b, applied", Entry{}, true, Counts{Applied: 1}},
		{"start a, start b, rejected, rejected", Entry{}, true, Counts{Unknown: 1}},
		{"start a, start b, not sent, applied", Entry{}, true, Counts{Applied: 1}},

		{entries: "start a of 0, start a of 3, applied of -1, rejected of 3"},
		{"start a of 2, not sent of 2, start b", Entry{Open: true, Doubt: true, Starts: 1, Doubts: 1}, false, Counts{NotSent: 1, Open: 1}},
	} {
		t.Run(c.entries, func(t *testing.T) {
			s := play(t, false, c.entries)
			next, ended := s.entry(1)
			if next.claim = ""; next != c.next || ended != c.ended {
				t.Errorf("got %+v, ended %v", next, ended)
			}
			var got Counts
			if k := s.counts["knox"]; k != nil {
				got = *k
			}
			if got != c.counts {
				t.Errorf("got %+v", got)
			}
			if c.ended && len(s.open) > 0 {
				t.Error("an ended row is held in memory")
			}
		})
	}
}

// A dry run makes no change, so a crash leaves no doubt.
func TestDryRunLeavesNoDoubt(t *testing.T) {
	s := play(t, true, "start a, start b, doubt a")
	if next, _ := s.entry(1); next.Doubt || next.Doubts != 0 || next.Starts != 2 {
		t.Errorf("got %+v", next)
	}
	if got := *play(t, true, "start a, start b, not sent").counts["knox"]; got != (Counts{NotSent: 1}) {
		t.Errorf("got %+v", got)
	}
}

// A row that the job does not have must not be sent.
func TestUnknownRowIsNotSent(t *testing.T) {
	for _, row := range []int64{-1, 0, 3} {
		if _, ended := newState(2, false).entry(row); !ended {
			t.Errorf("row %d may be sent", row)
		}
	}
}
