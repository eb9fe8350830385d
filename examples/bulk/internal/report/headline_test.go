package report

import (
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func TestHeadline(t *testing.T) {
	for _, test := range []struct {
		h       Header
		results map[result.Outcome]int
		odd     int // applied, with an error
		want    string
		alarm   bool
	}{
		{Header{}, nil, 0, "There are no rows.", false},
		{Header{Rows: 1}, only(result.Applied, 1), 0, "The change was made.", false},
		{Header{Rows: 3}, only(result.Applied, 3), 0, "All 3 changes were made.", false},
		{Header{Rows: 9}, map[result.Outcome]int{result.Applied: 2, result.Unknown: 1, result.Rejected: 2, result.NotSent: 1, result.Skipped: 1, result.Pending: 1}, 1,
			"3 of 9 changes were made. One may have been made or not. One of those that were made is not as expected. " +
				"3 failed and changed nothing. One was skipped. One has no result yet.", true},
		{Header{Rows: 3, Fake: true}, only(result.Applied, 3), 0, "This was a fake run: nothing real was changed. All 3 changes were made.", false},
		{Header{Rows: 5}, map[result.Outcome]int{result.Applied: 3, result.Unknown: 2}, 0, "3 of 5 changes were made. 2 may have been made or not.", true},
		{Header{Rows: 2}, nil, 2, "All 2 changes were made. 2 of those that were made are not as expected.", true},
		{Header{Rows: 1, DryRun: true}, only(result.Planned, 1), 0, "Nothing was written. The row can be sent.", false},
		{Header{Rows: 4, DryRun: true}, only(result.Planned, 4), 0, "Nothing was written. All 4 rows can be sent.", false},
		{Header{Rows: 4, DryRun: true}, map[result.Outcome]int{result.Planned: 2, result.NotSent: 2}, 0,
			"Nothing was written. 2 of 4 rows can be sent. 2 failed and changed nothing.", false},
	} {
		all := newTally()
		for o, n := range test.results {
			for range n {
				all.add(result.Result{Outcome: o})
			}
		}
		for range test.odd {
			all.add(result.Result{Outcome: result.Applied, Error: "odd"})
		}
		if got := newHeadline(test.h, all); got.Text != test.want || got.Alarm != test.alarm {
			t.Errorf("got  %s (%v)\nwant %s (%v)", got.Text, got.Alarm, test.want, test.alarm)
		}
	}
}

func only(o result.Outcome, n int) map[result.Outcome]int { return map[result.Outcome]int{o: n} }
