package credit_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestSupportOfUnlistedFieldIsNone(t *testing.T) {
	s := credit.Support{Fields: map[credit.Field]credit.Ability{
		credit.FieldName: {Set: true},
		credit.FieldNote: {Clear: true},
	}}
	for field, want := range map[credit.Field][2]bool{
		credit.FieldName:  {true, false},
		credit.FieldNote:  {false, true},
		credit.FieldTotal: {false, false},
		"no such field":   {false, false},
	} {
		if got := [2]bool{s.CanSet(field), s.CanClear(field)}; got != want {
			t.Errorf("%s: set and clear are %v, want %v", field, got, want)
		}
	}
	if (credit.Support{}).CanSet(credit.FieldName) {
		t.Error("the zero Support can set something")
	}
}

// What one caller, or the driver, does to the map must not widen what the
// updater lets through.
func TestUpdaterCopiesSupport(t *testing.T) {
	drivers := only(credit.FieldName)
	s := &stub{support: drivers}
	u := credit.NewUpdater(s)
	want := only(credit.FieldName)

	drivers.Fields[credit.FieldNote] = credit.Ability{Set: true}
	callers := u.Support()
	if diff := cmp.Diff(want, callers); diff != "" {
		t.Fatalf("the driver's later change shows (-want +got):\n%s", diff)
	}
	callers.Fields[credit.FieldNote] = credit.Ability{Set: true}
	if diff := cmp.Diff(want, u.Support()); diff != "" {
		t.Errorf("a caller's change shows (-want +got):\n%s", diff)
	}
	if _, err := u.Update(t.Context(), seven, credit.Patch{Note: credit.Set("x")}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a change lets a patch through: %v", err)
	}
}

func TestOwnerRuleDefaultsToUnsupported(t *testing.T) {
	if (credit.Support{}).Owner != credit.OwnerUnsupported {
		t.Error("the zero OwnerRule is not OwnerUnsupported")
	}
}

func TestRepeatableUnlessPatchHasNotIdempotentField(t *testing.T) {
	s := credit.Support{Fields: map[credit.Field]credit.Ability{
		credit.FieldName:    {Set: true},
		credit.FieldNote:    {Set: true, Clear: true, NotIdempotent: true},
		credit.FieldBalance: {Set: true, NotIdempotent: true},
	}}
	for _, test := range []struct {
		name  string
		patch credit.Patch
		want  bool
	}{
		{"nothing", credit.Patch{}, true},
		{"an idempotent field", credit.Patch{Name: credit.Set("n")}, true},
		{"an unlisted field", credit.Patch{Priority: credit.Set(credit.NewDecimal(1))}, true},
		{"set of a non-idempotent field", credit.Patch{Balance: credit.Set(credit.NewDecimal(0))}, false},
		{"clear of a non-idempotent field", credit.Patch{Note: credit.Clear[string]()}, false},
		{"both", credit.Patch{Name: credit.Set("n"), Balance: credit.Set(credit.NewDecimal(1))}, false},
	} {
		if got := s.Repeatable(test.patch); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
	if !(credit.Support{}).Repeatable(gold) {
		t.Error("the zero Support has a non-idempotent field")
	}
}
