package credit_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// refusal makes a call that must be refused before the driver is called.
func refusal(ctx context.Context, t *testing.T, d recorder, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) error {
	t.Helper()
	result, err := credit.NewUpdater(d).Update(ctx, ref, patch, opts...)
	if err == nil || result != nil {
		t.Fatalf("the call gives %v, %v, want an error alone", result, err)
	}
	if made := d.made(); len(made) > 0 {
		t.Errorf("the driver was called: %+v", made)
	}
	if got := credit.OutcomeOf(err); got != credit.NotSent {
		t.Errorf("the outcome is %v", got)
	}
	return err
}

func TestUnsupportedErrorNamesEachField(t *testing.T) {
	support := only(credit.FieldName, credit.FieldTotal, credit.FieldNote)
	support.Fields[credit.FieldNote] = credit.Ability{Clear: true}
	support.Fields[credit.FieldTotal] = credit.Ability{Set: true}
	s := &stub{support: support}
	err := refusal(t.Context(), t, s, seven, credit.Patch{
		Name:      credit.Set("gold"), // can be set
		Note:      credit.Set("x"),
		Total:     credit.Clear[credit.Decimal](),
		Balance:   credit.Set(credit.NewDecimal(5)),
		ExpiresAt: credit.Clear[time.Time](),
		Metadata:  credit.Set(map[string]string{}),
	})
	want := &credit.UnsupportedError{
		Vendor: "acme",
		Set:    []credit.Field{credit.FieldNote, credit.FieldBalance, credit.FieldMetadata},
		Clear:  []credit.Field{credit.FieldTotal, credit.FieldExpiresAt},
	}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdateRejectsEmptyPatch(t *testing.T) {
	s := &stub{support: everything()}
	if err := refusal(t.Context(), t, s, seven, credit.Patch{}); err != credit.ErrEmptyPatch {
		t.Errorf("the error is %v", err)
	}
}

func TestInvalidErrorListsAllProblems(t *testing.T) {
	s := &stub{support: everything()}
	err := refusal(nil, t, s, credit.Ref{Owner: "me"},
		credit.Patch{
			Name:      credit.Set("\xff"),
			Note:      credit.Set("fine"),
			Total:     credit.Set(credit.Decimal{}),
			Balance:   credit.Set(credit.Decimal{}),
			StartsAt:  credit.Set(time.Time{}),
			ExpiresAt: credit.Set(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
			Priority:  credit.Set(credit.Decimal{}),
			Metadata:  credit.Set(map[string]string(nil)),
		},
		credit.WithIdempotencyKey("job-7"), credit.WithRecord(json.RawMessage("{}")), credit.WithVerify(),
	)
	want := &credit.InvalidError{Vendor: "acme", Field: "ctx", Reason: "is nil", More: []credit.FieldError{
		{Field: "id", Message: "is empty"},
		{Field: "owner", Message: "must be empty: acme has no owners"},
		{Field: "WithIdempotencyKey", Message: "acme has no idempotency keys"},
		{Field: "WithRecord", Message: "acme changes single fields and needs no record"},
		{Field: "WithVerify", Message: "acme cannot be read"},
		{Field: "name", Message: "is not valid UTF-8"},
		{Field: "total", Message: "amount is not set"},
		{Field: "balance", Message: "amount is not set"},
		{Field: "starts_at", Message: "time is not set"},
		{Field: "expires_at", Message: "must be in the years 1 to 9999"},
		{Field: "priority", Message: "amount is not set"},
		{Field: "metadata", Message: "map is nil: set an empty one, or clear the field"},
	}}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdateRejectsRef(t *testing.T) {
	for _, test := range []struct {
		name   string
		owner  credit.OwnerRule
		ref    credit.Ref
		opts   []credit.CallOption
		field  string
		reason string
	}{
		{"no id", credit.OwnerUnsupported, credit.Ref{}, nil, "id", "is empty"},
		{"an id of two dots", credit.OwnerUnsupported, credit.Ref{ID: ".."}, nil, "id", "must not be . or .."},
		{"an id with a line break", credit.OwnerUnsupported, credit.Ref{ID: "7\n"}, nil, "id", "holds a control character"},
		{"an unsupported owner", credit.OwnerUnsupported, credit.Ref{ID: "7", Owner: "me"}, nil, "owner", "must be empty: acme has no owners"},
		{"no owner", credit.OwnerRequired, credit.Ref{ID: "7"}, nil, "owner", "is required"},
		{"an invalid owner", credit.OwnerRequired, credit.Ref{ID: "7", Owner: "."}, nil, "owner", "must not be . or .."},
		{"an invalid owner, optional", credit.OwnerForReads, credit.Ref{ID: "7", Owner: "\xff"}, nil, "owner", "is not valid UTF-8"},
		{"no owner, with a read", credit.OwnerForReads, credit.Ref{ID: "7"}, []credit.CallOption{credit.WithVerify()}, "owner", "is required to read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &reader{stub: &stub{support: everything()}}
			r.support.Owner = test.owner
			err := refusal(t.Context(), t, r, test.ref, gold, test.opts...)
			want := &credit.InvalidError{Vendor: "acme", Field: test.field, Reason: test.reason}
			if diff := cmp.Diff(error(want), err); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(r.reads) > 0 {
				t.Error("something was read")
			}
		})
	}
}

func TestUpdateAcceptsRef(t *testing.T) {
	for _, test := range []struct {
		name  string
		owner credit.OwnerRule
		ref   credit.Ref
	}{
		{"no owner, unsupported", credit.OwnerUnsupported, seven},
		{"no owner, optional", credit.OwnerForReads, seven},
		{"an owner, optional", credit.OwnerForReads, credit.Ref{ID: "7", Owner: "me"}},
		{"an owner, required", credit.OwnerRequired, credit.Ref{ID: "7", Owner: "me"}},
		{"an id that has to be escaped", credit.OwnerUnsupported, credit.Ref{ID: "a/b?c"}},
		{"an owner that has to be escaped", credit.OwnerRequired, credit.Ref{ID: "7", Owner: "a/b"}},
		{"an id that is not ASCII, in UTF8", credit.OwnerUnsupported, credit.Ref{ID: "Zürich"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := answering(&credit.Result{})
			d.support.Owner = test.owner
			result, err := credit.NewUpdater(d).Update(t.Context(), test.ref, gold)
			if err != nil {
				t.Fatal(err)
			}
			if result.ID != test.ref.ID || len(d.calls) != 1 || d.calls[0].ref != test.ref {
				t.Errorf("the result is of %q, the calls are %+v", result.ID, d.calls)
			}
		})
	}
}

func TestUpdateRejectsUnsupportedOptions(t *testing.T) {
	for _, test := range []struct {
		name   string
		opts   []credit.CallOption
		field  string
		reason string
	}{
		{"a key", []credit.CallOption{credit.WithIdempotencyKey("k")}, "WithIdempotencyKey", "acme has no idempotency keys"},
		{"a record", []credit.CallOption{credit.WithRecord(json.RawMessage("{}"))}, "WithRecord", "acme changes single fields and needs no record"},
		{"a verified dry run", []credit.CallOption{credit.WithDryRun(), credit.WithVerify()}, "WithVerify", "has nothing to verify after a dry run"},
		{"a nil option", []credit.CallOption{nil}, "options", "holds a nil CallOption"},
		{"an option that fails", []credit.CallOption{credit.WithIdempotencyKey("")}, "WithIdempotencyKey", "must be printable ASCII without spaces at its ends"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &reader{stub: &stub{support: everything()}}
			err := refusal(t.Context(), t, r, seven, gold, test.opts...)
			want := &credit.InvalidError{Vendor: "acme", Field: test.field, Reason: test.reason}
			if diff := cmp.Diff(error(want), err); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}

	t.Run("a check of what cannot be read", func(t *testing.T) {
		s := &stub{support: everything()}
		s.support.Owner = credit.OwnerForReads
		err := refusal(t.Context(), t, s, seven, gold, credit.WithVerify())
		want := &credit.InvalidError{Vendor: "acme", Field: "WithVerify", Reason: "acme cannot be read"}
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestDriverReceivesCallConfig(t *testing.T) {
	d := answering(&credit.Result{})
	d.support.IdempotencyKeys, d.support.ReplacesRecord = true, true
	var info credit.CallInfo
	_, err := credit.NewUpdater(d).Update(t.Context(), seven, gold, credit.WithIdempotencyKey("job-7"),
		credit.WithRecord(json.RawMessage(`{"id":7}`)), credit.WithDryRun(), credit.WithInfo(&info))
	if err != nil {
		t.Fatal(err)
	}
	want := credit.CallConfig{IdempotencyKey: "job-7", Record: json.RawMessage(`{"id":7}`), DryRun: true, Info: &info}
	if diff := cmp.Diff(want, d.calls[0].cfg); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdateAcceptsBoundaryValues(t *testing.T) {
	for _, test := range []struct {
		name  string
		patch credit.Patch
	}{
		{"an empty text", credit.Patch{Name: credit.Set("")}},
		{"an amount of 0", credit.Patch{Total: credit.Set(credit.NewDecimal(0))}},
		{"below 0", credit.Patch{Balance: credit.Set(credit.NewDecimal(-1))}},
		{"an empty map", credit.Patch{Metadata: credit.Set(map[string]string{})}},
		{"the last second", credit.Patch{ExpiresAt: credit.Set(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))}},
		{"clear", credit.Patch{
			Note: credit.Clear[string](), Total: credit.Clear[credit.Decimal](),
			StartsAt: credit.Clear[time.Time](), Metadata: credit.Clear[map[string]string](),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := answering(&credit.Result{})
			if _, err := credit.NewUpdater(d).Update(t.Context(), seven, test.patch); err != nil {
				t.Fatal(err)
			}
			if len(d.calls) != 1 {
				t.Errorf("the driver was called %d times", len(d.calls))
			}
		})
	}
}

// A year counts where the time goes out, which is in UTC.
func TestYearIsValidatedInUTC(t *testing.T) {
	east := time.FixedZone("east", 2*3600)
	s := answering(&credit.Result{})
	last := time.Date(10000, 1, 1, 1, 59, 59, 0, east)
	if _, err := credit.NewUpdater(s).Update(t.Context(), seven, credit.Patch{ExpiresAt: credit.Set(last)}); err != nil {
		t.Error(err)
	}
	s = &stub{support: everything()}
	before := time.Date(1, 1, 1, 1, 0, 0, 0, east) // the year 0 in UTC
	refusal(t.Context(), t, s, seven, credit.Patch{ExpiresAt: credit.Set(before)})
}

func TestMetadataMustBeUTF8(t *testing.T) {
	for _, entries := range []map[string]string{{"k": "\xff"}, {"\xff": "v"}} {
		s := &stub{support: everything()}
		err := refusal(t.Context(), t, s, seven, credit.Patch{Metadata: credit.Set(entries)})
		want := &credit.InvalidError{Vendor: "acme", Field: "metadata", Reason: "holds text that is not valid UTF-8"}
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestUpdaterOfNilDriverRejectsCalls(t *testing.T) {
	var none *stub
	for _, u := range []credit.Updater{credit.NewUpdater(nil), credit.NewUpdater(none)} {
		checkRefusesEveryCall(t, u)
	}
}

func checkRefusesEveryCall(t *testing.T, u credit.Updater) {
	t.Helper()
	for _, patch := range []credit.Patch{gold, {}} {
		result, err := u.Update(nil, credit.Ref{}, patch)
		want := &credit.InvalidError{Field: "driver", Reason: "is nil"}
		if diff := cmp.Diff(error(want), err); diff != "" || result != nil {
			t.Errorf("%v (-want +got):\n%s", result, diff)
		}
	}
	if _, ok := u.(credit.Reader); ok {
		t.Error("it passes for a Reader")
	}
	if s := u.Support(); len(s.Fields) > 0 {
		t.Errorf("it supports %v", s)
	}
}

// noContext is a context whose methods need more than a nil pointer.
type noContext struct{ context.Context }

func TestUpdateRejectsTypedNilContext(t *testing.T) {
	s := &stub{support: everything()}
	var none *noContext
	err := refusal(none, t, s, seven, gold)
	if invalid, ok := errors.AsType[*credit.InvalidError](err); !ok || invalid.Field != "ctx" {
		t.Errorf("the error is %v, want an InvalidError of ctx", err)
	}
}

func TestValidateID(t *testing.T) {
	for _, test := range []struct {
		id, reason string
	}{
		{"", "is empty"},
		{".", "must not be . or .."},
		{"..", "must not be . or .."},
		{"a\x00b", "holds a control character"},
		{"a\nb", "holds a control character"},
		{"a\x7f", "holds a control character"},
		{"a\u0085b", "holds a control character"},
		{"a\xffb", "is not valid UTF-8"},
		{"...", ""},
		{"a.b", ""},
		{"a/b?c#d%2F..", ""}, // escaped as one segment
		{"{id}", ""},
		{" ", ""},
		{"Zürich", ""},
	} {
		var want error
		if test.reason != "" {
			want = &credit.InvalidError{Field: "id", Reason: test.reason}
		}
		if diff := cmp.Diff(want, credit.ValidateID(test.id)); diff != "" {
			t.Errorf("ValidateID(%q) (-want +got):\n%s", test.id, diff)
		}
	}
}
