package metronome

import (
	"context"
	"encoding/json"

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
// *[credit.AmbiguousError], and none a *[credit.InvalidError]. Times must be on the hour. Amounts are in the
// credit's pricing unit: US dollars are counted in cents.
func (c *Client) Updater() credit.Updater { return credit.NewUpdater(driver{c.orZero()}) }

type driver struct{ client *Client }

func (driver) Vendor() string { return vendor }

func (driver) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName:      {Set: true, VendorField: "name"},
			credit.FieldNote:      {Set: true, VendorField: "description"},
			credit.FieldTotal:     {Set: true, VendorField: "the one schedule item's amount"},
			credit.FieldStartsAt:  {Set: true, VendorField: "the one item's starting_at (on the hour)"},
			credit.FieldExpiresAt: {Set: true, VendorField: "the one item's ending_before (on the hour)"},
			credit.FieldPriority:  {Set: true, Clear: true, VendorField: "priority"},
		},
		Owner:           credit.OwnerRequired,
		IdempotencyKeys: true,
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := validatePatch(&patch); err != nil {
		return nil, err
	}
	req := request(ref, &patch)
	out := &credit.Result{}
	if changesSchedule(&patch) || cfg.DryRun {
		before, record, err := d.read(ctx, ref)
		if err != nil {
			return nil, err
		}
		if changesSchedule(&patch) {
			if req.AccessSchedule, err = toScheduleChange(ref, before, patch); err != nil {
				return nil, err
			}
		}
		out.Before = record
	}
	sent, err := rest.Update(ctx, d.client.rest, &opEditCredit, rest.Call{Body: req}, cfg, out)
	if sent == nil {
		return out, err
	}
	if _, err := decodeUpdate(sent); err != nil {
		return nil, err
	}
	return out, nil
}

// Read reads a credit in the terms of a patch.
func (d driver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	_, record, err := d.read(ctx, ref)
	return record, err
}

func (d driver) read(ctx context.Context, ref credit.Ref) (*Credit, *credit.Record, error) {
	page, place, err := d.client.findCredit(ctx, ref.Owner, ref.ID, nil)
	if err != nil {
		return nil, nil, err
	}
	record := recordFrom(ref, &page.Items[place])
	var raw struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := page.Result.Into(&raw); err != nil {
		return nil, nil, err
	}
	record.Raw = raw.Data[place]
	return &page.Items[place], record, nil
}

// request turns what a patch asks of the credit itself into the vendor's terms.
func request(ref credit.Ref, p *credit.Patch) *EditCreditRequest {
	req := &EditCreditRequest{CreditID: ref.ID, CustomerID: ref.Owner}
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
func changesSchedule(p *credit.Patch) bool {
	return !p.Total.IsZero() || !p.StartsAt.IsZero() || !p.ExpiresAt.IsZero()
}

// schedule turns what a patch asks of the schedule into a change of its one
// item.
func toScheduleChange(ref credit.Ref, before *Credit, p credit.Patch) (*AccessSchedule, error) {
	item, err := singleScheduleItem(ref, before.AccessSchedule.ScheduleItems, p)
	if err != nil {
		return nil, err
	}
	change := UpdateScheduleItem{ID: item.ID}
	if total, ok := p.Total.Get(); ok {
		change.Amount = total
	}
	if at, ok := p.StartsAt.Get(); ok {
		change.StartingAt = at
	}
	if at, ok := p.ExpiresAt.Get(); ok {
		change.EndingBefore = at
	}
	return &AccessSchedule{UpdateScheduleItems: []UpdateScheduleItem{change}}, nil
}

// only returns the item that a patch means, where there is no doubt.
func singleScheduleItem(ref credit.Ref, items []CreditScheduleItem, p credit.Patch) (CreditScheduleItem, error) {
	switch {
	case len(items) == 0:
		return CreditScheduleItem{}, noScheduleItemError(p)
	case len(items) > 1:
		ambiguous := &credit.AmbiguousError{Vendor: vendor, ID: ref.ID}
		for _, item := range items {
			ambiguous.Candidates = append(ambiguous.Candidates, item.ID)
		}
		return CreditScheduleItem{}, ambiguous
	case items[0].ID == "":
		return CreditScheduleItem{}, &credit.MalformedReadError{Vendor: vendor, ID: ref.ID, Reason: "has a schedule item without an id"}
	}
	return items[0], nil
}

// nothingToChange refuses what a patch asks of a schedule without items. To add
// one would take the values that the patch does not name.
func noScheduleItemError(p credit.Patch) error {
	v := rest.Validator{Vendor: vendor}
	for _, asked := range []struct {
		field credit.Field
		left  bool
	}{
		{credit.FieldTotal, p.Total.IsZero()},
		{credit.FieldStartsAt, p.StartsAt.IsZero()},
		{credit.FieldExpiresAt, p.ExpiresAt.IsZero()},
	} {
		if !asked.left {
			v.Add(string(asked.field), "cannot be set: the credit's schedule has no item")
		}
	}
	return v.Err()
}

// told puts a credit into the terms of a patch. Amount and times are those of
// its item, where it has one.
func recordFrom(ref credit.Ref, c *Credit) *credit.Record {
	r := &credit.Record{
		ID:    ref.ID,
		Owner: ref.Owner,
		Values: credit.Values{
			Name:     rest.OptFrom(c.Name),
			Note:     rest.OptFrom(c.Description),
			Balance:  rest.OptFrom(c.Balance),
			Priority: rest.OptFrom(c.Priority),
		},
	}
	if items := c.AccessSchedule.ScheduleItems; len(items) == 1 {
		r.Total = rest.OptFrom(items[0].Amount)
		r.StartsAt = rest.OptFrom(items[0].StartingAt)
		r.ExpiresAt = rest.OptFrom(items[0].EndingBefore)
	}
	return r
}
