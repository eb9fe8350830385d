package result

import (
	"errors"
	"strings"
	"unicode"

	"github.com/creditkit/creditkit/credit"
)

// The kinds of rows that no update ended, beside those of [credit.KindOf].
const (
	KindInterrupted = "interrupted" // the process that sent it ended before it knew
	KindBadRow      = "bad row"     // the check found it wrong
	KindDamaged     = "damaged"     // the journal lost the entry about the row
)

// FromUpdate is what [credit.Updater] returned. The row, the times and the
// vendor's name are left to the caller.
//
// A Result that comes along with an error, as of a change that shows something
// else than was asked, is told as well, so that the request id is that of the
// write and not that of the read after it.
func FromUpdate(res *credit.Result, err error) Result {
	r := Result{Outcome: outcomeOf(res, err)}
	if err != nil {
		r.Kind, r.Error = string(credit.KindOf(err)), oneLine(err.Error())
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
	return Applied // also of a nil Result: no error says that it was made
}

// oneLine takes out what would break a line, or drive a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, s)
}
