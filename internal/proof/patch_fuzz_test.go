package proof

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// asked makes a patch of what a fuzzer says: two bits for each field, to leave,
// set or clear it.
func asked(ops uint16, text, key, amount string, start, end int64, nanos uint32) (p credit.Patch) {
	d, err := credit.ParseDecimal(amount)
	if err != nil {
		d = credit.NewDecimal(start)
	}
	p.Name = opt(&ops, text)
	p.Note = opt(&ops, key)
	p.Total = opt(&ops, d)
	p.Balance = opt(&ops, d)
	p.StartsAt = opt(&ops, time.Unix(start, 0))
	p.ExpiresAt = opt(&ops, time.Unix(end, int64(nanos)))
	p.Priority = opt(&ops, d)
	p.Metadata = opt(&ops, map[string]string{key: text})
	return p
}

func opt[T any](ops *uint16, v T) credit.Opt[T] {
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

// took reports whether a record has what a patch asks of a field. Vendors store
// an empty text and none as the same.
func took[T any](asked, has credit.Opt[T], same func(a, b T) bool, empty func(T) bool) bool {
	want, set := asked.Get()
	got, there := has.Get()
	switch {
	case asked.IsZero():
		return true
	case asked.IsClear(), empty != nil && empty(want):
		return has.IsClear() || there && empty != nil && empty(got)
	}
	return set && there && same(want, got)
}

// lacks names the first field of a patch that a record does not have.
func lacks(p credit.Patch, r *credit.Record) credit.Field {
	equal := func(a, b string) bool { return a == b }
	none := func(s string) bool { return s == "" }
	switch {
	case !took(p.Name, r.Name, equal, none):
		return credit.FieldName
	case !took(p.Note, r.Note, equal, none):
		return credit.FieldNote
	case !took(p.Total, r.Total, credit.Decimal.Equal, nil):
		return credit.FieldTotal
	case !took(p.Balance, r.Balance, credit.Decimal.Equal, nil):
		return credit.FieldBalance
	case !took(p.StartsAt, r.StartsAt, time.Time.Equal, nil):
		return credit.FieldStartsAt
	case !took(p.ExpiresAt, r.ExpiresAt, time.Time.Equal, nil):
		return credit.FieldExpiresAt
	case !took(p.Priority, r.Priority, credit.Decimal.Equal, nil):
		return credit.FieldPriority
	case !took(p.Metadata, r.Metadata, maps.Equal, func(m map[string]string) bool { return len(m) == 0 }):
		return credit.FieldMetadata
	}
	return ""
}

func FuzzPatchKnox(f *testing.F)              { fuzzPatch(f, "knox") }
func FuzzPatchThoughtIndustries(f *testing.F) { fuzzPatch(f, "thoughtindustries") }
func FuzzPatchNexudus(f *testing.F)           { fuzzPatch(f, "nexudus") }
func FuzzPatchFlexprice(f *testing.F)         { fuzzPatch(f, "flexprice") }
func FuzzPatchMetronome(f *testing.F)         { fuzzPatch(f, "metronome") }

// fuzzPatch makes any patch. It is refused, here before any write or by the
// vendor, and the record stays as it is; or it is made by one write and the
// vendor's record says what was asked.
func fuzzPatch(f *testing.F, vendorName string) {
	v := named(f, vendorName)
	fake := v.fake(f)
	if err := fake.Seed(fake.Record(fake.Ref.ID)); err != nil { // in the fake's own spelling
		f.Fatal(err)
	}
	record := fake.Record(fake.Ref.ID)
	f.Fuzz(func(t *testing.T, ops uint16, text, key, amount string, start, end int64, nanos uint32) {
		if err := fake.Seed(record); err != nil {
			t.Fatal(err)
		}
		fake.Reset()
		updater := v.connect(t, fake)
		patch := asked(ops, text, key, amount, start, end, nanos%1e9)
		_, err := updater.Update(t.Context(), fake.Ref, patch)
		writes := len(fake.Writes())
		if err != nil {
			outcome := credit.OutcomeOf(err)
			refused := outcome == credit.NotSent && writes == 0 || outcome == credit.Rejected && writes == 1
			if !refused || !bytes.Equal(fake.Record(fake.Ref.ID), record) {
				t.Errorf("%v, after %d writes, of %+v", err, writes, patch)
			}
			return
		}
		after, err := updater.(credit.Reader).Read(t.Context(), fake.Ref)
		if err != nil || writes != 1 {
			t.Fatalf("%d writes, read back with %v", writes, err)
		}
		if field := lacks(patch, after); field != "" {
			t.Errorf("%s is not as in %+v: %+v", field, patch, after)
		}
	})
}
