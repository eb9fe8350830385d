package metronome

import (
	"context"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater puts the client behind the facade. An update is one edit with what
// the patch names and nothing else. The answer does not hold the credit, so
// only [credit.WithVerify] shows what has become of it. The Owner of a ref is
// the customer.
//
// Name is name, Note is description, Priority is priority, cleared by null.
// Total, StartsAt and ExpiresAt are amount, starting_at and ending_before of
// the credit's one schedule item, which is read first; more than one is a
// *[credit.AmbiguousError]. Times must be on the hour. Amounts are in the
// credit's pricing unit: US dollars are counted in cents.
func (c *Client) Updater() credit.Updater { return credit.NewUpdater(driver{c}) }

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName:      {Set: true, As: "name"},
			credit.FieldNote:      {Set: true, As: "description"},
			credit.FieldTotal:     {Set: true, As: "the one schedule item's amount"},
			credit.FieldStartsAt:  {Set: true, As: "the one item's starting_at (on the hour)"},
			credit.FieldExpiresAt: {Set: true, As: "the one item's ending_before (on the hour)"},
			credit.FieldPriority:  {Set: true, Clear: true, As: "priority"},
		},
		Owner:           credit.Required,
		IdempotencyKeys: true,
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	cfg, err := credit.NewCallConfig(vendor, opts...)
	if err != nil {
		return nil, err
	}
	if err := checkPatch(patch); err != nil {
		return nil, err
	}
	req := request(ref, patch)
	out := &credit.Result{ID: ref.ID}
	if scheduled(patch) || cfg.DryRun {
		before, err := d.client.GetCredit(ctx, ref.Owner, ref.ID)
		if err != nil {
			return nil, err
		}
		if scheduled(patch) {
			if req.AccessSchedule, err = schedule(before, patch); err != nil {
				return nil, err
			}
		}
		out.Before = told(ref, before)
	}
	sent, err := rest.Change(ctx, d.client.rest, &opEditCredit, rest.Call{Body: req}, cfg, out)
	if sent == nil {
		return out, err
	}
	if _, err := edited(sent); err != nil {
		return nil, err
	}
	return out, nil
}

// Read reads a credit in the terms of a patch.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	c, err := d.client.GetCredit(ctx, ref.Owner, ref.ID)
	if err != nil {
		return nil, err
	}
	return told(ref, c), nil
}

func checkPatch(p credit.Patch) error {
	check := rest.Check{Vendor: vendor}
	hour(&check, credit.FieldStartsAt, p.StartsAt)
	hour(&check, credit.FieldExpiresAt, p.ExpiresAt)
	return check.Err()
}

func hour(check *rest.Check, field credit.Field, o credit.Opt[time.Time]) {
	if t, ok := o.Get(); ok && !t.Equal(t.UTC().Truncate(time.Hour)) {
		check.Refuse(string(field), "must be on the hour: metronome's periods are")
	}
}

// request turns what a patch asks of the credit itself into the vendor's terms.
func request(ref credit.Ref, p credit.Patch) EditCreditRequest {
	req := EditCreditRequest{CreditID: ref.ID, CustomerID: ref.Owner}
	if name, ok := p.Name.Get(); ok {
		req.Name = &name
	}
	if note, ok := p.Note.Get(); ok {
		req.Description = &note
	}
	if priority, ok := p.Priority.Get(); ok {
		req.Priority = Value(priority)
	}
	if p.Priority.IsClear() {
		req.Priority = Null[credit.Decimal]()
	}
	return req
}

// scheduled reports whether a patch changes the schedule.
func scheduled(p credit.Patch) bool {
	return !p.Total.IsZero() || !p.StartsAt.IsZero() || !p.ExpiresAt.IsZero()
}

// schedule turns what a patch asks of the schedule into a change of its one
// item.
func schedule(before *Credit, p credit.Patch) (*AccessSchedule, error) {
	items := before.AccessSchedule.ScheduleItems
	if len(items) != 1 {
		ambiguous := &credit.AmbiguousError{Vendor: vendor, ID: before.ID}
		for _, item := range items {
			ambiguous.Candidates = append(ambiguous.Candidates, item.ID)
		}
		return nil, ambiguous
	}
	change := UpdateScheduleItem{ID: items[0].ID}
	if total, ok := p.Total.Get(); ok {
		change.Amount = total
	}
	if at, ok := p.StartsAt.Get(); ok {
		change.StartingAt = at.UTC()
	}
	if at, ok := p.ExpiresAt.Get(); ok {
		change.EndingBefore = at.UTC()
	}
	return &AccessSchedule{UpdateScheduleItems: []UpdateScheduleItem{change}}, nil
}

// told puts a credit into the terms of a patch. Amount and times are those of
// its item, where it has one.
func told(ref credit.Ref, c *Credit) *credit.Record {
	r := &credit.Record{
		ID:       ref.ID,
		Owner:    ref.Owner,
		Name:     credit.Set(c.Name),
		Note:     credit.Set(c.Description),
		Balance:  rest.ToldAmount(c.Balance),
		Priority: rest.ToldAmount(c.Priority),
	}
	if items := c.AccessSchedule.ScheduleItems; len(items) == 1 {
		r.Total = rest.ToldAmount(items[0].Amount)
		r.StartsAt = rest.Told(items[0].StartingAt)
		r.ExpiresAt = rest.Told(items[0].EndingBefore)
	}
	return r
}
