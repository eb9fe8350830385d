package result

import (
	"errors"
	"strings"
	"unicode"

	"github.com/creditkit/creditkit/credit"
)

// The kinds of results without a call, in addition to those of [credit.KindOf].
const (
	KindInterrupted = "interrupted" // the process that sent the change ended before the answer
	KindBadRow      = "bad row"     // the check has found problems
	KindDamaged     = "damaged"     // the journal has lost the row's entry
	KindResolved    = "resolved"    // a read of the credit shows the change, whose answer was lost
)

// FromUpdate returns the result of a call of [credit.Updater]. The caller adds the
// row, the times and the name of the vendor.
//
// A credit.Result inside an error, such as a [credit.MismatchError], is used as
// well, so that the request id is that of the write and not that of a later read.
func FromUpdate(res *credit.Result, err error) Result {
	r := Result{Outcome: outcomeOf(res, err)}
	if err != nil {
		r.Kind, r.Error = string(credit.KindOf(err)), OneLine(err.Error())
	}
	if mismatch, ok := errors.AsType[*credit.MismatchError](err); ok {
		res = mismatch.Result
	} else if unverified, ok := errors.AsType[*credit.UnverifiedError](err); ok {
		res = unverified.Result
	} else if failed, ok := errors.AsType[*credit.Error](err); ok {
		r.Code, r.RequestID = failed.Code, failed.RequestID
		r.IdempotencyKey, r.Attempts = failed.IdempotencyKey, failed.Attempts
	}
	if res != nil {
		r.RequestID, r.IdempotencyKey, r.Attempts = res.RequestID, res.IdempotencyKey, res.Attempts
		for _, c := range res.Changes() {
			r.Changes = append(r.Changes, Change{Field: string(c.Field), Before: c.Before, After: c.After})
		}
	}
	return r
}

func outcomeOf(res *credit.Result, err error) Outcome {
	switch {
	case err != nil:
		return Outcome(credit.OutcomeOf(err).String())
	case res != nil && res.DryRun:
		return Planned
	}
	return Applied // also for a nil Result: no error means that the change was made
}

// OneLine replaces line breaks and control characters, which could control a
// terminal.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, s)
}
