package work

import (
	"errors"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// expectedRecord returns the record that the row expects.
func expectedRecord(r row.Row) credit.Record { return credit.Record{Values: r.Expect} }

// showsOwnChange reports whether a row that expects values was refused because the credit
// has all values of its change. If an earlier try of the row may have made the change,
// that is the answer to it: [credit.Updater] decides the same between the attempts of one
// call.
func showsOwnChange(r row.Row, err error) bool {
	changed, ok := errors.AsType[*credit.ChangedError](err)
	if !ok || changed.Now == nil || !r.HasExpect() {
		return false
	}
	verdict, _ := r.Patch.Compare(nil, changed.Now)
	return verdict == credit.AsAsked
}

// withChanges completes the changes of a result after which the change was made or may
// have been made, so that it can be resolved and undone. before is the credit as this
// try has read it. If an earlier try may have made the change, that read does not show
// how the credit was before: only the values that the row expects do.
func withChanges(r result.Result, of row.Row, before *credit.Record, doubt bool) result.Result {
	if r.Outcome != result.Unknown && r.Outcome != result.Applied {
		return r
	}
	if doubt {
		expected := expectedRecord(of)
		r.Changes = result.ChangesOf(&expected, of.Patch)
	} else if len(r.Changes) == 0 {
		r.Changes = result.ChangesOf(before, of.Patch)
	}
	return r
}
