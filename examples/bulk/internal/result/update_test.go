package result_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func TestFromUpdate(t *testing.T) {
	made := update(t, &credit.Result{
		Attempts: 2, RequestID: "req-write", IdempotencyKey: "idem-1",
		Before: &credit.Record{Values: credit.Values{Total: credit.Set(credit.NewDecimal(10))}},
	}, credit.Patch{Total: credit.Set(credit.MustParseDecimal("12.50"))})
	changes := []result.Change{{Field: "total", Before: "10", After: "12.50"}}
	planned := *made
	planned.DryRun, planned.Attempts, planned.RequestID = true, 0, ""
	failed := func(kind credit.Kind, o credit.Outcome, cause error) *credit.Error {
		return &credit.Error{
			Vendor: "metronome", Op: "EditCredit", Kind: kind, Outcome: o, Code: "E1",
			RequestID: "req-err", Attempts: 3, IdempotencyKey: "idem-2", Err: cause,
		}
	}
	of := func(o result.Outcome, kind string) result.Result { // what a *credit.Error tells
		return result.Result{Outcome: o, Kind: kind, Code: "E1", RequestID: "req-err", IdempotencyKey: "idem-2", Attempts: 3}
	}
	about := func(o result.Outcome, kind string) result.Result { return result.Result{Outcome: o, Kind: kind} }
	after := func(kind string) result.Result { // what a result beside an error tells
		return result.Result{
			Outcome: result.Applied, Kind: kind, RequestID: "req-write", IdempotencyKey: "idem-1", Attempts: 2, Changes: changes,
		}
	}
	for _, test := range []struct {
		name string
		res  *credit.Result
		err  error
		want result.Result // but for Error, which is err's text
	}{
		{"made", made, nil, after("")},
		{"shown", &planned, nil, result.Result{
			Outcome: result.Planned, IdempotencyKey: "idem-1", Changes: changes,
		}},
		{"no result and no error", nil, nil, about(result.Applied, "")},
		{"Error, not sent", nil, failed(credit.ErrUnauthorized, credit.NotSent, nil), of(result.NotSent, "unauthorized")},
		{"Error, rejected", nil, failed(credit.ErrNotFound, credit.Rejected, nil), of(result.Rejected, "not found")},
		{"Error, unknown", nil, failed(credit.ErrUnavailable, credit.Unknown, io.ErrUnexpectedEOF), of(result.Unknown, "unavailable")},
		{"Error, applied", nil, failed(credit.ErrMalformed, credit.Applied, nil), of(result.Applied, "malformed")},
		{"Error, wrapped", nil, fmt.Errorf("row 7: %w", failed(credit.ErrConflict, credit.Rejected, nil)), of(result.Rejected, "conflict")},
		{"Error, stopped", nil, failed(credit.ErrUnavailable, credit.Unknown, context.Canceled), of(result.Unknown, "canceled")},
		{"Error, stopped in a wait", nil, failed(credit.ErrRateLimited, credit.Rejected, context.Canceled), of(result.Rejected, "rate limited")},
		{"Error, a vendor too slow", nil, failed(credit.ErrUnavailable, credit.Unknown, context.DeadlineExceeded), of(result.Unknown, "timeout")},
		{"InvalidError", nil, &credit.InvalidError{Field: "total", Reason: "is negative"}, about(result.NotSent, "invalid")},
		{"ErrEmptyPatch", nil, credit.ErrEmptyPatch, about(result.NotSent, "invalid")},
		{"UnsupportedError", nil, &credit.UnsupportedError{Vendor: "knox", Set: []credit.Field{"name"}}, about(result.NotSent, "unsupported")},
		{"AmbiguousError", nil, &credit.AmbiguousError{Vendor: "metronome", ID: "c1"}, about(result.NotSent, "ambiguous")},
		{"MalformedReadError", nil, &credit.MalformedReadError{Vendor: "knox", ID: "c1", Reason: "is not a JSON object"}, about(result.NotSent, "malformed")},
		{"MismatchError", nil, &credit.MismatchError{Vendor: "knox", Result: made}, after("mismatch")},
		{"MismatchError alone", nil, &credit.MismatchError{Vendor: "knox"}, about(result.Applied, "mismatch")},
		{"UnverifiedError",
			nil,
			&credit.UnverifiedError{Vendor: "knox", Result: made, Err: failed(credit.ErrUnavailable, credit.Applied, nil)},
			after("unverified"),
		},
		{"a bare end", nil, context.Canceled, about(result.Unknown, "canceled")},
		{"a bare deadline", nil, context.DeadlineExceeded, about(result.Unknown, "timeout")},
		{"a bare kind", nil, credit.ErrForbidden, about(result.Unknown, "forbidden")},
		{"any other error", nil, io.EOF, about(result.Unknown, "other")},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.err != nil {
				test.want.Error = test.err.Error()
			}
			if got := result.FromUpdate(test.res, test.err); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestErrorsHaveNoControlCharacters(t *testing.T) {
	got := result.FromUpdate(nil, errors.New("no\r\n\x1b[31mred\u2028\u202eback é 日")).Error
	if want := "no   [31mred  back é 日"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// update returns the Result of an update with patch whose driver returns result.
func update(t *testing.T, result *credit.Result, patch credit.Patch) *credit.Result {
	t.Helper()
	got, err := credit.NewUpdater(driver{result}).Update(t.Context(), credit.Ref{ID: "c1"}, patch)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

type driver struct{ result *credit.Result }

func (driver) Vendor() string { return "metronome" }

func (driver) Support() credit.Support {
	return credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldTotal: {Set: true}}}
}

func (d driver) Apply(context.Context, credit.Ref, credit.Patch, credit.CallConfig) (*credit.Result, error) {
	return d.result, nil
}
