package thoughtindustries

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater puts the client behind the facade. An update sends what the patch
// names and nothing else; the record in the answer is compared with the patch.
// A 204 shows no record.
//
// Name is name, Balance is currentBalance, a whole number that replaces what
// remains, and ExpiresAt is expiresOn, to the millisecond. An Owner is the
// client whose batch it is, and only needed to read: by [credit.WithVerify],
// and to show in a dry run what was there before.
func (c *Client) Updater() credit.Updater { return credit.NewUpdater(driver{c.orZero()}) }

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName: {Set: true, VendorField: "name"},
			// Learners redeem meanwhile, and a second write would give that back.
			credit.FieldBalance:   {Set: true, NotIdempotent: true, VendorField: "currentBalance (whole number)"},
			credit.FieldExpiresAt: {Set: true, VendorField: "expiresOn"},
		},
		Owner: credit.OwnerForReads,
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := validatePatch(patch); err != nil {
		return nil, err
	}
	req := toRequest(patch)
	out := &credit.Result{}
	if cfg.DryRun && ref.Owner != "" {
		before, err := d.Read(ctx, ref)
		if err != nil {
			return nil, err
		}
		out.Before = before
	}
	sent, err := rest.Update(ctx, d.client.rest, &opUpdateCreditBatch, updateCall(ref.ID, req), cfg, out)
	if sent == nil {
		return out, err
	}
	batch, err := decodeUpdate(sent, ref.ID)
	if err != nil {
		return nil, err
	}
	if raw := batchText(sent); raw != nil {
		out.After = recordFrom(ref, batch, raw)
	}
	return out, nil
}

// Read finds a batch in the list of its owner, which is the only way.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	var last rest.Page[CreditBatch]
	for page, err := range d.client.batches(ctx, ref.Owner, "", nil).Pages() {
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			batch := &page.Items[i]
			if rest.SameUUID(batch.ID, ref.ID) {
				return recordFrom(ref, batch, rawBatch(page.Object, batch.ID)), nil
			}
		}
		last = page
	}
	return nil, last.Result.NotInList()
}

// toRequest converts a valid patch to a request.
func toRequest(p credit.Patch) UpdateCreditBatchRequest {
	var req UpdateCreditBatchRequest
	if name, ok := p.Name.Get(); ok {
		req.Name = &name
	}
	if balance, ok := p.Balance.Get(); ok {
		whole, _ := balance.Int64() // exact, or else validatePatch has refused it
		req.CurrentBalance = &whole
	}
	if at, ok := p.ExpiresAt.Get(); ok {
		req.ExpiresOn = at
	}
	return req
}

// told puts a batch into the terms of a patch.
func recordFrom(ref credit.Ref, b *CreditBatch, raw json.RawMessage) *credit.Record {
	r := &credit.Record{
		ID:    ref.ID,
		Owner: ref.Owner,
		Values: credit.Values{
			Name:      rest.OptFrom(b.Name),
			Total:     rest.OptFrom(b.StartingBalance),
			Balance:   rest.OptFrom(b.CurrentBalance),
			ExpiresAt: credit.Clear[time.Time](),
		},
		Raw: raw,
	}
	if b.ExpiresOn.IsSet() {
		r.ExpiresAt = credit.Opt[time.Time]{} // not told, unless it has a zone
		if at, err := time.Parse(time.RFC3339, b.ExpiresOn.String()); err == nil {
			r.ExpiresAt = credit.Set(at)
		}
	}
	return r
}
