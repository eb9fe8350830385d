package work

import (
	"context"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// interrupted is the result of a row in doubt whose answer no process has.
var interrupted = result.Result{
	Outcome: result.Unknown, Kind: result.KindInterrupted,
	Error: "the process that sent the change ended before the answer, and sending it again is not safe",
}

// mayRepeat reports whether the row may be sent again while it is in doubt. A used-up
// idempotency key needs no attention here: it ends the row, see isFinal.
func (v *Vendor) mayRepeat(r row.Row, before journal.Entry) bool {
	firstSent := before.FirstStart
	if before == (journal.Entry{}) {
		firstSent = time.Now()
	}
	return changes.MayRepeat(v.Updater.Support(), r.Patch, firstSent, false)
}

// resolve reads the credit of a row in doubt that must not be sent again. If the credit
// has the values of the row, the row is applied; otherwise it stays unknown, because the
// change may still arrive.
func (v *Vendor) resolve(ctx context.Context, r row.Row, unknown result.Result) result.Result {
	if v.Job.DryRun {
		return unknown // nothing was sent
	}
	found, err := credit.Resolve(ctx, v.Updater, r.Ref, r.Patch, nil)
	if err == nil && found.Verdict == credit.AsAsked {
		unknown.Outcome, unknown.Kind = result.Applied, result.KindResolved
		unknown.Error = "the credit has the values of the row, which was in doubt: " + unknown.Error
		return unknown
	}
	reason := "it does not have all values of the row"
	if err != nil {
		reason = fmt.Sprintf("it could not be read: %v", result.FromUpdate(nil, err).Error)
	}
	unknown.Error += "; look at the credit: " + reason
	return unknown
}
