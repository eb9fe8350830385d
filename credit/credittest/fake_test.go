package credittest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// fakeWire shows a Fake's calls as the requests that a vendor would have got.
type fakeWire struct{ *Fake }

func (w fakeWire) Requests() []Request {
	var requests []Request
	for _, c := range w.Calls() {
		if c.Request != nil && !c.DryRun {
			requests = append(requests, Request{
				Method: c.Request.Method, Path: c.Request.Path, Body: c.Request.Body,
				Header: map[string][]string{"Idempotency-Key": {c.IdempotencyKey}},
				Write:  true, Applied: c.Made,
			})
		}
	}
	return requests
}

func (w fakeWire) Record(id string) json.RawMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told(w.records[id]).Raw
}

var (
	seeded = credit.Record{
		ID: "credit-1", Owner: "owner-1",
		Name:      credit.Set("seed"),
		Note:      credit.Set("a note"),
		Total:     credit.Set(credit.MustParseDecimal("100.50")),
		Balance:   credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
		StartsAt:  credit.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
		ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)),
		Priority:  credit.Set(credit.MustParseDecimal("3")),
		Metadata:  credit.Set(map[string]string{"order": "A-17"}),
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
		record, places := seeded, map[credit.Field]Place{}
		var can []credit.Field
		for _, f := range credit.Fields() {
			if places[f] = (Place{Record: string(f)}); support.CanSet(f) {
				can = append(can, f)
			}
		}
		h := Harness{Patch: pick(everything, can...), Places: places, Always: []string{"id", "owner"}}
		if support.Owner == credit.Refused {
			record.Owner = ""
		}
		fake := NewFake(support, record)
		h.Updater, h.Wire = fake, fakeWire{fake}
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

func TestAFakePassesTheSuiteWithAnySupport(t *testing.T) {
	some := all(credit.Ability{Set: true})
	delete(some, credit.FieldBalance)
	some[credit.FieldNote] = credit.Ability{Set: true, Clear: true}
	for name, support := range map[string]credit.Support{
		"that can do everything":  {Fields: all(credit.Ability{Set: true, Clear: true}), Owner: credit.Optional, IdempotencyKeys: true},
		"that replaces records":   {Fields: all(credit.Ability{Set: true, Clear: true}), Records: true},
		"that cannot clear":       {Fields: all(credit.Ability{Set: true}), Owner: credit.Required},
		"that can do some things": {Fields: some, Records: true, IdempotencyKeys: true},
	} {
		t.Run(name, func(t *testing.T) { Run(t, fakeHarness(support)) })
	}
}
