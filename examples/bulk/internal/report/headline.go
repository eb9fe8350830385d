package report

import (
	"strings"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A headline summarizes the results in a few sentences.
type headline struct {
	Text  string
	Alarm bool // some credits must be looked at
}

func newHeadline(h Header, t *tally) headline {
	rows, surprises := max(h.Rows, t.outcomes.total()), t.excerpts[unexpected].total()
	unknown, pending := t.outcomes[result.Unknown], t.outcomes[result.Pending]
	failed := t.outcomes[result.Rejected] + t.outcomes[result.NotSent]
	made := t.outcomes[result.Applied]
	if h.DryRun {
		made = t.outcomes[result.Planned]
	}
	var says []string
	if h.Fake {
		says = append(says, "This was a fake run: nothing real was changed.")
	}
	switch {
	case rows == 0:
		says = append(says, "There are no rows.")
	case h.DryRun && made == rows && rows == 1:
		says = append(says, "Nothing was written. The row can be sent.")
	case h.DryRun && made == rows:
		says = append(says, "Nothing was written. All "+format.Counted(rows, "row")+" can be sent.")
	case h.DryRun:
		says = append(says, "Nothing was written. "+format.Count(made)+" of "+format.Counted(rows, "row")+" can be sent.")
	case made == rows && rows == 1:
		says = append(says, "The change was made.")
	case made == rows:
		says = append(says, "All "+format.Counted(rows, "change")+" were made.")
	default:
		says = append(says, format.Count(made)+" of "+format.Counted(rows, "change")+" were made.")
	}
	for _, part := range []struct {
		n             int64
		one, somewhat string
	}{
		{unknown, "One may have been made or not.", " may have been made or not."},
		{surprises, "One of those that were made is not as expected.", " of those that were made are not as expected."},
		{failed, "One failed and changed nothing.", " failed and changed nothing."},
		{t.outcomes[result.Skipped], "One was skipped.", " were skipped."},
		{pending, "One has no result yet.", " have no result yet."},
	} {
		switch {
		case part.n == 1:
			says = append(says, part.one)
		case part.n > 1:
			says = append(says, format.Count(part.n)+part.somewhat)
		}
	}
	return headline{strings.Join(says, " "), unknown+surprises > 0}
}

func (e *excerpt) total() int64 { return int64(len(e.results)) + e.more }
