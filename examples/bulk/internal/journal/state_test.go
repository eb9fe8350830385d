package journal

import (
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func start(row int64) Event { return Event{Kind: started, Row: row, Vendor: "knox"} }
func release(doubt bool) Event {
	return Event{Kind: released, Row: 1, Vendor: "knox", Doubt: doubt}
}
func end(row int64, o result.Outcome) Event {
	return Event{Kind: done, Row: row, Vendor: "knox", Result: &result.Result{Row: row, Vendor: "knox", Outcome: o}}
}

func TestState(t *testing.T) {
	for name, c := range map[string]struct {
		events []Event
		entry  Entry
		ended  bool
		counts Counts
	}{
		"nothing":                      {},
		"on its way":                   {[]Event{start(1)}, Entry{Open: true, Starts: 1}, false, Counts{Open: 1}},
		"to be tried again":            {[]Event{start(1), release(false)}, Entry{Starts: 1}, false, Counts{Waiting: 1}},
		"to be tried again, in doubt":  {[]Event{start(1), release(true)}, Entry{Doubt: true, Starts: 1, Doubts: 1}, false, Counts{Waiting: 1}},
		"tried again":                  {[]Event{start(1), release(false), start(1)}, Entry{Open: true, Starts: 2}, false, Counts{Open: 1}},
		"a doubt stays":                {[]Event{start(1), release(true), start(1), release(false)}, Entry{Doubt: true, Starts: 2, Doubts: 1}, false, Counts{Waiting: 1}},
		"started by a second one":      {[]Event{start(1), start(1)}, Entry{Open: true, Doubt: true, Starts: 2, Doubts: 1}, false, Counts{Open: 1}},
		"ended":                        {[]Event{start(1), end(1, result.Applied)}, Entry{}, true, Counts{Applied: 1}},
		"ended without a start":        {[]Event{end(1, result.Skipped)}, Entry{}, true, Counts{Skipped: 1}},
		"started after its end":        {[]Event{start(1), end(1, result.Rejected), start(1), release(true)}, Entry{}, true, Counts{Rejected: 1}},
		"ended twice, first as less":   {[]Event{end(1, result.Unknown), end(1, result.Applied)}, Entry{}, true, Counts{Applied: 1}},
		"ended twice, then as less":    {[]Event{end(1, result.Unknown), end(1, result.Rejected)}, Entry{}, true, Counts{Unknown: 1}},
		"ended twice, the same":        {[]Event{end(1, result.Planned), end(1, result.Planned)}, Entry{}, true, Counts{Planned: 1}},
		"a row of no job":              {[]Event{start(0), start(3), end(-1, result.Applied)}, Entry{}, false, Counts{}},
		"two rows do not touch":        {[]Event{start(2), end(2, result.NotSent), start(1)}, Entry{Open: true, Starts: 1}, false, Counts{NotSent: 1, Open: 1}},
		"ended on its way to the next": {[]Event{start(1), start(1), end(1, result.Unknown)}, Entry{}, true, Counts{Unknown: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState(2)
			for _, e := range c.events {
				s.add(e)
			}
			if entry, ended := s.look(1); entry != c.entry || ended != c.ended {
				t.Errorf("got %+v, ended %v", entry, ended)
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
