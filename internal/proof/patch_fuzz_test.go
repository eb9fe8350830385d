package proof

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// fuzzedPatch returns a patch from fuzzed values. Two bits of ops for each
// field leave, set or clear it.
func fuzzedPatch(ops uint16, text, key, amount string, start, end int64, nanos uint32) (p credit.Patch) {
	d, err := credit.ParseDecimal(amount)
	if err != nil {
		d = credit.NewDecimal(start)
	}
	p.Name = takeOpt(&ops, text)
	p.Note = takeOpt(&ops, key)
	p.Total = takeOpt(&ops, d)
	p.Balance = takeOpt(&ops, d)
	p.StartsAt = takeOpt(&ops, time.Unix(start, 0))
	p.ExpiresAt = takeOpt(&ops, time.Unix(end, int64(nanos)))
	p.Priority = takeOpt(&ops, d)
	p.Metadata = takeOpt(&ops, map[string]string{key: text})
	return p
}

func takeOpt[T any](ops *uint16, v T) credit.Opt[T] {
	op := *ops & 3
	*ops >>= 2
	switch op {
	case 1:
		return credit.Set(v)
	case 2:
		return credit.Clear[T]()
	}
	return credit.Opt[T]{}
}

// hasValue reports whether a record's field has the value that a patch gives
// it. Vendors do not distinguish an empty text from none.
func hasValue[T any](want, has credit.Opt[T], same func(a, b T) bool, empty func(T) bool) bool {
	value, set := want.Get()
	got, there := has.Get()
	switch {
	case want.IsZero():
		return true
	case want.IsClear(), empty != nil && empty(value):
		return has.IsClear() || there && empty != nil && empty(got)
	}
	return set && there && same(value, got)
}

// firstDifference returns the first field whose value in the record is not that
// of the patch, or "".
func firstDifference(p credit.Patch, r *credit.Record) credit.Field {
	equal := func(a, b string) bool { return a == b }
	none := func(s string) bool { return s == "" }
	switch {
	case !hasValue(p.Name, r.Name, equal, none):
		return credit.FieldName
	case !hasValue(p.Note, r.Note, equal, none):
		return credit.FieldNote
	case !hasValue(p.Total, r.Total, credit.Decimal.Equal, nil):
		return credit.FieldTotal
	case !hasValue(p.Balance, r.Balance, credit.Decimal.Equal, nil):
		return credit.FieldBalance
	case !hasValue(p.StartsAt, r.StartsAt, time.Time.Equal, nil):
		return credit.FieldStartsAt
	case !hasValue(p.ExpiresAt, r.ExpiresAt, time.Time.Equal, nil):
		return credit.FieldExpiresAt
	case !hasValue(p.Priority, r.Priority, credit.Decimal.Equal, nil):
		return credit.FieldPriority
	case !hasValue(p.Metadata, r.Metadata, maps.Equal, func(m map[string]string) bool { return len(m) == 0 }):
		return credit.FieldMetadata
	}
	return ""
}

func FuzzPatchKnox(f *testing.F)              { fuzzPatch(f, "knox") }
func FuzzPatchThoughtIndustries(f *testing.F) { fuzzPatch(f, "thoughtindustries") }
func FuzzPatchNexudus(f *testing.F)           { fuzzPatch(f, "nexudus") }
func FuzzPatchFlexprice(f *testing.F)         { fuzzPatch(f, "flexprice") }
func FuzzPatchMetronome(f *testing.F)         { fuzzPatch(f, "metronome") }

// fuzzPatch updates with a fuzzed patch. Either the update fails with NotSent
// or Rejected and the record is unchanged, or there is one write and the record
// has the values of the patch.
func fuzzPatch(f *testing.F, vendorName string) {
	v := vendorNamed(f, vendorName)
	fake := v.fake(f)
	if err := fake.Seed(fake.Record(fake.Ref.ID)); err != nil { // normalize the JSON
		f.Fatal(err)
	}
	record := fake.Record(fake.Ref.ID)
	f.Fuzz(func(t *testing.T, ops uint16, text, key, amount string, start, end int64, nanos uint32) {
		if err := fake.Seed(record); err != nil {
			t.Fatal(err)
		}
		fake.Reset()
		updater := v.newFakeUpdater(t, fake)
		patch := fuzzedPatch(ops, text, key, amount, start, end, nanos%1e9)
		_, err := updater.Update(t.Context(), fake.Ref, patch)
		writes := len(fake.Writes())
		if err != nil {
			outcome := credit.OutcomeOf(err)
			unchanged := outcome == credit.NotSent && writes == 0 || outcome == credit.Rejected && writes == 1
			if !unchanged || !bytes.Equal(fake.Record(fake.Ref.ID), record) {
				t.Errorf("%v, after %d writes, of %+v", err, writes, patch)
			}
			return
		}
		after, err := updater.(credit.Reader).Read(t.Context(), fake.Ref)
		if err != nil || writes != 1 {
			t.Fatalf("%d writes, read back with %v", writes, err)
		}
		if field := firstDifference(patch, after); field != "" {
			t.Errorf("%s: patch %+v, record %+v", field, patch, after)
		}
	})
}
