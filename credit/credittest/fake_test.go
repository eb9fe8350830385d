package credittest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

var (
	seeded = credit.Record{
		ID: "credit-1", Owner: "owner-1",
		Values: credit.Values{
			Name:      credit.Set("seed"),
			Note:      credit.Set("a note"),
			Total:     credit.Set(credit.MustParseDecimal("100.50")),
			Balance:   credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
			StartsAt:  credit.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
			ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)),
			Priority:  credit.Set(credit.MustParseDecimal("3")),
			Metadata:  credit.Set(map[string]string{"order": "A-17"}),
		},
	}
	everything = credit.Patch{
		Name:      credit.Set("planted name"),
		Note:      credit.Set("planted note"),
		Total:     credit.Set(credit.MustParseDecimal("80.25")),
		Balance:   credit.Set(credit.MustParseDecimal("40")),
		StartsAt:  credit.Set(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)),
		ExpiresAt: credit.Set(time.Date(2029, 5, 1, 0, 0, 0, 0, time.UTC)),
		Priority:  credit.Set(credit.MustParseDecimal("0")),
		Metadata:  credit.Set(map[string]string{"order": "B-18", "a/b": ""}),
	}
)

func all(a credit.Ability) map[credit.Field]credit.Ability {
	fields := map[credit.Field]credit.Ability{}
	for _, f := range credit.Fields() {
		fields[f] = a
	}
	return fields
}

func newFake() (*credittest.Fake, credit.Ref) {
	record := seeded
	record.Owner = ""
	return credittest.NewFake(credit.Support{Fields: all(credit.Ability{Set: true, Clear: true}), IdempotencyKeys: true}, record), credit.Ref{ID: record.ID}
}

func TestFakeAppliesChangeByOutcome(t *testing.T) {
	failure := func(o credit.Outcome) error {
		return &credit.Error{Vendor: "v", Op: "o", Kind: credit.ErrUnavailable, Outcome: o}
	}
	for _, test := range []struct {
		name string
		fail func(f *credittest.Fake, err error)
		err  error
		made bool
	}{
		{"not sent", (*credittest.Fake).Fail, failure(credit.NotSent), false},
		{"rejected", (*credittest.Fake).Fail, failure(credit.Rejected), false},
		{"unknown", (*credittest.Fake).Fail, failure(credit.Unknown), false},
		{"applied", (*credittest.Fake).Fail, failure(credit.Applied), true},
		{"unknown, after", (*credittest.Fake).FailAfter, failure(credit.Unknown), true},
		{"a bare context ends", (*credittest.Fake).Fail, context.Canceled, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake, ref := newFake()
			test.fail(fake, test.err)
			result, err := fake.Update(t.Context(), ref, credit.Patch{Name: credit.Set("new")})
			if result != nil || err != test.err {
				t.Errorf("got %+v and %v", result, err)
			}
			record, err := fake.Read(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			if made := record.Name == credit.Set("new"); made != test.made || fake.Calls()[0].Applied != test.made {
				t.Errorf("the change was made: %v; the call says %+v", made, fake.Calls()[0])
			}
			if _, err := fake.Update(t.Context(), ref, credit.Patch{Name: credit.Set("new")}); err != nil {
				t.Errorf("the call after the failure fails as well: %v", err)
			}
		})
	}
}

func TestFakeAppliesChangeOncePerKey(t *testing.T) {
	fake, ref := newFake()
	key := credit.WithIdempotencyKey("key-1")
	change := func(name string, opts ...credit.CallOption) error {
		_, err := fake.Update(t.Context(), ref, credit.Patch{Name: credit.Set(name)}, opts...)
		return err
	}
	if err := errors.Join(change("first", key), change("second"), change("first", key)); err != nil {
		t.Fatal(err)
	}
	record, err := fake.Read(t.Context(), ref)
	if err != nil || record.Name != credit.Set("second") {
		t.Errorf("the change was made again: %+v, %v", record, err)
	}
	if err := change("third", key); !errors.Is(err, credit.ErrConflict) || credit.OutcomeOf(err) != credit.Rejected {
		t.Errorf("the key with another change gave %v", err)
	}
}

func TestFakeCopiesMaps(t *testing.T) {
	fake, ref := newFake()
	entries := map[string]string{"a": "1"}
	if _, err := fake.Update(t.Context(), ref, credit.Patch{Metadata: credit.Set(entries)}); err != nil {
		t.Fatal(err)
	}
	entries["a"] = "2"
	for range 2 {
		record, err := fake.Read(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		stored, _ := record.Metadata.Get()
		if stored["a"] != "1" {
			t.Fatalf("the entries are %v", stored)
		}
		stored["a"] = "3"
	}
}

func TestFakeDoesNotRecordRejectedCalls(t *testing.T) {
	fake := credittest.NewFake(credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldName: {Set: true}}}, seeded)
	_, err := fake.Update(t.Context(), credit.Ref{ID: seeded.ID}, credit.Patch{Total: everything.Total})
	if !errors.Is(err, errors.ErrUnsupported) || len(fake.Calls()) != 0 {
		t.Errorf("%d calls, %v", len(fake.Calls()), err)
	}
}

func TestFakeFindsTheCreditsOfAnOwner(t *testing.T) {
	records := []credit.Record{{ID: "c", Owner: "acme"}, {ID: "a", Owner: "acme"}, {ID: "b", Owner: "others"}}
	for _, test := range []struct {
		name    string
		support credit.Support
		owner   string
		want    string // the refs, or the start of the error
	}{
		{"an owner", credit.Support{Owner: credit.OwnerRequired}, "acme", "{a acme} {c acme}"},
		{"an owner that a Ref must not have", credit.Support{}, "acme", "{a } {c }"},
		{"an unknown owner", credit.Support{}, "x", ""},
		{"all owners", credit.Support{Owner: credit.OwnerForReads, FindsAll: true}, "", "{a acme} {b others} {c acme}"},
		{"no owner", credit.Support{}, "", "fake: invalid owner: is required to find credits; nothing was sent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := credittest.NewFake(test.support, records...)
			var got []string
			for record, err := range fake.Find(t.Context(), credit.Query{Owner: test.owner}) {
				if err != nil {
					got = append(got, err.Error())
					continue
				}
				ref := credit.Ref{ID: record.ID, Owner: record.Owner}
				if _, err := fake.Read(t.Context(), ref); err != nil {
					t.Errorf("what was found cannot be read: %v", err)
				}
				got = append(got, fmt.Sprint(ref))
			}
			if all := strings.Join(got, " "); all != test.want {
				t.Errorf("got %q, want %q", all, test.want)
			}
		})
	}
}
