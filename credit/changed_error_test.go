package credit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// The text says no more than what is known: after a failed attempt the change may
// be the work of that attempt.
func TestChangedErrorTellsWhoMayHaveChangedTheCredit(t *testing.T) {
	fields := []credit.FieldMismatch{{Field: credit.FieldTotal, Want: "3", Got: "9"}, {Field: credit.FieldNote, Want: `"n"`, Got: "unknown"}}
	attempt := &credit.Error{Vendor: "acme", Op: "UpdateCredit", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 503, Attempts: 1}
	for _, test := range []struct {
		name    string
		err     *credit.ChangedError
		text    string
		outcome credit.Outcome
	}{
		{
			"before anything was sent",
			&credit.ChangedError{Vendor: "acme", ID: "c1", Fields: fields},
			`acme: credit c1 has changed: total is now 9; note is now unknown; nothing was written`,
			credit.NotSent,
		},
		{
			"after a failed attempt",
			&credit.ChangedError{Vendor: "acme", ID: "c1", Fields: fields, Err: attempt},
			`acme: credit c1 has changed, by an attempt that failed or by another writer: total is now 9; note is now unknown; the attempt: ` + attempt.Error(),
			credit.Unknown,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.text {
				t.Errorf("the text is\n%s\nwant\n%s", got, test.text)
			}
			wrapped := fmt.Errorf("wrapped: %w", test.err)
			if credit.OutcomeOf(wrapped) != test.outcome || !errors.Is(wrapped, credit.ErrConflict) {
				t.Errorf("the outcome is %v, want %v and a conflict", credit.OutcomeOf(wrapped), test.outcome)
			}
			if test.err.Err != nil && !errors.Is(wrapped, credit.ErrUnavailable) {
				t.Error("the attempt's kind does not show")
			}
		})
	}
}
