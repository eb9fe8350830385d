package progress

import (
	"strings"
	"testing"
	"time"
)

func TestSummary(t *testing.T) {
	got := Summary(three, Session{Before: 100_000, Now: 11 * time.Second, All: 754 * time.Second, Runs: 2})
	want := `this run: 23,543 rows ended in 11s
in all: 123,543 of 1,000,110 rows ended in 12m34s over 2 runs

                        done  unknown  failed  skipped     left
  knox                    50        0      25        0       25
  thoughtindustries  123,456        2       0        0  876,542
  nexudus                  0        0       0       10        0
  total              123,506        2      25       10  876,567

876,567 rows left: run it again to continue.

2 rows may have been made or not: look at the credits first.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSummaryOfCompleteRun(t *testing.T) {
	got := Summary(Snapshot{Vendors: []Vendor{{Name: "knox", Total: 1, Done: 1}}}, Session{Now: time.Second, All: time.Second, Runs: 1})
	if !strings.HasPrefix(got, "in all: 1 of 1 row ended in 1s\n") || strings.Contains(got, "look") || strings.Contains(got, "left:") || strings.Contains(got, "total") {
		t.Errorf("got\n%s", got)
	}
	if got := Summary(Snapshot{}, Session{Runs: 1}); !strings.HasPrefix(got, "in all: 0 of 0 rows ended\n") {
		t.Errorf("got %q", got)
	}
}

// A run of a job that had ended says that it has sent nothing: the file may have been meant
// to be applied once more, for example after an undo.
func TestSummaryOfEndedJob(t *testing.T) {
	ended := Snapshot{Vendors: []Vendor{{Name: "knox", Total: 2, Done: 1, Unknown: 1}}}
	got := Summary(ended, Session{Before: 2, Now: time.Second, All: 2 * time.Second, Runs: 2})
	const want = "this run: every row had ended before, so nothing was sent\n" +
		"to make the changes once more, use a file with another name and another key in each row\n" +
		"in all: 2 of 2 rows ended in 2s over 2 runs\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
	got = Summary(ended, Session{Before: 2, Runs: 2, DryRun: true})
	if !strings.HasPrefix(got, "this run: every row had ended before, so no credit was read again\nto read them again, name a new folder with -state\nin all: ") {
		t.Errorf("a dry run: got\n%s", got)
	}
}

// The rate counts only the rows that ended in this run.
func TestSummaryOfInterruptedRun(t *testing.T) {
	got := Summary(Snapshot{Vendors: []Vendor{{Name: "knox", Total: 5000, Done: 590}}}, Session{Now: 9 * time.Second, All: 9 * time.Second, Runs: 1})
	if !strings.HasPrefix(got, "in all: 590 of 5,000 rows ended in 9s\n") {
		t.Errorf("got\n%s", got)
	}
}
