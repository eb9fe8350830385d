package thoughtindustries

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater returns a [credit.Updater] for this client. An update sends only what the
// patch names. The record in the response is compared with the patch; a 204 has no
// record.
//
//   - Name is name.
//   - Balance is currentBalance, a whole number that replaces the remaining balance.
//   - ExpiresAt is expiresOn, to the millisecond.
//
// The Owner of a ref is the client that the batch belongs to. It is needed only for
// reads: by [credit.WithBefore], [credit.WithExpect] and [credit.WithVerify], and to show
// the batch's present state in a dry run. A read lists the owner's batches, page by page.
// An update of the balance is sent once, also with [credit.WithExpect].
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
			credit.FieldName: {Set: true, VendorField: "name"},
			// A second write would undo what learners redeemed in between.
			credit.FieldBalance:   {Set: true, NotIdempotent: true, VendorField: "currentBalance (whole number)"},
			credit.FieldExpiresAt: {Set: true, VendorField: "expiresOn"},
		},
		Owner:    credit.OwnerForReads,
		ReadOnly: []credit.Field{credit.FieldTotal},
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := validatePatch(patch); err != nil {
		return nil, err
	}
	req := toRequest(patch)
	out := &credit.Result{}
	if !cfg.DryRun {
		unlock, err := d.client.lock(ctx, ref.ID)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	call := updateCall(ref.ID, req)
	if cfg.DryRun && ref.Owner != "" || cfg.ReadsFirst() {
		var err error
		call.Recheck, err = rest.ReadFirst(vendor, patch, cfg, out, func() (*credit.Record, error) { return d.Read(ctx, ref) })
		if err != nil {
			return nil, err
		}
	}
	err := rest.Update(ctx, d.client.rest, &opUpdateCreditBatch, call, cfg, out, func(sent *rest.Result) error {
		batch, raw, err := decodeUpdate(sent, ref.ID)
		if err != nil {
			return err
		}
		if raw != nil {
			out.After = recordFrom(ref, batch, raw)
		}
		return nil
	})
	return out, err
}

// Read finds a batch in the list of its owner; the API has no read of one batch.
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

// Find lists the batches of a client, in all credit accounts.
func (d driver) Find(ctx context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return func(yield func(*credit.Record, error) bool) {
		for page, err := range d.client.batches(ctx, q.Owner, "", nil).Pages() {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Items {
				batch := &page.Items[i]
				ref := credit.Ref{ID: batch.ID, Owner: q.Owner}
				if !yield(recordFrom(ref, batch, rawBatch(page.Object, batch.ID)), nil) {
					return
				}
			}
		}
	}
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

// recordFrom converts a batch. An expiry without a zone is unknown.
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
		r.ExpiresAt = credit.Opt[time.Time]{} // unknown, unless it has a zone
		if at, err := time.Parse(time.RFC3339, b.ExpiresOn.String()); err == nil {
			r.ExpiresAt = credit.Set(at)
		}
	}
	return r
}
