package progress

import (
	"strings"
	"testing"
	"time"
)

func TestSummary(t *testing.T) {
	got := Summary(three, 754*time.Second)
	want := `1,000,110 rows in 12m34s

                        done  unknown  failed  skipped     left
  knox                    50        0      25        0       25
  thoughtindustries  123,456        2       0        0  876,542
  nexudus                  0        0       0       10        0
  total              123,506        2      25       10  876,567

876,567 rows left: run it again to go on.

2 rows may have been made or not: look at the credits before anything else.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSummaryOfAGoodEndSaysNoMore(t *testing.T) {
	got := Summary(Snapshot{Vendors: []Vendor{{Name: "knox", Total: 1, Done: 1}}}, time.Second)
	if !strings.HasPrefix(got, "1 row in 1s\n") || strings.Contains(got, "look") || strings.Contains(got, "left:") || strings.Contains(got, "total") {
		t.Errorf("got\n%s", got)
	}
	if got := Summary(Snapshot{}, 0); !strings.HasPrefix(got, "0 rows in 0s\n") {
		t.Errorf("got %q", got)
	}
}
