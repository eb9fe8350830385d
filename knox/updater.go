package knox

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/replace"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater returns a [credit.Updater] for this client. An update reads the credit,
// applies the patch to it and writes the whole record back; members that the patch
// does not name stay byte for byte. The record in the response is compared with the
// patch.
//
//   - Note is notes.
//   - Total is quantity, 0.01 or more. Balance is quantity_available; it can be read
//     but not set.
//   - StartsAt is date and ExpiresAt is expiration_date. Both are days: they must be
//     midnight UTC and are sent as that day. The vendor does not document whether a
//     credit can still be used on the day it expires.
//
// A cleared member is omitted from the record. No page says that this clears it, so
// the record in the response decides.
//
// For a tenant without a read of one credit, pass the record with
// [credit.WithRecord]. Such an update cannot have [credit.WithExpect], and it is not
// repeated after an attempt with an unknown outcome.
func (c *Client) Updater() credit.Updater {
	if c == nil || c.updater == nil { // not made by New: every call is refused
		return credit.NewUpdater(driver{new(Client)})
	}
	return c.updater
}

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldNote:      {Set: true, Clear: true, VendorField: "notes"},
			credit.FieldTotal:     {Set: true, VendorField: "quantity (>= 0.01)"},
			credit.FieldStartsAt:  {Set: true, VendorField: "date (a day)"},
			credit.FieldExpiresAt: {Set: true, Clear: true, VendorField: "expiration_date (a day)"},
		},
		ReplacesRecord: true,
		ReadOnly:       []credit.Field{credit.FieldBalance},
	}
}

// shape describes the vendor's record.
var shape = &replace.Shape{
	Vendor:  vendor,
	ID:      "id",
	Texts:   []string{"id", "contact_id"},
	Amounts: []string{"quantity"},
	Fields:  []string{"notes", "quantity_available", "date", "expiration_date"},
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := validatePatch(patch); err != nil {
		return nil, err
	}
	out := &credit.Result{}
	update := &replace.Update{
		Shape: shape, Patch: patch, Edits: toRequest(patch), Result: out,
		Load:   func(given json.RawMessage) (*replace.Record, error) { return d.load(ctx, ref, given) },
		Record: func(r *replace.Record) *credit.Record { return recordFrom(ref, r) },
	}
	err := update.Write(ctx, d.client.rest, &opUpdateCredit, d.client.call(ref.ID), ref.ID, cfg, func(sent *rest.Result) error {
		after, err := shape.ParseAnswer(sent, ref.ID)
		if err != nil {
			return err
		}
		out.After = recordFrom(ref, after)
		return nil
	})
	return out, err
}

// Read reads a credit as a record of the patch's fields.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	record, err := d.load(ctx, ref, nil)
	if err != nil {
		return nil, err
	}
	return recordFrom(ref, record), nil
}

func (d driver) load(ctx context.Context, ref credit.Ref, given []byte) (*replace.Record, error) {
	call := d.client.call(ref.ID)
	call.Query = consistentRead
	return shape.Load(ctx, d.client.rest, &opGetCredit, call, given, ref.ID)
}

// toRequest converts a valid patch to edits of the vendor's record.
func toRequest(p credit.Patch) []replace.Edit {
	return []replace.Edit{
		replace.Member("notes", p.Note, replace.AsIs),
		replace.Member("quantity", p.Total, replace.AsIs),
		replace.Member("date", p.StartsAt, dayText),
		replace.Member("expiration_date", p.ExpiresAt, dayText),
	}
}

// dayText formats a time as a day.
func dayText(t time.Time) any { return t.Format(time.DateOnly) }

// recordFrom converts the vendor's record. A date with a time of day keeps it,
// so that it shows where it is not midnight.
func recordFrom(ref credit.Ref, r *replace.Record) *credit.Record {
	return &credit.Record{
		ID: ref.ID,
		Values: credit.Values{
			Note:      r.Text("notes"),
			Total:     r.Amount("quantity"),
			Balance:   r.Amount("quantity_available"),
			StartsAt:  r.Time("date", time.DateOnly, time.RFC3339),
			ExpiresAt: r.Time("expiration_date", time.DateOnly, time.RFC3339),
		},
		Raw: r.JSON(),
	}
}
