package progress

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
)

// A Session describes one run of a job and the runs before it.
type Session struct {
	// Before is the number of rows that had ended before the run.
	Before int64
	// Now is the duration of this run, and All that of all runs. 0 is not shown.
	Now, All time.Duration
	// Runs is the number of runs, including this one. 0 means that other processes can
	// take part, so that All is the time since the job was created.
	Runs int
	// DryRun is true for a run that sends nothing.
	DryRun bool
}

// endedBefore says that a run had nothing to do, so that it is not taken for a second
// change. A copy of the file with another state folder is not enough at vendors with
// idempotency keys: the same rows have the same keys.
const endedBefore = "this run: every row had ended before, so nothing was sent\n" +
	"to make the changes once more, use a file with another name and another key in each row\n"

// endedDryRun is endedBefore for a dry run, whose results can be out of date.
const endedDryRun = "this run: every row had ended before, so no credit was read again\n" +
	"to read them again, name a new folder with -state\n"

// Summary describes the end of a run in a few lines. The rows that need attention
// come last, where the user sees them.
func Summary(s Snapshot, session Session) string {
	whole := s.total()
	var b strings.Builder
	switch {
	case session.Before > 0 && session.Before == whole.Total && session.DryRun:
		b.WriteString(endedDryRun)
	case session.Before > 0 && session.Before == whole.Total:
		b.WriteString(endedBefore)
	case session.Runs != 1 && session.Now > 0:
		fmt.Fprintf(&b, "this run: %s ended in %s\n", format.Counted(whole.ended()-session.Before, "row"), formatDuration(session.Now))
	}
	fmt.Fprintf(&b, "in all: %s of %s ended", format.Count(whole.ended()), format.Counted(whole.Total, "row"))
	if session.All > 0 {
		fmt.Fprintf(&b, " in %s", formatDuration(session.All))
	}
	if session.Runs > 1 {
		fmt.Fprintf(&b, " over %d runs", session.Runs)
	}
	b.WriteString("\n\n")
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
			format.Count(v.Done), format.Count(v.Unknown), format.Count(v.Failed), format.Count(v.Skipped), format.Count(v.Left()))
	}
	_ = t.Flush() // writes to memory
	if n := whole.Left(); n > 0 {
		fmt.Fprintf(&b, "\n%s left: run it again to continue.\n", format.Counted(n, "row"))
	}
	if n := whole.Unknown; n > 0 {
		fmt.Fprintf(&b, "\n%s may have been made or not: look at the credits first.\n", format.Counted(n, "row"))
	}
	return b.String()
}
