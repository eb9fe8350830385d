package credit_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// comparePatches lets cmp compare patches by their values.
var comparePatches = cmp.Comparer(func(a, b credit.Patch) bool {
	for _, f := range credit.Fields() {
		if !a.Op(f).Equal(b.Op(f)) {
			return false
		}
	}
	return true
})

func TestUndoPutsBackFieldsOfPatch(t *testing.T) {
	before := credit.Record{ID: "7", Values: credit.Values{
		Name:      credit.Set("old"),
		Note:      credit.Set("a note"),
		Total:     amount("12345678901234567890.10"),
		Balance:   amount("0"),
		StartsAt:  credit.Clear[time.Time](),
		ExpiresAt: credit.Set(day(9)),
		Priority:  credit.Clear[credit.Decimal](),
		Metadata:  credit.Set(map[string]string{"order": "A-17"}),
	}}
	after := credit.Record{ID: "7", Values: credit.Values(full)}
	for _, test := range []struct {
		name        string
		patch, want credit.Patch
	}{
		{"every field", full, credit.Patch(before.Values)},
		{"a field that was set", credit.Patch{Name: credit.Set("gold")}, credit.Patch{Name: credit.Set("old")}},
		{"a field that was cleared", credit.Patch{Note: credit.Clear[string]()}, credit.Patch{Note: credit.Set("a note")}},
		{"a field that was empty", credit.Patch{StartsAt: credit.Set(day(1))}, credit.Patch{StartsAt: credit.Clear[time.Time]()}},
		{"an amount of 0", credit.Patch{Balance: amount("3")}, credit.Patch{Balance: amount("0")}},
		{"the whole map", credit.Patch{Metadata: full.Metadata}, credit.Patch{Metadata: before.Metadata}},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := credit.NewUpdater(answering(&credit.Result{Before: &before, After: &after}))
			result, err := u.Update(t.Context(), seven, test.patch)
			if err != nil {
				t.Fatal(err)
			}
			undo, err := result.Undo()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, undo, comparePatches); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if total, _ := before.Total.Get(); total.String() != "12345678901234567890.10" {
		t.Errorf("Before was changed: %s", total)
	}
}

func TestUndoKeepsDigits(t *testing.T) {
	before := &credit.Record{Values: credit.Values{Total: amount("1.10")}}
	result, err := credit.NewUpdater(answering(&credit.Result{Before: before})).Update(t.Context(), seven, credit.Patch{Total: amount("7")})
	if err != nil {
		t.Fatal(err)
	}
	undo, err := result.Undo()
	if total, _ := undo.Total.Get(); err != nil || total.String() != "1.10" {
		t.Errorf("the total is %q: %v", total, err)
	}
}

func TestUndoDoesNotShareMetadata(t *testing.T) {
	entries := map[string]string{"a": "1"}
	before := &credit.Record{Values: credit.Values{Metadata: credit.Set(entries)}}
	result, err := credit.NewUpdater(answering(&credit.Result{Before: before})).Update(t.Context(), seven, credit.Patch{Metadata: full.Metadata})
	if err != nil {
		t.Fatal(err)
	}
	undo, err := result.Undo()
	if err != nil {
		t.Fatal(err)
	}
	put, _ := undo.Metadata.Get()
	put["a"] = "2"
	if !maps.Equal(entries, map[string]string{"a": "1"}) {
		t.Errorf("Before was changed: %v", entries)
	}
}

// The fields that the update did not name stay out, also if they have changed:
// the vendor or another writer has changed them.
func TestUndoLeavesOtherFieldsAlone(t *testing.T) {
	before := &credit.Record{Values: credit.Values{Name: credit.Set("old"), Balance: amount("5")}}
	after := &credit.Record{Values: credit.Values{Name: credit.Set("gold"), Balance: amount("4")}}
	result, err := credit.NewUpdater(answering(&credit.Result{Before: before, After: after})).Update(t.Context(), seven, gold)
	if err != nil {
		t.Fatal(err)
	}
	undo, err := result.Undo()
	if diff := cmp.Diff(credit.Patch{Name: credit.Set("old")}, undo, comparePatches); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestUndoNamesEachFieldThatCannotBePutBack(t *testing.T) {
	d := answering(&credit.Result{Before: &credit.Record{Values: credit.Values{
		Name:      credit.Set("old"),
		Note:      credit.Clear[string](),
		ExpiresAt: credit.Set(day(9)),
	}}})
	d.support = credit.Support{Fields: map[credit.Field]credit.Ability{
		credit.FieldName:      {Set: true},
		credit.FieldNote:      {Set: true},
		credit.FieldTotal:     {Set: true, Clear: true},
		credit.FieldExpiresAt: {Clear: true},
	}}
	patch := credit.Patch{Name: credit.Set("gold"), Note: credit.Set("n"), Total: amount("1"), ExpiresAt: credit.Clear[time.Time]()}
	result, err := credit.NewUpdater(d).Update(t.Context(), seven, patch)
	if err != nil {
		t.Fatal(err)
	}
	undo, err := result.Undo()
	want := []credit.FieldError{
		{Field: "note", Message: "cannot be put back: it was empty, and the vendor cannot clear it"},
		{Field: "total", Message: "cannot be put back: Before does not have its value"},
		{Field: "expires_at", Message: "cannot be put back: it had a value, and the vendor cannot set it"},
	}
	if diff := cmp.Diff(want, credit.FieldErrors(err)); diff != "" || !undo.IsEmpty() {
		t.Errorf("the patch is %v, and the fields (-want +got):\n%s", undo, diff)
	}
	if invalid, ok := errors.AsType[*credit.InvalidError](err); !ok || invalid.Vendor != "acme" || credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("the error is %v", err)
	}
}

func TestUndoRefusesResult(t *testing.T) {
	before := &credit.Record{Values: credit.Values{Name: credit.Set("old")}}
	update := func(result credit.Result, opts ...credit.CallOption) *credit.Result {
		r, err := credit.NewUpdater(answering(&result)).Update(t.Context(), seven, gold, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, test := range []struct {
		name   string
		result *credit.Result
		field  string
	}{
		{"of a dry run", update(credit.Result{Before: before}, credit.WithDryRun()), "DryRun"},
		{"without Before", update(credit.Result{After: &credit.Record{Values: credit.Values(gold)}}), "Before"},
		{"that is not from an Updater", &credit.Result{Before: before, After: &credit.Record{Values: credit.Values(gold)}}, "Result"},
	} {
		t.Run(test.name, func(t *testing.T) {
			undo, err := test.result.Undo()
			invalid, ok := errors.AsType[*credit.InvalidError](err)
			if !ok || invalid.Field != test.field || !undo.IsEmpty() {
				t.Errorf("the patch is %v, and the error %v", undo, err)
			}
		})
	}
}

// Update returns a nil Result with an error.
func TestUndoOfANilResultIsAnError(t *testing.T) {
	var none *credit.Result
	patch, err := none.Undo()
	if _, ok := errors.AsType[*credit.InvalidError](err); !ok || !patch.IsEmpty() {
		t.Errorf("%v, %v", patch, err)
	}
}
