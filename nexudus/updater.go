package nexudus

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
// does not name stay byte for byte. Commands (AddedX, RemovedX) in the record are
// dropped, and none is sent. The response does not contain the record, so only
// [credit.WithVerify] shows the result.
//
//   - Note is Description.
//   - Total is TotalCredit. Balance is RemainingCredit; it can be read but not set.
//   - StartsAt is ValidFrom and ExpiresAt is ExpireDate, in whole seconds. They are
//     sent in UTC with a Z, as the vendor returns them; which time zone it reads them
//     in is not known.
//
// A cleared member is sent as null.
func (c *Client) Updater() credit.Updater {
	if c == nil || c.updater == nil { // not created by New: every call is refused
		return credit.NewUpdater(driver{new(Client)})
	}
	return c.updater
}

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldNote:      {Set: true, Clear: true, VendorField: "Description"},
			credit.FieldTotal:     {Set: true, VendorField: "TotalCredit"},
			credit.FieldStartsAt:  {Set: true, Clear: true, VendorField: "ValidFrom"},
			credit.FieldExpiresAt: {Set: true, Clear: true, VendorField: "ExpireDate"},
		},
		ReplacesRecord: true,
		FindsAll:       true,
		ReadOnly:       []credit.Field{credit.FieldBalance},
	}
}

// shape describes the vendor's record.
var shape = &replace.Shape{
	Vendor:   vendor,
	ID:       "Id",
	Keys:     []string{"Id", "CoworkerId", "BusinessId"},
	Amounts:  []string{"TotalCredit"},
	Fields:   []string{"Description", "RemainingCredit", "ValidFrom", "ExpireDate"},
	Commands: commandPrefixes,
	Nulls:    true,
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	id, err := validatePatch(ref, patch)
	if err != nil {
		return nil, err
	}
	out := &credit.Result{}
	update := &replace.Update{
		Shape: shape, Patch: patch, Edits: toRequest(patch), Result: out,
		Load:   func(given json.RawMessage) (*replace.Record, error) { return d.load(ctx, ref, given) },
		Record: func(r *replace.Record) *credit.Record { return recordFrom(ref, r) },
	}
	err = update.Write(ctx, d.client.rest, &opUpdateCoworkerBookingCredit, rest.Call{}, ref.ID, cfg, func(sent *rest.Result) error {
		_, err := decodeUpdate(sent, id)
		return err
	})
	return out, err
}

// Read reads a credit as a record of the patch's fields.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	if _, err := validatePatch(ref, credit.Patch{}); err != nil {
		return nil, err
	}
	record, err := d.load(ctx, ref, nil)
	if err != nil {
		return nil, err
	}
	return recordFrom(ref, record), nil
}

func (d driver) load(ctx context.Context, ref credit.Ref, given []byte) (*replace.Record, error) {
	call := rest.Call{IDs: []string{ref.ID}, IDFields: []string{"id"}}
	return shape.Load(ctx, d.client.rest, &opGetCoworkerBookingCredit, call, given, ref.ID)
}

// toRequest converts a valid patch to edits of the vendor's record.
func toRequest(p credit.Patch) []replace.Edit {
	return []replace.Edit{
		replace.Member("Description", p.Note, replace.AsIs),
		replace.Member("TotalCredit", p.Total, replace.AsIs),
		replace.Member("ValidFrom", p.StartsAt, instantText),
		replace.Member("ExpireDate", p.ExpiresAt, instantText),
	}
}

// instantText formats a time in UTC, in the vendor's format.
func instantText(t time.Time) any { return t.Format(time.RFC3339) }

// recordFrom converts the vendor's record. A time without a zone is left
// unknown.
func recordFrom(ref credit.Ref, r *replace.Record) *credit.Record {
	return &credit.Record{
		ID: ref.ID,
		Values: credit.Values{
			Note:      r.Text("Description"),
			Total:     r.Amount("TotalCredit"),
			Balance:   r.Amount("RemainingCredit"),
			StartsAt:  r.Time("ValidFrom", time.RFC3339),
			ExpiresAt: r.Time("ExpireDate", time.RFC3339),
		},
		Raw: r.JSON(),
	}
}
