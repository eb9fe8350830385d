package credit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestErrorText(t *testing.T) {
	for _, test := range []struct {
		name string
		err  credit.Error
		want string
	}{
		{
			"all fields",
			credit.Error{
				Vendor: "metronome", Op: "EditCredit", Kind: credit.ErrConflict, Outcome: credit.Rejected,
				StatusCode: 409, Code: "ContractLocked", Message: "the contract is locked",
				Fields:    []credit.FieldError{{Field: "name", Message: "is taken"}, {Field: "priority", Message: "is negative"}},
				RequestID: "req-17", RetryAfter: 90 * time.Second, Attempts: 3,
				IdempotencyKey: "key-never-shown", Err: io.ErrUnexpectedEOF,
			},
			"metronome: EditCredit: HTTP 409 conflict (ContractLocked): the contract is locked [name: is taken] [priority: is negative]: " +
				"unexpected EOF; the change was not made; retry after 1m30s; 3 attempts; request id req-17",
		},
		{
			"not sent",
			credit.Error{Vendor: "knox", Op: "UpdateCredit", Kind: credit.ErrUnauthorized, Outcome: credit.NotSent, Err: errors.New("no token")},
			"knox: UpdateCredit: unauthorized: no token; no change was sent",
		},
		{
			"rejected, with the vendor's message",
			credit.Error{Vendor: "flexprice", Op: "UpdateCreditGrant", Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Code: "not_found", Message: "no such grant", Attempts: 1},
			"flexprice: UpdateCreditGrant: HTTP 404 not found (not_found): no such grant; the change was not made",
		},
		{
			"unknown, without a response",
			credit.Error{Vendor: "nexudus", Op: "UpdateCoworkerBookingCredit", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Attempts: 4, Err: context.DeadlineExceeded},
			"nexudus: UpdateCoworkerBookingCredit: unavailable: context deadline exceeded; " +
				"whether the change was made is unknown: read the credit before sending it again; 4 attempts",
		},
		{
			"applied, with an unreadable response",
			credit.Error{Vendor: "metronome", Op: "EditCredit", Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200, Err: errors.New("a JSON object was expected"), RequestID: "r1", Attempts: 1},
			"metronome: EditCredit: HTTP 200 malformed: a JSON object was expected; the change was made: do not send it again; request id r1",
		},
		{
			"a throttle",
			credit.Error{Vendor: "thoughtindustries", Op: "UpdateCreditBatch", Kind: credit.ErrRateLimited, Outcome: credit.Rejected, StatusCode: 429, RetryAfter: 1500 * time.Millisecond, Attempts: 2},
			"thoughtindustries: UpdateCreditBatch: HTTP 429 rate limited; the change was not made; retry after 1.5s; 2 attempts",
		},
		{
			"a wait of the maximum Duration",
			credit.Error{Vendor: "v", Op: "O", Kind: credit.ErrRateLimited, Outcome: credit.Rejected, RetryAfter: math.MaxInt64},
			"v: O: rate limited; the change was not made; retry after 2562047h47m16.854775807s",
		},
		{
			"a driver that recorded no outcome",
			credit.Error{Vendor: "v", Op: "O", Kind: credit.ErrInvalid},
			"v: O: invalid; the outcome was not recorded",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestErrorMatchesKindAndCause(t *testing.T) {
	cause := fmt.Errorf("attempt 2: %w", context.DeadlineExceeded)
	err := fmt.Errorf("job 7: %w", &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Err: cause})
	for _, target := range []error{credit.ErrUnavailable, context.DeadlineExceeded, cause} {
		if !errors.Is(err, target) {
			t.Errorf("errors.Is does not find %v", target)
		}
	}
	for _, target := range []error{credit.ErrInvalid, context.Canceled, io.EOF} {
		if errors.Is(err, target) {
			t.Errorf("errors.Is finds %v, which is not there", target)
		}
	}
}

func TestErrorMatchesContextCanceled(t *testing.T) {
	if err := error(&credit.Error{Kind: credit.ErrUnavailable, Err: context.Canceled}); !errors.Is(err, context.Canceled) {
		t.Error("errors.Is does not find context.Canceled")
	}
}

func TestErrorWithoutCauseMatchesKindOnly(t *testing.T) {
	below := (&credit.Error{Kind: credit.ErrForbidden}).Unwrap()
	if len(below) != 1 || below[0] != credit.ErrForbidden {
		t.Errorf("Unwrap gives %v, want the kind alone and no nil", below)
	}
}

func TestWrappedErrorMatches(t *testing.T) {
	want := &credit.Error{Kind: credit.ErrNotFound, StatusCode: 404}
	got, ok := errors.AsType[*credit.Error](errors.Join(io.EOF, fmt.Errorf("job 7: %w", want)))
	if !ok || got != want {
		t.Errorf("errors.AsType gives %v, %v", got, ok)
	}
}

func TestErrorsAsFindsCause(t *testing.T) {
	cause := &credit.InvalidError{Field: "token", Reason: "is empty"}
	got, ok := errors.AsType[*credit.InvalidError](error(&credit.Error{Kind: credit.ErrInvalid, Err: cause}))
	if !ok || got != cause {
		t.Errorf("errors.AsType gives %v, %v", got, ok)
	}
}

func TestInvalidErrorText(t *testing.T) {
	for _, test := range []struct {
		err  credit.InvalidError
		want string
	}{
		{
			credit.InvalidError{Field: "WithRetry", Reason: "has a negative value"},
			"invalid WithRetry: has a negative value; nothing was sent",
		},
		{
			credit.InvalidError{Vendor: "metronome", Field: "credit_id", Reason: "is empty"},
			"metronome: invalid credit_id: is empty; nothing was sent",
		},
		{
			credit.InvalidError{Vendor: "knox", Field: "id", Reason: "is empty", More: []credit.FieldError{
				{Field: "quantity", Message: "is required"}, {Field: "date", Message: "is not a date"},
			}},
			"knox: invalid id: is empty; invalid quantity: is required; invalid date: is not a date; nothing was sent",
		},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestInvalidErrorMatchesErrInvalidOnly(t *testing.T) {
	err := fmt.Errorf("job 7: %w", &credit.InvalidError{Field: "credit_id", Reason: "is empty"})
	for _, kind := range kinds {
		if got, want := errors.Is(err, kind), kind == credit.ErrInvalid; got != want {
			t.Errorf("errors.Is(err, %q) is %v", kind, got)
		}
	}
	if _, ok := errors.AsType[*credit.Error](err); ok {
		t.Error("an argument that was refused before sending passes for a vendor's refusal")
	}
}

// An option does not know its vendor; the error that the user gets names it.
func TestOptionErrorsGetVendor(t *testing.T) {
	without := &credit.InvalidError{Field: "mine", Reason: "is odd"}
	named := &credit.InvalidError{Vendor: "acme", Field: "mine", Reason: "is odd"}
	other := &credit.InvalidError{Vendor: "knox", Field: "tenant", Reason: "is empty"}
	for _, test := range []struct{ err, want error }{
		{without, named},
		{fmt.Errorf("an option: %w", without), named},
		{other, other},
	} {
		_, err := credit.NewCallConfig("acme", func(*credit.CallConfig) error { return test.err })
		if diff := cmp.Diff(test.want, err); diff != "" {
			t.Errorf("a call option's %v (-want +got):\n%s", test.err, diff)
		}
		_, err = credit.NewConfig("acme", func(*credit.Config) error { return test.err })
		if diff := cmp.Diff(test.want, err); diff != "" {
			t.Errorf("an option's %v (-want +got):\n%s", test.err, diff)
		}
	}
	if _, err := credit.NewCallConfig("acme", func(*credit.CallConfig) error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("another error became %v", err)
	}
	if without.Vendor != "" {
		t.Error("the caller's error was changed")
	}
}
