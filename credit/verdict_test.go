package credit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestCompareReturnsVerdictOfTwoReads(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	patch := credit.Patch{Note: credit.Set("b"), Total: credit.Set(credit.NewDecimal(2)), ExpiresAt: credit.Clear[time.Time]()}
	before := credit.Record{Values: credit.Values{Note: credit.Set("a"), Total: credit.Set(credit.NewDecimal(1)), ExpiresAt: credit.Set(noon), Name: credit.Set("n")}}
	changed := func(r credit.Record, change func(*credit.Record)) *credit.Record {
		change(&r)
		return &r
	}
	made := credit.Record{Values: credit.Values{Note: credit.Set("b"), Total: credit.Set(credit.MustParseDecimal("2.0")), ExpiresAt: credit.Clear[time.Time]()}}
	for _, test := range []struct {
		name   string
		before *credit.Record
		now    *credit.Record
		want   credit.Verdict
		fields []credit.Field
	}{
		{"made", &before, &made, credit.AsAsked, nil},
		{"made, nothing known of before", nil, &made, credit.AsAsked, nil},
		{"not made", &before, &before, credit.AsBefore, []credit.Field{credit.FieldNote, credit.FieldTotal, credit.FieldExpiresAt}},
		{
			"not made, another field changed", &before,
			changed(before, func(r *credit.Record) { r.Name = credit.Set("other") }),
			credit.AsBefore,
			[]credit.Field{credit.FieldNote, credit.FieldTotal, credit.FieldExpiresAt},
		},
		{"not made, nothing known of before", nil, &before, credit.Neither, []credit.Field{credit.FieldNote, credit.FieldTotal, credit.FieldExpiresAt}},
		{
			"a field changed otherwise", &before,
			changed(before, func(r *credit.Record) { r.Total = credit.Set(credit.NewDecimal(9)) }),
			credit.Neither,
			[]credit.Field{credit.FieldTotal},
		},
		{
			"made in part", &before,
			changed(before, func(r *credit.Record) { r.Note = credit.Set("b") }),
			credit.Neither,
			[]credit.Field{credit.FieldNote},
		},
		{
			"made, then changed", &before,
			changed(made, func(r *credit.Record) { r.Note = credit.Set("c") }),
			credit.Neither,
			[]credit.Field{credit.FieldNote, credit.FieldTotal, credit.FieldExpiresAt},
		},
		{
			"a field that is not shown now", &before,
			changed(before, func(r *credit.Record) { r.Total = credit.Opt[credit.Decimal]{} }),
			credit.Neither,
			[]credit.Field{credit.FieldTotal},
		},
		{
			"a field that is never shown",
			changed(before, func(r *credit.Record) { r.Total = credit.Opt[credit.Decimal]{} }),
			changed(before, func(r *credit.Record) { r.Total = credit.Opt[credit.Decimal]{} }),
			credit.Neither,
			[]credit.Field{credit.FieldTotal},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			verdict, mismatches := patch.Compare(test.before, test.now)
			var fields []credit.Field
			for _, m := range mismatches {
				fields = append(fields, m.Field)
			}
			if diff := cmp.Diff(test.fields, fields); diff != "" || verdict != test.want {
				t.Errorf("%v, want %v; fields (-want +got):\n%s", verdict, test.want, diff)
			}
		})
	}
}

func TestVerdictString(t *testing.T) {
	for verdict, want := range map[credit.Verdict]string{
		credit.AsAsked: "as asked", credit.AsBefore: "as before", credit.Neither: "neither", 0: "none", 7: "none",
	} {
		if verdict.String() != want {
			t.Errorf("%d is %q, want %q", verdict, verdict, want)
		}
	}
}
