package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestKindsOutcomesAndExitCodes(t *testing.T) {
	forbidden := &credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Applied}
	for _, c := range []struct {
		err     error
		kind    string
		outcome string
		code    int
	}{
		{usageError("-id is required"), "usage", "not sent", 2},
		{&credit.InvalidError{}, "invalid", "not sent", 3},
		{credit.ErrEmptyPatch, "invalid", "not sent", 3},
		{&credit.UnsupportedError{}, "unsupported", "not sent", 3},
		{&credit.AmbiguousError{}, "ambiguous", "not sent", 3},
		{&credit.MalformedReadError{}, "malformed", "not sent", 3},
		{&credit.Error{Kind: credit.ErrNotFound, Outcome: credit.NotSent}, "not found", "not sent", 3},
		{&credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected}, "conflict", "rejected", 4},
		{&credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown}, "unavailable", "unknown", 5},
		{&credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Err: context.Canceled}, "canceled", "unknown", 5},
		{&credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: context.DeadlineExceeded}, "timeout", "not sent", 3},
		{fmt.Errorf("reading: %w", context.Canceled), "canceled", "unknown", 5},
		{context.DeadlineExceeded, "timeout", "unknown", 5},
		{fmt.Errorf("wrapped: %w", credit.ErrConflict), "conflict", "unknown", 5},
		{errors.New("x"), "other", "unknown", 5},
		{&credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied}, "malformed", "applied", 6},
		{&credit.MismatchError{}, "mismatch", "applied", 6},
		{&credit.UnverifiedError{Err: forbidden}, "unverified", "applied", 6},
	} {
		r := newReport()
		r.setError(c.err)
		if r.Kind != c.kind || r.Outcome != c.outcome || r.exitCode() != c.code {
			t.Errorf("%T: %s, %s, exit code %d; want %s, %s, %d", c.err, r.Kind, r.Outcome, r.exitCode(), c.kind, c.outcome, c.code)
		}
	}
	if got := newReport().exitCode(); got != 0 {
		t.Errorf("exit code without an error: %d", got)
	}
}
