package metronome

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// Updater returns a [credit.Updater] for this client. An update is one edit with only
// what the patch names. The response does not contain the credit, so only
// [credit.WithVerify] shows the result. The Owner of a ref is the customer.
//
//   - Name is name, and Note is description.
//   - Priority is priority; it is cleared with null.
//   - Total, StartsAt and ExpiresAt are amount, starting_at and ending_before of the
//     credit's only schedule item, which is read first. More than one item is a
//     *[credit.AmbiguousError], and none a *[credit.InvalidError]. Times must be whole
//     hours.
//
// With [credit.WithExpect] the credit is read again before a repeat, although the
// idempotency key of the update makes a repeat safe: the key keeps the update from being
// applied twice, but not from overwriting what another writer changed in between.
//
// Amounts are in the credit's pricing unit: US dollars are counted in cents.
func (c *Client) Updater() credit.Updater {
	if c == nil || c.updater == nil { // not created by New: every call is refused
		return credit.NewUpdater(driver{new(Client)})
	}
	return c.updater
}

// keyLifetime is how long Metronome keeps the response of a key, at least.
//
// Source: https://docs.metronome.com/api-reference/idempotency
const keyLifetime = 24 * time.Hour

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
		KeyLifetime:     keyLifetime,
		ReadOnly:        []credit.Field{credit.FieldBalance},
	}
}

func (d driver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := validatePatch(patch); err != nil {
		return nil, err
	}
	req := toRequest(ref, patch)
	out := &credit.Result{}
	call := rest.Call{Body: req}
	if changesSchedule(patch) || cfg.DryRun || cfg.ReadsFirst() {
		var before *Credit
		var err error
		call.Recheck, err = rest.ReadFirst(vendor, patch, cfg, out, func() (record *credit.Record, err error) {
			before, record, err = d.read(ctx, ref)
			return record, err
		})
		if err != nil {
			return nil, err
		}
		if changesSchedule(patch) {
			if req.AccessSchedule, err = toScheduleChange(ref, before, patch); err != nil {
				return nil, err
			}
		}
	}
	err := rest.Update(ctx, d.client.rest, &opEditCredit, call, cfg, out, func(sent *rest.Result) error {
		_, err := decodeUpdate(sent)
		return err
	})
	return out, err
}

// Read reads a credit as a record of the patch's fields.
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
	rows, err := rowsOf(page)
	if err != nil {
		return nil, nil, err
	}
	record.Raw = rows[place]
	return &page.Items[place], record, nil
}

// rowsOf returns the JSON of a page's credits.
func rowsOf(page rest.Page[Credit]) ([]json.RawMessage, error) {
	var raw struct {
		Data []json.RawMessage `json:"data"`
	}
	err := page.Result.Into(&raw)
	return raw.Data, err
}

// Find lists the credits of the customer and of their contracts, with their balances.
func (d driver) Find(ctx context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return func(yield func(*credit.Record, error) bool) {
		req := ListCustomerCreditsRequest{CustomerID: q.Owner, IncludeBalance: new(true), IncludeContractCredits: new(true)}
		for page, err := range d.client.creditList(ctx, req, nil).Pages() {
			var rows []json.RawMessage
			if err == nil {
				rows, err = rowsOf(page)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Items {
				if page.Items[i].ID == "" {
					yield(nil, page.Result.Malformed(errNoCreditID))
					return
				}
				record := recordFrom(credit.Ref{ID: page.Items[i].ID, Owner: q.Owner}, &page.Items[i])
				record.Raw = rows[i]
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

var errNoCreditID = errors.New("the list has a credit without an id")

// toRequest converts what a patch changes in the credit itself to a request.
func toRequest(ref credit.Ref, p credit.Patch) *EditCreditRequest {
	// One piece of memory for the request and the texts that it points to.
	parts := &struct {
		req        EditCreditRequest
		name, note string
	}{}
	req := &parts.req
	var ok bool
	req.CreditID, req.CustomerID = ref.ID, ref.Owner
	if parts.name, ok = p.Name.Get(); ok {
		req.Name = &parts.name
	}
	if parts.note, ok = p.Note.Get(); ok {
		req.Description = &parts.note
	}
	if priority, ok := p.Priority.Get(); ok {
		req.Priority = Value(priority)
	}
	if p.Priority.IsClear() {
		req.Priority = Null[credit.Decimal]()
	}
	return req
}

// changesSchedule reports whether a patch changes the schedule.
func changesSchedule(p credit.Patch) bool {
	return !p.Total.IsZero() || !p.StartsAt.IsZero() || !p.ExpiresAt.IsZero()
}

// toScheduleChange converts what a patch changes in the schedule to a change of
// its only item.
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

// singleScheduleItem returns the only schedule item, or an error if there are
// none or several.
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

// noScheduleItemError returns the error of a patch that changes a schedule
// without items. Adding an item would need values that the patch does not name.
func noScheduleItemError(p credit.Patch) error {
	v := rest.Validator{Vendor: vendor}
	for _, f := range []struct {
		field credit.Field
		unset bool
	}{
		{credit.FieldTotal, p.Total.IsZero()},
		{credit.FieldStartsAt, p.StartsAt.IsZero()},
		{credit.FieldExpiresAt, p.ExpiresAt.IsZero()},
	} {
		if !f.unset {
			v.Add(string(f.field), "cannot be set: the credit's schedule has no item")
		}
	}
	return v.Err()
}

// recordFrom converts a credit. Amount and times are those of its only schedule
// item; with several they are unknown.
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
