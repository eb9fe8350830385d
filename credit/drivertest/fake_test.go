package drivertest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// fakeBackend shows a Fake's calls as the requests that a vendor would have got.
type fakeBackend struct {
	*credittest.Fake
	owner string
}

func (b fakeBackend) Requests() []credittest.Request {
	var requests []credittest.Request
	for _, c := range b.Calls() {
		if c.Request != nil && !c.DryRun {
			requests = append(requests, credittest.Request{
				Method: c.Request.Method, Path: c.Request.Path, Body: c.Request.Body,
				Header: map[string][]string{"Idempotency-Key": {c.IdempotencyKey}},
				Write:  true, Applied: c.Applied,
			})
		}
	}
	return requests
}

func (b fakeBackend) Record(id string) json.RawMessage {
	record, err := b.Read(context.Background(), credit.Ref{ID: id, Owner: b.owner})
	if err != nil {
		return nil
	}
	return record.Raw
}

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

func fakeHarness(support credit.Support) func(*testing.T) Harness {
	return func(*testing.T) Harness {
		record, paths := seeded, map[credit.Field]FieldPath{}
		var can []credit.Field
		for _, f := range credit.Fields() {
			if paths[f] = (FieldPath{Record: string(f)}); support.CanSet(f) {
				can = append(can, f)
			}
		}
		h := Harness{Patch: pick(everything, can...), FieldPaths: paths, Always: []string{"id", "owner"}}
		if support.Owner == credit.OwnerUnsupported {
			record.Owner = ""
		}
		fake := credittest.NewFake(support, record)
		h.Updater, h.Backend = fake, fakeBackend{fake, record.Owner}
		h.Ref = credit.Ref{ID: record.ID, Owner: record.Owner}
		h.Missing = credit.Ref{ID: "credit-2", Owner: record.Owner}
		return h
	}
}

func all(a credit.Ability) map[credit.Field]credit.Ability {
	fields := map[credit.Field]credit.Ability{}
	for _, f := range credit.Fields() {
		fields[f] = a
	}
	return fields
}

func TestFakePassesSuiteWithAnySupport(t *testing.T) {
	some := all(credit.Ability{Set: true})
	delete(some, credit.FieldBalance)
	some[credit.FieldNote] = credit.Ability{Set: true, Clear: true}
	for _, test := range []struct {
		name    string
		support credit.Support
	}{
		{"sets and clears every field", credit.Support{Fields: all(credit.Ability{Set: true, Clear: true}), Owner: credit.OwnerForReads, IdempotencyKeys: true}},
		{"replaces the record", credit.Support{Fields: all(credit.Ability{Set: true, Clear: true}), ReplacesRecord: true}},
		{"cannot clear", credit.Support{Fields: all(credit.Ability{Set: true}), Owner: credit.OwnerRequired}},
		{"sets some fields", credit.Support{Fields: some, ReplacesRecord: true, IdempotencyKeys: true, ReadOnly: []credit.Field{credit.FieldBalance}}},
	} {
		t.Run(test.name, func(t *testing.T) { Run(t, fakeHarness(test.support)) })
	}
}
