package knox

import (
	"cmp"
	"context"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/replace"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater puts the client behind the facade. An update reads the credit, lays
// the patch over it and writes all of it back; members that the patch does not
// name go back byte for byte. The record in the answer is compared with the
// patch.
//
// Note is notes, Total is quantity (0.01 and more). StartsAt is date and
// ExpiresAt is expiration_date: days, so that both must be midnight UTC and
// are sent as that same day. The vendor does not say whether a credit can still
// be used on the day it expires. A cleared member is left out of the record,
// and since no page says that this clears it, the answer decides.
//
// Tenants without a read of one credit can hand the record in, by
// [credit.WithRecord].
func (c *Client) Updater() credit.Updater { return credit.NewUpdater(driver{c}) }

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldNote:      {Set: true, Clear: true, As: "notes"},
			credit.FieldTotal:     {Set: true, As: "quantity (>= 0.01)"},
			credit.FieldStartsAt:  {Set: true, As: "date (a day)"},
			credit.FieldExpiresAt: {Set: true, Clear: true, As: "expiration_date (a day)"},
		},
		Records: true,
	}
}

var shape = replace.Shape{Vendor: vendor, ID: "id", Numbers: []string{"quantity"}, Texts: []string{"contact_id"}}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	cfg, err := credit.NewCallConfig(vendor, opts...)
	if err != nil {
		return nil, err
	}
	if err := checkPatch(patch); err != nil {
		return nil, err
	}
	record, err := d.load(ctx, ref, cfg.Record)
	if err != nil {
		return nil, err
	}
	out := &credit.Result{ID: ref.ID, Before: told(ref, record)}
	if err := overlay(record, patch); err != nil {
		return nil, &credit.MalformedReadError{Vendor: vendor, ID: ref.ID, Reason: "cannot be written over: " + err.Error()}
	}
	call := d.client.call(ref.ID)
	call.Body = record.JSON()
	sent, err := rest.Change(ctx, d.client.rest, &opUpdateCredit, call, cfg, out)
	if sent == nil {
		return out, err
	}
	after, err := replace.Parse(sent.Body)
	if err != nil {
		return nil, sent.Unusable(err)
	}
	if err := sent.Names(after.Identity("id"), ref.ID); err != nil {
		return nil, err
	}
	out.After = told(ref, after)
	return out, nil
}

// Read reads a credit in the terms of a patch.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	record, err := d.load(ctx, ref, nil)
	if err != nil {
		return nil, err
	}
	return told(ref, record), nil
}

func (d driver) load(ctx context.Context, ref credit.Ref, given []byte) (*replace.Record, error) {
	call := d.client.call(ref.ID)
	call.Query = current
	return replace.Load(ctx, d.client.rest, &opGetCredit, call, given, shape, ref.ID)
}

var leastQuantity = credit.MustParseDecimal("0.01")

func checkPatch(p credit.Patch) error {
	check := rest.Check{Vendor: vendor}
	if total, ok := p.Total.Get(); ok && total.Cmp(leastQuantity) < 0 {
		check.Refuse(string(credit.FieldTotal), "must be at least 0.01")
	}
	day(&check, credit.FieldStartsAt, p.StartsAt)
	day(&check, credit.FieldExpiresAt, p.ExpiresAt)
	return check.Err()
}

func day(check *rest.Check, field credit.Field, o credit.Opt[time.Time]) {
	if t, ok := o.Get(); ok && !t.Equal(t.UTC().Truncate(24*time.Hour)) {
		check.Refuse(string(field), "must be midnight UTC: knox keeps days")
	}
}

func overlay(r *replace.Record, p credit.Patch) error {
	return cmp.Or(
		replace.Overlay(r, "notes", p.Note, replace.Same, replace.Leave),
		replace.Overlay(r, "quantity", p.Total, replace.Same, replace.Leave),
		replace.Overlay(r, "date", p.StartsAt, dayText, replace.Leave),
		replace.Overlay(r, "expiration_date", p.ExpiresAt, dayText, replace.Leave),
	)
}

func dayText(t time.Time) any { return t.UTC().Format(time.DateOnly) }

func told(ref credit.Ref, r *replace.Record) *credit.Record {
	return &credit.Record{
		ID:        ref.ID,
		Note:      r.Text("notes"),
		Total:     r.Amount("quantity"),
		StartsAt:  r.Day("date"),
		ExpiresAt: r.Day("expiration_date"),
		Raw:       r.JSON(),
	}
}
