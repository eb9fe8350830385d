package flexprice

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater returns a [credit.Updater] for this client. An update sends only what the
// patch names. The grant in the response is compared with the patch, except for the
// end date, which the response does not show.
//
//   - Name is name, 1 to 255 characters.
//   - Metadata is metadata, the whole map.
//   - ExpiresAt is end_date, in the future and to the microsecond, of a
//     subscription's grant only. The scope is read first, because the vendor would
//     archive a plan's grant at once.
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
			credit.FieldName:      {Set: true, VendorField: "name"},
			credit.FieldExpiresAt: {Set: true, VendorField: "end_date (subscription grants only)"},
			credit.FieldMetadata:  {Set: true, Clear: true, VendorField: "metadata (whole map)"},
		},
		ReadOnly: []credit.Field{credit.FieldStartsAt},
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := validatePatch(patch); err != nil {
		return nil, err
	}
	req := toRequest(patch)
	out := &credit.Result{}
	read := cfg.DryRun || cfg.ReadsFirst() || !req.EndDate.IsZero()
	if !cfg.DryRun {
		unlock, err := d.client.rest.Lock(ctx, &opUpdateCreditGrant, ref.ID)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	var conflict error
	for reapplied := 0; ; reapplied++ { // on a version conflict
		err := d.applyOnce(ctx, ref, patch, req, cfg, read, out)
		if err == nil {
			return out, nil
		}
		if reapplied == maxReapplies || !isVersionConflict(err) {
			return nil, withConflictOutcome(conflict, err)
		}
		conflict, read = err, true
	}
}

// withConflictOutcome returns the error of an attempt that followed a version
// conflict. A write was sent and rejected before, so the outcome is at least
// Rejected.
func withConflictOutcome(conflict, err error) error {
	if conflict == nil || credit.OutcomeOf(err) >= credit.Rejected {
		return err
	}
	if e, ok := errors.AsType[*credit.Error](err); ok {
		e.Outcome = credit.Rejected
		return err
	}
	if e, ok := errors.AsType[*credit.ChangedError](err); ok {
		e.Err = conflict
		return e
	}
	return &refusedAfterConflict{err: err, conflict: conflict}
}

// A refusedAfterConflict is an argument that was refused after a version conflict.
// Its text ends with the conflict, because a write was sent.
type refusedAfterConflict struct{ err, conflict error }

func (e *refusedAfterConflict) Error() string {
	return strings.ReplaceAll(e.err.Error(), "; nothing was sent", "") + "; before that: " + e.conflict.Error()
}

// Unwrap gives both errors, of which the conflict has the greater outcome.
func (e *refusedAfterConflict) Unwrap() []error { return []error{e.err, e.conflict} }

// maxReapplies limits how often a patch is applied again after a version
// conflict.
const maxReapplies = 3

// isVersionConflict reports whether err is a version conflict with another
// writer. After an attempt with an unknown outcome the conflict may be with that
// attempt, so it does not count.
func isVersionConflict(err error) bool {
	e, ok := errors.AsType[*credit.Error](err)
	return ok && e.StatusCode == http.StatusConflict && e.Outcome == credit.Rejected && ErrorCode(e.Code) == ErrorCodeVersionConflict
}

// applyOnce sends the write once and records the result in out.
func (d driver) applyOnce(ctx context.Context, ref credit.Ref, patch credit.Patch, req UpdateCreditGrantRequest, cfg credit.CallConfig, read bool, out *credit.Result) error {
	ends := !req.EndDate.IsZero()
	call := rest.Call{IDs: []string{ref.ID}, IDFields: idFields, Body: &req, DecodeError: req.classify}
	if read {
		var grant *CreditGrant
		var err error
		call.Recheck, err = rest.ReadFirst(vendor, patch, cfg, out, func() (record *credit.Record, err error) {
			grant, record, err = d.read(ctx, ref)
			return record, err
		})
		if err != nil {
			return err
		}
		if ends {
			if err := validateEndDate(grant); err != nil {
				return err
			}
		}
	}
	return rest.Update(ctx, d.client.rest, &opUpdateCreditGrant, call, cfg, out, func(sent *rest.Result) error {
		grant, err := decodeUpdate(sent, ref.ID)
		if err != nil {
			return err
		}
		out.After = recordFrom(ref, grant, sent.Body)
		if ends { // the response shows the old one
			out.After.ExpiresAt = credit.Opt[time.Time]{}
			out.NotReturned = []credit.Field{credit.FieldExpiresAt}
		}
		return nil
	})
}

// Read reads a grant as a record of the patch's fields.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	_, record, err := d.read(ctx, ref)
	return record, err
}

func (d driver) read(ctx context.Context, ref credit.Ref) (*CreditGrant, *credit.Record, error) {
	grant, result, err := d.client.do(ctx, &opGetCreditGrant, ref.ID, rest.Call{})
	if err != nil {
		return nil, nil, err
	}
	return grant, recordFrom(ref, grant, result.Body), nil
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

// recordFrom converts a grant. A missing member, or a map without entries, is
// cleared.
func recordFrom(ref credit.Ref, g *CreditGrant, raw json.RawMessage) *credit.Record {
	r := &credit.Record{
		ID: ref.ID,
		Values: credit.Values{
			Name:      rest.OptFrom(g.Name),
			StartsAt:  rest.OptFrom(g.StartDate),
			ExpiresAt: rest.OptFrom(g.EndDate),
			Metadata:  credit.Clear[map[string]string](),
		},
		Raw: raw,
	}
	if len(g.Metadata) > 0 {
		r.Metadata = credit.Set(g.Metadata)
	}
	return r
}
