package credit_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func amount(s string) credit.Opt[credit.Decimal] { return credit.Set(credit.MustParseDecimal(s)) }

func day(d int) time.Time { return time.Date(2027, 3, d, 0, 0, 0, 0, time.UTC) }

// full names every field once.
var full = credit.Patch{
	Name:      credit.Set("gold"),
	Note:      credit.Clear[string](),
	Total:     amount("12.50"),
	Balance:   amount("3"),
	StartsAt:  credit.Set(day(1)),
	ExpiresAt: credit.Clear[time.Time](),
	Priority:  amount("10"),
	Metadata:  credit.Set(map[string]string{"b": "2", "a": "1"}),
}

func TestChangesListsEachPatchField(t *testing.T) {
	for _, test := range []struct {
		name   string
		before *credit.Record
		want   []credit.FieldChange
	}{
		{"no record read", nil, []credit.FieldChange{
			{Field: "name", Before: "unknown", After: `"gold"`},
			{Field: "note", Before: "unknown", After: ""},
			{Field: "total", Before: "unknown", After: "12.50"},
			{Field: "balance", Before: "unknown", After: "3"},
			{Field: "starts_at", Before: "unknown", After: "2027-03-01T00:00:00Z"},
			{Field: "expires_at", Before: "unknown", After: ""},
			{Field: "priority", Before: "unknown", After: "10"},
			{Field: "metadata", Before: "unknown", After: `{"a":"1","b":"2"}`},
		}},
		{
			"read",
			&credit.Record{
				Values: credit.Values{
					Name:      credit.Set("old\nname"),
					Note:      credit.Set("x"),
					Total:     amount("12.5"),
					Balance:   credit.Clear[credit.Decimal](),
					StartsAt:  credit.Set(day(1).In(time.FixedZone("west", -3600))),
					ExpiresAt: credit.Set(day(9).Add(1500 * time.Millisecond)),
					Metadata:  credit.Set(map[string]string{}),
				},
			},
			[]credit.FieldChange{
				{Field: "name", Before: `"old\nname"`, After: `"gold"`},
				{Field: "note", Before: `"x"`, After: ""},
				{Field: "total", Before: "12.5", After: "12.50"},
				{Field: "balance", Before: "", After: "3"},
				{Field: "starts_at", Before: "2027-03-01T00:00:00Z", After: "2027-03-01T00:00:00Z"},
				{Field: "expires_at", Before: "2027-03-09T00:00:01.5Z", After: ""},
				{Field: "priority", Before: "unknown", After: "10"},
				{Field: "metadata", Before: "", After: `{"a":"1","b":"2"}`},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, err := credit.NewUpdater(answering(&credit.Result{Before: test.before})).Update(t.Context(), seven, full)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, result.Changes()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangesShowMetadataVerbatim(t *testing.T) {
	u := credit.NewUpdater(answering(&credit.Result{}))
	result, err := u.Update(t.Context(), seven, credit.Patch{Metadata: credit.Set(map[string]string{"b": "<1 & 2>", "a": "say \"é\"\n", "": ""})})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := result.Changes()[0].After, `{"":"","a":"say \"é\"\n","b":"<1 & 2>"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCompareIgnoresNotation(t *testing.T) {
	for _, test := range []struct {
		name  string
		patch credit.Patch
		after credit.Record
	}{
		{"an amount by its value", credit.Patch{Total: amount("12.50")}, credit.Record{Values: credit.Values{Total: amount("1.25E1")}}},
		{"an instant in another zone", credit.Patch{StartsAt: credit.Set(day(1))}, credit.Record{Values: credit.Values{StartsAt: credit.Set(day(1).In(time.FixedZone("x", 7200)))}}},
		{"an empty text for a clear", credit.Patch{Note: credit.Clear[string]()}, credit.Record{Values: credit.Values{Note: credit.Set("")}}},
		{"a clear for an empty text", credit.Patch{Note: credit.Set("")}, credit.Record{Values: credit.Values{Note: credit.Clear[string]()}}},
		{"an empty name", credit.Patch{Name: credit.Set("")}, credit.Record{Values: credit.Values{Name: credit.Clear[string]()}}},
		{"an empty map for a clear", credit.Patch{Metadata: credit.Clear[map[string]string]()}, credit.Record{Values: credit.Values{Metadata: credit.Set(map[string]string{})}}},
		{"a nil map for a clear", credit.Patch{Metadata: credit.Clear[map[string]string]()}, credit.Record{Values: credit.Values{Metadata: credit.Set(map[string]string(nil))}}},
		{"a clear for an empty map", credit.Patch{Metadata: credit.Set(map[string]string{})}, credit.Record{Values: credit.Values{Metadata: credit.Clear[map[string]string]()}}},
		{"a field that is not in the patch", credit.Patch{Name: credit.Set("gold")}, credit.Record{Values: credit.Values{Name: credit.Set("gold"), Note: credit.Set("other")}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := credit.NewUpdater(answering(&credit.Result{After: &test.after})).Update(t.Context(), seven, test.patch); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMismatchErrorNamesEachField(t *testing.T) {
	after := &credit.Record{
		Values: credit.Values{
			Name:      credit.Set("Gold"),
			Note:      credit.Set("still here"),
			Total:     amount("12.51"),
			StartsAt:  credit.Set(day(1).Add(time.Nanosecond)),
			ExpiresAt: credit.Set(day(9)),
			Priority:  credit.Clear[credit.Decimal](),
			Metadata:  credit.Set(map[string]string{"a": "1"}),
		},
	}
	_, err := credit.NewUpdater(answering(&credit.Result{After: after})).Update(t.Context(), seven, full)
	mismatch, ok := errors.AsType[*credit.MismatchError](err)
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	want := []credit.FieldMismatch{
		{Field: "name", Want: `"gold"`, Got: `"Gold"`},
		{Field: "note", Want: "", Got: `"still here"`},
		{Field: "total", Want: "12.50", Got: "12.51"},
		{Field: "balance", Want: "3", Got: "unknown"},
		{Field: "starts_at", Want: "2027-03-01T00:00:00Z", Got: "2027-03-01T00:00:00.000000001Z"},
		{Field: "expires_at", Want: "", Got: "2027-03-09T00:00:00Z"},
		{Field: "priority", Want: "10", Got: ""},
		{Field: "metadata", Want: `{"a":"1","b":"2"}`, Got: `{"a":"1"}`},
	}
	if diff := cmp.Diff(want, mismatch.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An amount of 0 is one, and no amount is none.
func TestCompareDistinguishesZeroFromEmpty(t *testing.T) {
	for _, test := range []struct {
		patch, got credit.Opt[credit.Decimal]
	}{
		{amount("0"), credit.Clear[credit.Decimal]()},
		{credit.Clear[credit.Decimal](), amount("0")},
	} {
		d := answering(&credit.Result{After: &credit.Record{Values: credit.Values{Total: test.got}}})
		_, err := credit.NewUpdater(d).Update(t.Context(), seven, credit.Patch{Total: test.patch})
		if _, ok := errors.AsType[*credit.MismatchError](err); !ok {
			t.Errorf("%v passes for %v: %v", test.got, test.patch, err)
		}
	}
}

func TestNotReturnedFieldsAreNotCompared(t *testing.T) {
	d := answering(&credit.Result{
		After:       &credit.Record{Values: credit.Values{Name: credit.Set("old"), ExpiresAt: credit.Set(day(9))}},
		NotReturned: []credit.Field{credit.FieldExpiresAt},
	})
	patch := credit.Patch{ExpiresAt: credit.Set(day(1))}
	if _, err := credit.NewUpdater(d).Update(t.Context(), seven, patch); err != nil {
		t.Error(err)
	}
	patch.Name = credit.Set("gold")
	_, err := credit.NewUpdater(d).Update(t.Context(), seven, patch)
	mismatch, ok := errors.AsType[*credit.MismatchError](err)
	if !ok || len(mismatch.Fields) != 1 || mismatch.Fields[0].Field != credit.FieldName {
		t.Errorf("the error is %v, want the name alone", err)
	}
}

// A caller may go on with its map after the update.
func TestChangesKeepPatchAtCallTime(t *testing.T) {
	entries := map[string]string{"a": "1"}
	result, err := credit.NewUpdater(answering(&credit.Result{})).Update(t.Context(), seven, credit.Patch{Metadata: credit.Set(entries)})
	if err != nil {
		t.Fatal(err)
	}
	entries["a"] = "2"
	if got := result.Changes(); len(got) != 1 || got[0].After != `{"a":"1"}` {
		t.Errorf("the changes are %v", got)
	}
	if got := new(credit.Result).Changes(); len(got) != 0 {
		t.Errorf("a Result that no Updater returned has the changes %v", got)
	}
}
