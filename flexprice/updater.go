package flexprice

import (
	"context"
	"errors"
	"fmt"
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
func (c *Client) Updater() credit.Updater { return credit.NewUpdater(driver{c}) }

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName:      {Set: true, As: "name"},
			credit.FieldExpiresAt: {Set: true, As: "end_date (subscription grants only)"},
			credit.FieldMetadata:  {Set: true, Clear: true, As: "metadata (whole map)"},
		},
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	cfg, err := credit.NewCallConfig(vendor, opts...)
	if err != nil {
		return nil, err
	}
	req, err := request(patch)
	if err != nil {
		return nil, err
	}
	// A version conflict asks for the same patch over the newer grant.
	for again := 0; ; again++ {
		out, err := d.try(ctx, ref, patch, req, cfg)
		if again == reapply || !isVersionConflict(err) {
			return out, err
		}
	}
}

// reapply is how often a patch is applied anew after a version conflict.
const reapply = 3

func isVersionConflict(err error) bool {
	e, ok := errors.AsType[*credit.Error](err)
	return ok && e.Outcome == credit.Rejected && ErrorCode(e.Code) == ErrorCodeVersionConflict
}

func (d driver) try(ctx context.Context, ref credit.Ref, patch credit.Patch, req UpdateCreditGrantRequest, cfg credit.CallConfig) (*credit.Result, error) {
	out := &credit.Result{ID: ref.ID}
	if ends := !req.EndDate.IsZero(); ends || cfg.DryRun {
		grant, err := d.client.GetCreditGrant(ctx, ref.ID)
		if err != nil {
			return nil, err
		}
		if err := checkEnd(grant); ends && err != nil {
			return nil, err
		}
		out.Before = told(ref, grant)
	}
	call := rest.Call{IDs: []string{ref.ID}, IDFields: []string{"id"}, Body: req}
	sent, err := rest.Change(ctx, d.client.rest, &opUpdateCreditGrant, call, cfg, out)
	if sent == nil {
		doubtHalf(err, req)
		return out, err
	}
	grant, err := decode(sent, ref.ID)
	if err != nil {
		return nil, err
	}
	out.After = told(ref, grant)
	out.After.Raw = sent.Body
	if !patch.ExpiresAt.IsZero() {
		out.After.ExpiresAt = credit.Opt[time.Time]{}
		out.Untold = []credit.Field{credit.FieldExpiresAt}
	}
	return out, nil
}

// checkEnd refuses an end date where it would do something else than end the
// grant.
func checkEnd(grant *CreditGrant) error {
	switch {
	case grant.Scope != CreditGrantScopeSubscription:
		return rest.Invalid(vendor, string(credit.FieldExpiresAt), fmt.Sprintf("is for subscriptions' grants, and this one's scope is %s", grant.Scope))
	case grant.Status == StatusArchived:
		return rest.Invalid(vendor, string(credit.FieldExpiresAt), "cannot be set: the grant is archived")
	}
	return nil
}

// Read reads a grant in the terms of a patch.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	grant, err := d.client.GetCreditGrant(ctx, ref.ID)
	if err != nil {
		return nil, err
	}
	return told(ref, grant), nil
}

// request turns a patch into the vendor's terms.
func request(p credit.Patch) (UpdateCreditGrantRequest, error) {
	var req UpdateCreditGrantRequest
	check := rest.Check{Vendor: vendor}
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
		if at.Nanosecond()%int(time.Microsecond) != 0 {
			check.Refuse(string(credit.FieldExpiresAt), "must not be finer than a microsecond")
		}
		if !at.After(time.Now()) {
			check.Refuse(string(credit.FieldExpiresAt), "is in the past")
		}
		req.EndDate = at
	}
	req.checkInto(&check)
	return req, check.Err()
}

// told puts a grant into the terms of a patch. What the server leaves out is
// empty.
func told(ref credit.Ref, g *CreditGrant) *credit.Record {
	r := &credit.Record{
		ID:       ref.ID,
		Name:     credit.Set(g.Name),
		Metadata: credit.Clear[map[string]string](),
	}
	if len(g.Metadata) > 0 {
		r.Metadata = credit.Set(g.Metadata)
	}
	r.StartsAt = rest.Told(g.StartDate)
	r.ExpiresAt = rest.Told(g.EndDate)
	return r
}
