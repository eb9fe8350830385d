package credit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func failed(o credit.Outcome) error {
	return &credit.Error{Vendor: "metronome", Op: "EditCredit", Kind: credit.ErrUnavailable, Outcome: o}
}

func TestOutcomeOf(t *testing.T) {
	invalid := &credit.InvalidError{Field: "credit_id", Reason: "is empty"}
	for _, test := range []struct {
		name string
		err  error
		want credit.Outcome
	}{
		{"nil", nil, 0},
		{"InvalidError", invalid, credit.NotSent},
		{"Error not sent", failed(credit.NotSent), credit.NotSent},
		{"Error rejected", failed(credit.Rejected), credit.Rejected},
		{"Error unknown", failed(credit.Unknown), credit.Unknown},
		{"Error applied", failed(credit.Applied), credit.Applied},
		{"Error without one", &credit.Error{}, credit.Unknown},
		{"a nil *Error", (*credit.Error)(nil), credit.Unknown},
		{"context.Canceled", context.Canceled, credit.Unknown},
		{"a deadline", context.DeadlineExceeded, credit.Unknown},
		{"any other error", io.ErrUnexpectedEOF, credit.Unknown},
		{"a kind", credit.ErrNotFound, credit.Unknown},
		{"wrapped", fmt.Errorf("job 7: %w", failed(credit.Applied)), credit.Applied},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", invalid)), credit.NotSent},
		{"wrapped canceled", fmt.Errorf("job 7: %w", context.Canceled), credit.Unknown},
		{"beside an error without outcome", fmt.Errorf("%w: %w", io.EOF, failed(credit.Rejected)), credit.Rejected},
		{"joined, worst last", errors.Join(failed(credit.NotSent), failed(credit.Unknown)), credit.Unknown},
		{"joined, worst first", errors.Join(failed(credit.Applied), invalid), credit.Applied},
		{"joined and wrapped", fmt.Errorf("bulk: %w", errors.Join(invalid, failed(credit.Rejected))), credit.Rejected},
		{"nested join", errors.Join(invalid, errors.Join(invalid, failed(credit.Applied))), credit.Applied},
		{"joined with an error without outcome", errors.Join(invalid, &credit.Error{}), credit.Unknown},
		{"joined, without outcomes", errors.Join(io.EOF, context.Canceled), credit.Unknown},
		// The token source's refusal does not speak for the change.
		{"the outer error wins", &credit.Error{Outcome: credit.Unknown, Err: invalid}, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := credit.OutcomeOf(test.err); got != test.want {
				t.Errorf("OutcomeOf is %q, want %q", got, test.want)
			}
		})
	}
}

func TestOutcomesAreOrderedBySeverity(t *testing.T) {
	if !(0 < credit.NotSent && credit.NotSent < credit.Rejected && credit.Rejected < credit.Unknown && credit.Unknown < credit.Applied) {
		t.Error("the outcomes are out of order, and the greater of two no longer is the more careful one")
	}
}

func TestOutcomeString(t *testing.T) {
	for outcome, want := range map[credit.Outcome]string{
		0:               "none",
		credit.NotSent:  "not sent",
		credit.Rejected: "rejected",
		credit.Unknown:  "unknown",
		credit.Applied:  "applied",
		99:              "none",
	} {
		if got := outcome.String(); got != want {
			t.Errorf("outcome %d is %q, want %q", int(outcome), got, want)
		}
	}
}
