package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// fakes simulate the vendors in this process.
type fakes map[string]*credittest.Server

func newFakes() (fakes, error) {
	all := make(fakes)
	for _, name := range vendor.Names() {
		fake, err := vendor.Fake(name)
		if err != nil {
			return nil, err
		}
		all[name] = fake
	}
	return all, nil
}

// openFakes makes the fakes of a command with -fake.
func (s *settings) openFakes() (err error) {
	if s.mode.IsFake() {
		s.fakes, err = newFakes()
	}
	for _, fake := range s.fakes {
		fake.KeepRequests(1) // the command reads none
	}
	return err
}

// idMembers are the members of a record with the id and the owner of the credit.
var idMembers = map[string][2]string{
	"knox":              {"id", ""},
	"thoughtindustries": {"id", "clientId"},
	"nexudus":           {"Id", ""},
	"flexprice":         {"id", ""},
	"metronome":         {"id", "customer_id"},
}

// seedRecords gives the fakes a credit for each row: a copy of the credit that they
// have from the beginning.
func (f fakes) seedRecords(rows iter.Seq2[row.Row, error]) error {
	born := make(map[string]map[string]json.RawMessage)
	for name, fake := range maps.All(f) {
		var record map[string]json.RawMessage
		if err := json.Unmarshal(fake.Record(fake.Ref.ID), &record); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		born[name] = record
	}
	for r, err := range rows {
		if err != nil {
			return err
		}
		record, members := maps.Clone(born[r.Vendor]), idMembers[r.Vendor]
		id, err := json.Marshal(r.Ref.ID)
		if err != nil {
			return err
		}
		if r.Vendor == "nexudus" {
			id = []byte(r.Ref.ID) // a number
		}
		record[members[0]] = id
		if owner := members[1]; owner != "" && r.Ref.Owner != "" {
			if record[owner], err = json.Marshal(r.Ref.Owner); err != nil {
				return err
			}
		}
		text, err := json.Marshal(record)
		if err != nil {
			return err
		}
		if err := f[r.Vendor].Seed(text); err != nil {
			return fmt.Errorf("row %d: %w", r.Number, err)
		}
	}
	return nil
}

// seedExpected gives the fakes a credit for each row, with the values that the row expects,
// as far as a change can set them.
func (s settings) seedExpected(ctx context.Context, rows iter.Seq2[row.Row, error]) error {
	if err := s.fakes.seedRecords(rows); err != nil {
		return err
	}
	updaters, born := make(map[string]credit.Updater), make(map[string]credit.Patch)
	for r, err := range rows {
		if err != nil {
			return err
		}
		if updaters[r.Vendor] == nil {
			u, err := s.newUpdater(ctx, r.Vendor, unlimited{})
			if err != nil {
				return err
			}
			record, err := u.(credit.Reader).Read(ctx, s.fakes[r.Vendor].Ref) // every vendor of this module has reads
			if err != nil {
				return err
			}
			updaters[r.Vendor], born[r.Vendor] = u, credit.Patch(record.Values)
		}
		patch := differing(r.Expect, born[r.Vendor], updaters[r.Vendor].Support())
		if patch.IsEmpty() {
			continue
		}
		if _, err := updaters[r.Vendor].Update(ctx, r.Ref, patch); err != nil {
			return fmt.Errorf("row %d: the fake cannot have the values of the file: %w", r.Number, err)
		}
	}
	return nil
}

// differing returns the wanted values that differ from those of a new credit and that a
// change can set or clear.
func differing(want credit.Values, born credit.Patch, support credit.Support) (patch credit.Patch) {
	wanted := credit.Patch(want)
	for f, op := range wanted.All() {
		ability := support.Fields[f]
		if can := ability.Set && op.IsSet() || ability.Clear && op.IsClear(); can && !op.Equal(born.Op(f)) {
			patch.Op(f).Copy(op)
		}
	}
	return patch
}

// unlimited is the limit of the fakes' preparation.
type unlimited struct{}

// Wait returns at once.
func (unlimited) Wait(context.Context) error { return nil }
