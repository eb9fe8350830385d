package credit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestUpdateErrorTexts(t *testing.T) {
	read := &credit.Error{Vendor: "acme", Op: "GetCredit", Kind: credit.ErrUnavailable, Outcome: credit.Applied, StatusCode: 503}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{
			"an empty patch",
			credit.ErrEmptyPatch,
			"credit: the patch changes nothing; nothing was sent",
		},
		{
			"set alone",
			&credit.UnsupportedError{Vendor: "acme", Set: []credit.Field{"total"}},
			"acme: cannot set total; nothing was sent",
		},
		{
			"clear alone",
			&credit.UnsupportedError{Vendor: "acme", Clear: []credit.Field{"name", "note"}},
			"acme: cannot clear name, note; nothing was sent",
		},
		{
			"set and clear",
			&credit.UnsupportedError{Vendor: "acme", Set: []credit.Field{"total", "priority"}, Clear: []credit.Field{"name"}},
			"acme: cannot set total, priority, nor clear name; nothing was sent",
		},
		{
			"several parts",
			&credit.AmbiguousError{Vendor: "acme", ID: "7", Candidates: []string{"a", "b"}},
			"acme: credit 7 has 2 parts that the patch could apply to: \"a\", \"b\"; nothing was sent",
		},
		{
			"no parts",
			&credit.AmbiguousError{Vendor: "acme", ID: "7"},
			"acme: credit 7 has no part that the patch could apply to; nothing was sent",
		},
		{
			"a malformed record",
			&credit.MalformedReadError{Vendor: "acme", ID: "7", Reason: "is not a JSON object"},
			"acme: the record of credit 7 is not a JSON object; nothing was written",
		},
		{
			"mismatches",
			&credit.MismatchError{Vendor: "acme", ID: "7", Fields: []credit.FieldMismatch{
				{Field: "total", Want: "5", Got: "4.99"},
				{Field: "note", Want: "", Got: `"x"`},
				{Field: "name", Want: `"gold"`, Got: ""},
				{Field: "priority", Want: "1", Got: "unknown"},
			}},
			`acme: the vendor reported the change of credit 7 as made, and shows other values: total is 4.99, not 5; note is "x", not empty; ` +
				`name is empty, not "gold"; priority is unknown, not 1`,
		},
		{
			"a mismatch of long values",
			&credit.MismatchError{Vendor: "acme", ID: "7", Fields: []credit.FieldMismatch{
				{Field: "note", Want: strings.Repeat("x", 80), Got: strings.Repeat("x", 79) + "ü"},
			}},
			"acme: the vendor reported the change of credit 7 as made, and shows other values: note is " + strings.Repeat("x", 79) + "..., not " + strings.Repeat("x", 80),
		},
		{
			"not read back",
			&credit.UnverifiedError{Vendor: "acme", ID: "7", Err: read},
			"acme: the vendor reported the change of credit 7 as made, and it could not be read back: " +
				"acme: GetCredit: HTTP 503 unavailable; the change was made: do not send it again",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestUpdateErrorsHaveOutcomeAndKind(t *testing.T) {
	read := &credit.Error{Vendor: "acme", Kind: credit.ErrNotFound, Outcome: credit.NotSent}
	for _, test := range []struct {
		name    string
		err     error
		outcome credit.Outcome
		is      []error
	}{
		{"ErrEmptyPatch", credit.ErrEmptyPatch, credit.NotSent, []error{credit.ErrEmptyPatch, credit.ErrInvalid}},
		{"UnsupportedError", &credit.UnsupportedError{}, credit.NotSent, []error{errors.ErrUnsupported}},
		{"InvalidError", &credit.InvalidError{}, credit.NotSent, []error{credit.ErrInvalid}},
		{"AmbiguousError", &credit.AmbiguousError{}, credit.NotSent, nil},
		{"MalformedReadError", &credit.MalformedReadError{}, credit.NotSent, []error{credit.ErrMalformed}},
		{"MismatchError", &credit.MismatchError{}, credit.Applied, nil},
		{"ChangedError", &credit.ChangedError{}, credit.NotSent, []error{credit.ErrConflict}},
		{
			"ChangedError after a lost attempt",
			&credit.ChangedError{Err: &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown}},
			credit.Unknown,
			[]error{credit.ErrConflict, credit.ErrUnavailable},
		},
		{"UnverifiedError", &credit.UnverifiedError{Err: read}, credit.Applied, []error{credit.ErrNotFound}},
		{
			"UnverifiedError of an ended context",
			&credit.UnverifiedError{Err: context.Canceled}, credit.Applied, []error{context.Canceled},
		},
		{"UnverifiedError of nothing", &credit.UnverifiedError{}, credit.Applied, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, err := range []error{
				test.err,
				fmt.Errorf("job 7: %w", test.err),
				fmt.Errorf("bulk: %w", errors.Join(test.err)),
			} {
				if got := credit.OutcomeOf(err); got != test.outcome {
					t.Errorf("the outcome of %v is %v, want %v", err, got, test.outcome)
				}
				for _, target := range []error{
					errors.ErrUnsupported, context.Canceled, credit.ErrEmptyPatch, credit.ErrInvalid, credit.ErrUnauthorized, credit.ErrForbidden,
					credit.ErrNotFound, credit.ErrConflict, credit.ErrRateLimited, credit.ErrUnavailable, credit.ErrMalformed,
				} {
					if got := errors.Is(err, target); got != slices.Contains(test.is, target) {
						t.Errorf("errors.Is(%v, %v) is %v", err, target, got)
					}
				}
			}
		})
	}
}

// One update that failed before it was sent does not hide one that was made.
func TestOutcomeOfJoinedErrorsIsWorst(t *testing.T) {
	err := errors.Join(credit.ErrEmptyPatch, &credit.MismatchError{}, &credit.UnsupportedError{})
	if got := credit.OutcomeOf(err); got != credit.Applied {
		t.Errorf("the outcome is %v", got)
	}
}

// After a failed attempt, the change may be the work of that attempt.
func TestChangedErrorOutcomeDependsOnAttempt(t *testing.T) {
	fields := []credit.FieldMismatch{{Field: credit.FieldTotal, Want: "3", Got: "9"}, {Field: credit.FieldNote, Want: `"n"`, Got: "unknown"}}
	attempt := &credit.Error{Vendor: "acme", Op: "UpdateCredit", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 503, Attempts: 1}
	refused := &credit.Error{Vendor: "acme", Op: "UpdateCredit", Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, Attempts: 1}
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
		{
			"after a refused attempt",
			&credit.ChangedError{Vendor: "acme", ID: "c1", Fields: fields[:1], Err: refused},
			`acme: credit c1 has changed: total is now 9; the attempt before: ` + refused.Error(),
			credit.Rejected,
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
			if test.err.Err != nil && !errors.Is(wrapped, credit.KindOf(test.err.Err)) {
				t.Error("the attempt's kind does not show")
			}
		})
	}
}
