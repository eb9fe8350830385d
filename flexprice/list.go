package flexprice

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// ListSubscriptionCreditGrants iterates over the published grants of a subscription.
// They are in one response. An unknown subscription is [credit.ErrNotFound].
//
// Source: https://docs.flexprice.io/api-reference/subscriptions/get-subscription
func (c *Client) ListSubscriptionCreditGrants(ctx context.Context, subscriptionID string, opts ...credit.CallOption) iter.Seq2[*CreditGrant, error] {
	c = c.orZero()
	return c.subscriptionGrants(ctx, subscriptionID, opts).Items()
}

// ListPlanCreditGrants iterates over the published grants of a plan. They are in one
// response. The server returns an empty list for an unknown plan.
//
// Source: https://docs.flexprice.io/api-reference/credit-grants/get-plan-credit-grants
func (c *Client) ListPlanCreditGrants(ctx context.Context, planID string, opts ...credit.CallOption) iter.Seq2[*CreditGrant, error] {
	c = c.orZero()
	return c.grantList(ctx, &opListPlanCreditGrants, planID, opts).Items()
}

// ListAddonCreditGrants iterates over the published grants of an add-on. They are in one
// response. The server returns an empty list for an unknown add-on.
//
// Source: https://docs.flexprice.io/api-reference/credit-grants/get-addon-credit-grants
func (c *Client) ListAddonCreditGrants(ctx context.Context, addonID string, opts ...credit.CallOption) iter.Seq2[*CreditGrant, error] {
	c = c.orZero()
	return c.grantList(ctx, &opListAddonCreditGrants, addonID, opts).Items()
}

var (
	errNoGrants   = errors.New("the response has no list of grants with ids")
	errListIsCut  = errors.New("the list has fewer grants than its total")
	errOtherOwner = errors.New("the list has a grant of another subscription")
)

// grantList returns the list of a plan's or an add-on's grants. It has one page.
func (c *Client) grantList(ctx context.Context, op *rest.Operation, id string, opts []credit.CallOption) rest.List[CreditGrant] {
	return rest.List[CreditGrant]{Fetch: func(string, int) (rest.Page[CreditGrant], error) {
		return rest.Send(ctx, c.rest, op, rest.Call{IDs: []string{id}, IDFields: idFields, Options: opts}, decodeGrants)
	}}
}

// decodeGrants decodes a list of grants that must be complete.
func decodeGrants(result *rest.Result) (rest.Page[CreditGrant], error) {
	var none rest.Page[CreditGrant]
	list, err := rest.Decode[CreditGrantList](result)
	switch {
	case err != nil:
		return none, err
	case list.Items == nil || !allHaveIDs(list.Items):
		return none, result.Malformed(errNoGrants)
	case int64(len(list.Items)) < list.Pagination.Total:
		return none, result.Malformed(errListIsCut)
	}
	return rest.Page[CreditGrant]{Items: list.Items, Object: result.Body, Result: result}, nil
}

// subscriptionGrants returns the list of a subscription's grants. It has one page.
func (c *Client) subscriptionGrants(ctx context.Context, id string, opts []credit.CallOption) rest.List[CreditGrant] {
	call := rest.Call{IDs: []string{id}, IDFields: idFields, Options: opts}
	return rest.List[CreditGrant]{Fetch: func(string, int) (rest.Page[CreditGrant], error) {
		return rest.Send(ctx, c.rest, &opListSubscriptionCreditGrants, call, func(result *rest.Result) (rest.Page[CreditGrant], error) {
			return decodeSubscriptionGrants(result, id)
		})
	}}
}

// decodeSubscriptionGrants decodes the grants of a subscription. The server omits the
// member if there are no grants, so the id shows that the response is the subscription.
func decodeSubscriptionGrants(result *rest.Result, id string) (rest.Page[CreditGrant], error) {
	var none rest.Page[CreditGrant]
	subscription, err := rest.DecodeNamed(result, "id", id, func(s *SubscriptionCreditGrants) bool { return s.ID == id })
	if err != nil {
		return none, err
	}
	if !allHaveIDs(subscription.CreditGrants) {
		return none, result.Malformed(errNoGrants)
	}
	for _, grant := range subscription.CreditGrants {
		if grant.SubscriptionID != id {
			return none, result.Malformed(errOtherOwner)
		}
	}
	return rest.Page[CreditGrant]{Items: subscription.CreditGrants, Object: result.Body, Result: result}, nil
}

func allHaveIDs(grants []CreditGrant) bool {
	for _, grant := range grants {
		if grant.ID == "" {
			return false
		}
	}
	return true
}

// Find lists the published grants of a subscription.
func (d driver) Find(ctx context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return func(yield func(*credit.Record, error) bool) {
		for page, err := range d.client.subscriptionGrants(ctx, q.Owner, nil).Pages() {
			if err == nil {
				err = yieldGrants(page, yield)
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// yieldGrants converts the grants of a subscription with their JSON. The list has one
// page, so it need not report that the loop has ended.
func yieldGrants(page rest.Page[CreditGrant], yield func(*credit.Record, error) bool) error {
	var raw struct {
		Grants []json.RawMessage `json:"credit_grants"`
	}
	if err := page.Result.Into(&raw); err != nil {
		return err
	}
	for i := range page.Items {
		grant := &page.Items[i]
		if !yield(recordFrom(credit.Ref{ID: grant.ID}, grant, raw.Grants[i]), nil) {
			return nil
		}
	}
	return nil
}
