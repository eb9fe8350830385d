package credit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestGuardOptionsReachTheDriver(t *testing.T) {
	want := credit.Record{Values: credit.Values{Total: credit.Set(credit.NewDecimal(0))}}
	cfg, err := credit.NewCallConfig("acme", credit.WithBefore(), credit.WithExpect(want))
	if err != nil || !cfg.Before || cfg.Expect == nil || !cfg.ReadsFirst() {
		t.Fatalf("got %+v, %v", cfg, err)
	}
	for _, test := range []struct {
		cfg  credit.CallConfig
		want bool
	}{
		{credit.CallConfig{}, false},
		{credit.CallConfig{Verify: true, DryRun: true}, false},
		{credit.CallConfig{Before: true}, true},
		{credit.CallConfig{Expect: &want}, true},
	} {
		if got := test.cfg.ReadsFirst(); got != test.want {
			t.Errorf("%+v: ReadsFirst is %t", test.cfg, got)
		}
	}
	for _, empty := range []credit.Record{{}, {ID: "7", Owner: "o", Raw: []byte(`{"total":1}`)}} {
		_, err := credit.NewCallConfig("acme", credit.WithExpect(empty))
		if invalid, ok := errors.AsType[*credit.InvalidError](err); !ok || invalid.Field != "WithExpect" || invalid.Vendor != "acme" {
			t.Errorf("an expected record without a field gives %v", err)
		}
	}
}

func TestUpdaterRefusesGuardsThatNoReadCanServe(t *testing.T) {
	total := func(d credit.Decimal) credit.CallOption {
		return credit.WithExpect(credit.Record{Values: credit.Values{Total: credit.Set(d)}})
	}
	support := only(credit.FieldName)
	support.ReadOnly = []credit.Field{credit.FieldTotal}
	replaces, owned := support, support
	replaces.ReplacesRecord = true
	owned.Owner = credit.OwnerForReads
	one := credit.NewDecimal(1)
	for _, test := range []struct {
		name    string
		support credit.Support
		cannot  bool // read
		opts    []credit.CallOption
		fields  []string // refused; none: the driver gets the call
	}{
		{"before", support, false, []credit.CallOption{credit.WithBefore()}, nil},
		{"a read-only field", support, false, []credit.CallOption{total(one)}, nil},
		{"the credit's own id", support, false, []credit.CallOption{credit.WithExpect(credit.Record{ID: "7", Values: credit.Values{Total: credit.Clear[credit.Decimal]()}})}, nil},
		{"before without a read", support, true, []credit.CallOption{credit.WithBefore()}, []string{"WithBefore"}},
		{"expect without a read", support, true, []credit.CallOption{total(one)}, []string{"WithExpect"}},
		{"a field that is not returned", support, false, []credit.CallOption{credit.WithExpect(credit.Record{Values: credit.Values{Note: credit.Clear[string]()}})}, []string{"WithExpect"}},
		{"an unset amount", support, false, []credit.CallOption{total(credit.Decimal{})}, []string{"WithExpect"}},
		{"another id", support, false, []credit.CallOption{credit.WithExpect(credit.Record{ID: "8", Values: credit.Values{Total: credit.Set(one)}})}, []string{"WithExpect"}},
		{"a given record", replaces, false, []credit.CallOption{credit.WithRecord([]byte("{}")), credit.WithBefore(), total(one)}, []string{"WithBefore", "WithExpect"}},
		{"before without the owner that reads need", owned, false, []credit.CallOption{credit.WithBefore()}, []string{"owner"}},
		{"expect without the owner that reads need", owned, false, []credit.CallOption{total(one)}, []string{"owner"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := answering(&credit.Result{})
			s.support = test.support
			var d recorder = &reader{stub: s}
			if test.cannot {
				d = s
			}
			_, err := credit.NewUpdater(d).Update(t.Context(), seven, gold, test.opts...)
			var fields []string
			for _, f := range credit.FieldErrors(err) {
				fields = append(fields, f.Field)
			}
			if !slices.Equal(fields, test.fields) || (len(d.made()) == 0) != (test.fields != nil) {
				t.Errorf("%d calls of the driver: %v", len(d.made()), err)
			}
		})
	}
}

func TestCheckExpectComparesEveryExpectedField(t *testing.T) {
	now := &credit.Record{ID: "7", Values: credit.Values{
		Name:     credit.Set("gold"),
		Note:     credit.Clear[string](),
		Total:    credit.Set(credit.MustParseDecimal("2.50")),
		Metadata: credit.Set(map[string]string{"a": "b"}),
	}}
	for _, test := range []struct {
		name   string
		want   credit.Values
		differ []credit.FieldMismatch
	}{
		{"all as they are", now.Values, nil},
		{"the same amount with other digits", credit.Values{Total: credit.Set(credit.MustParseDecimal("2.5"))}, nil},
		{"an empty text is cleared", credit.Values{Note: credit.Set("")}, nil},
		{"two others", credit.Values{Name: credit.Set("silver"), Note: credit.Clear[string](), Total: credit.Set(credit.NewDecimal(2))}, []credit.FieldMismatch{
			{Field: credit.FieldName, Want: `"silver"`, Got: `"gold"`}, {Field: credit.FieldTotal, Want: "2", Got: "2.50"},
		}},
		{"cleared and has a value", credit.Values{Metadata: credit.Clear[map[string]string]()}, []credit.FieldMismatch{
			{Field: credit.FieldMetadata, Want: "", Got: `{"a":"b"}`},
		}},
		{"not shown", credit.Values{Balance: credit.Clear[credit.Decimal]()}, []credit.FieldMismatch{
			{Field: credit.FieldBalance, Want: "", Got: "unknown"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var info credit.CallInfo
			cfg := credit.CallConfig{Expect: &credit.Record{Values: test.want}, Info: &info}
			err := cfg.CheckExpect("acme", now)
			if info.Before != now {
				t.Error("CallInfo does not have the record")
			}
			if test.differ == nil {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			e, ok := errors.AsType[*credit.ChangedError](err)
			if !ok || e.Vendor != "acme" || e.ID != "7" || e.Now != now || credit.OutcomeOf(err) != credit.NotSent || !errors.Is(err, credit.ErrConflict) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(test.differ, e.Fields); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for i, f := range credit.FieldErrors(err) {
				if f.Field != string(test.differ[i].Field) || !strings.HasPrefix(f.Message, "is now ") {
					t.Errorf("the field error is %+v", f)
				}
			}
		})
	}
	if err := (&credit.CallConfig{Before: true}).CheckExpect("acme", now); err != nil {
		t.Errorf("without Expect: %v", err)
	}
}

func TestSupportCanReadWhatChangesOrIsReadOnly(t *testing.T) {
	s := credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName: {Set: true}, credit.FieldNote: {Clear: true}, credit.FieldPriority: {VendorField: "none"},
		},
		ReadOnly: []credit.Field{credit.FieldBalance},
	}
	for field, want := range map[credit.Field]bool{
		credit.FieldName: true, credit.FieldNote: true, credit.FieldBalance: true,
		credit.FieldPriority: false, credit.FieldTotal: false, "no such field": false,
	} {
		if got := s.CanRead(field); got != want {
			t.Errorf("%s: %t, want %t", field, got, want)
		}
	}
	u := credit.NewUpdater(&stub{support: s})
	u.Support().ReadOnly[0] = credit.FieldTotal
	s.ReadOnly[0] = credit.FieldTotal
	if !u.Support().CanRead(credit.FieldBalance) {
		t.Error("a caller's or the driver's change shows in the Updater's Support")
	}
}
