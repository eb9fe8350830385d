package progress

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Summary is the end of a run in some lines, with what somebody has to look at
// named last, where it is seen.
func Summary(s Snapshot, took time.Duration) string {
	whole := s.total()
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s\n\n", rows(whole.Total), duration(took))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tdone\tunknown\tfailed\tskipped\tleft\t\n")
	lines := s.Vendors
	if len(lines) > 1 {
		lines = append(lines[:len(lines):len(lines)], whole)
	}
	longest := 0
	for _, v := range lines {
		longest = max(longest, len(v.Name))
	}
	for _, v := range lines {
		fmt.Fprintf(t, "%-*s\t%s\t%s\t%s\t%s\t%s\t\n", longest, v.Name,
			count(v.Done), count(v.Unknown), count(v.Failed), count(v.Skipped), count(v.Left()))
	}
	_ = t.Flush() // into memory
	if n := whole.Left(); n > 0 {
		fmt.Fprintf(&b, "\n%s left: run it again to go on.\n", rows(n))
	}
	if n := whole.Unknown; n > 0 {
		fmt.Fprintf(&b, "\n%s may have been made or not: look at the credits before anything else.\n", rows(n))
	}
	return b.String()
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return count(n) + " rows"
}
