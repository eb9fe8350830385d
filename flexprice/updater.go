package flexprice

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater puts the client behind the facade. An update sends what the patch
// names and nothing else; the grant in the answer is compared with the patch,
// but for its end date, which the answer does not show.
//
// Name is name (1 to 255 characters) and Metadata is the whole map. ExpiresAt
// is end_date, in the future and to the microsecond, of subscriptions' grants
// only: the scope is read first, because on a plan's grant the vendor would
// archive it at once.
func (c *Client) Updater() credit.Updater { return credit.NewUpdater(driver{c.orZero()}) }

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName:      {Set: true, VendorField: "name"},
			credit.FieldExpiresAt: {Set: true, VendorField: "end_date (subscription grants only)"},
			credit.FieldMetadata:  {Set: true, Clear: true, VendorField: "metadata (whole map)"},
		},
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := validatePatch(patch); err != nil {
		return nil, err
	}
	req := toRequest(patch)
	// A version conflict asks for the same patch over the newer grant.
	out := &credit.Result{}
	read := cfg.DryRun || !req.EndDate.IsZero()
	if !cfg.DryRun {
		unlock, err := d.client.rest.Lock(ctx, &opUpdateCreditGrant, ref.ID)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	var conflict error
	for again := 0; ; again++ {
		err := d.applyOnce(ctx, ref, req, cfg, read, out)
		if err == nil {
			return out, nil
		}
		if again == maxReapplies || !isVersionConflict(err) {
			return nil, withConflictOutcome(conflict, err)
		}
		conflict, read = err, true
	}
}

// afterConflict is the error of a try that followed a version conflict: a write
// was sent and refused, whatever ended the try.
func withConflictOutcome(conflict, err error) error {
	if conflict == nil || credit.OutcomeOf(err) >= credit.Rejected {
		return err
	}
	if e, ok := errors.AsType[*credit.Error](err); ok {
		e.Outcome = credit.Rejected
		return err
	}
	return errors.Join(err, conflict)
}

// reapply is how often a patch is applied anew after a version conflict.
const maxReapplies = 3

// isVersionConflict does not count a conflict after an attempt of which nobody
// knows what became of it: the conflict may be with that attempt.
func isVersionConflict(err error) bool {
	e, ok := errors.AsType[*credit.Error](err)
	return ok && e.StatusCode == http.StatusConflict && e.Outcome == credit.Rejected && ErrorCode(e.Code) == ErrorCodeVersionConflict
}

// try makes the write once, and notes in out what came of it.
func (d driver) applyOnce(ctx context.Context, ref credit.Ref, req UpdateCreditGrantRequest, cfg credit.CallConfig, read bool, out *credit.Result) error {
	ends := !req.EndDate.IsZero()
	if read {
		grant, record, err := d.read(ctx, ref)
		if err != nil {
			return err
		}
		if ends {
			if err := validateEndDate(grant); err != nil {
				return err
			}
		}
		out.Before = record
	}
	call := rest.Call{IDs: []string{ref.ID}, IDFields: idFields, Body: &req, DecodeError: req.classify}
	sent, err := rest.Update(ctx, d.client.rest, &opUpdateCreditGrant, call, cfg, out)
	if sent == nil {
		return err
	}
	grant, err := decodeUpdate(sent, ref.ID)
	if err != nil {
		return err
	}
	out.After = recordFrom(ref, grant, sent)
	if ends { // the answer shows the old one
		out.After.ExpiresAt = credit.Opt[time.Time]{}
		out.NotReturned = []credit.Field{credit.FieldExpiresAt}
	}
	return nil
}

// Read reads a grant in the terms of a patch.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	_, record, err := d.read(ctx, ref)
	return record, err
}

func (d driver) read(ctx context.Context, ref credit.Ref) (*CreditGrant, *credit.Record, error) {
	grant, result, err := d.client.do(ctx, &opGetCreditGrant, ref.ID, rest.Call{})
	if err != nil {
		return nil, nil, err
	}
	return grant, recordFrom(ref, grant, result), nil
}

// toRequest converts a valid patch to a request.
func toRequest(p credit.Patch) UpdateCreditGrantRequest {
	var req UpdateCreditGrantRequest
	if name, ok := p.Name.Get(); ok {
		req.Name = &name
	}
	if entries, ok := p.Metadata.Get(); ok {
		req.Metadata = entries
	}
	if p.Metadata.IsClear() {
		req.Metadata = map[string]string{}
	}
	if at, ok := p.ExpiresAt.Get(); ok {
		req.EndDate = at
	}
	return req
}

// told puts a grant into the terms of a patch. What the server leaves out is
// empty, and so is a map without entries.
func recordFrom(ref credit.Ref, g *CreditGrant, answer *rest.Result) *credit.Record {
	r := &credit.Record{
		ID: ref.ID,
		Values: credit.Values{
			Name:      rest.OptFrom(g.Name),
			StartsAt:  rest.OptFrom(g.StartDate),
			ExpiresAt: rest.OptFrom(g.EndDate),
			Metadata:  credit.Clear[map[string]string](),
		},
		Raw: answer.Body,
	}
	if len(g.Metadata) > 0 {
		r.Metadata = credit.Set(g.Metadata)
	}
	return r
}
