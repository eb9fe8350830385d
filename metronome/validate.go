package metronome

import (
	"strings"

	"github.com/creditkit/creditkit/internal/rest"
)

// check refuses a request that lacks what Metronome requires, naming all of
// it.
func (r EditCreditRequest) check() error {
	c := rest.Check{Vendor: vendor}
	c.ID("credit_id", r.CreditID)
	c.ID("customer_id", r.CustomerID)
	if r.AccessSchedule != nil {
		r.AccessSchedule.check(&c)
	}
	if h := r.HierarchyConfiguration; h != nil {
		h.ChildAccess.check(&c)
	}
	checkList(&c, "applicable_contract_ids", r.ApplicableContractIDs)
	checkList(&c, "applicable_product_ids", r.ApplicableProductIDs)
	checkList(&c, "applicable_product_tags", r.ApplicableProductTags)
	checkList(&c, "specifiers", r.Specifiers)
	if p, err := r.Priority.Get(); err == nil {
		c.Amount("priority", p)
	}
	return c.Err()
}

// checkList refuses a list that is meant as a value and would go out as null.
func checkList[T any](c *rest.Check, field string, list Nullable[[]T]) {
	if items, err := list.Get(); err == nil && items == nil {
		c.Refuse(field, "is a nil list: send an empty one, or Null")
	}
}

// check refuses an access without a type, and one by contracts that names none.
// Metronome takes the type in lower case as well.
func (a ChildAccess) check(c *rest.Check) {
	const member = "hierarchy_configuration.child_access."
	c.Text(member+"type", string(a.Type))
	if strings.EqualFold(string(a.Type), string(ChildAccessTypeContractIDs)) && len(a.ContractIDs) == 0 {
		c.Refuse(member+"contract_ids", "must hold at least one id where the type is CONTRACT_IDS")
	}
}

func (s AccessSchedule) check(c *rest.Check) {
	for i, item := range s.AddScheduleItems {
		var added rest.Check
		added.Amount("amount", item.Amount)
		added.Time("starting_at", item.StartingAt)
		added.Time("ending_before", item.EndingBefore)
		c.Item("access_schedule.add_schedule_items", i, added)
	}
	for i, item := range s.UpdateScheduleItems {
		var updated rest.Check
		updated.ID("id", item.ID)
		c.Item("access_schedule.update_schedule_items", i, updated)
	}
	for i, item := range s.RemoveScheduleItems {
		var removed rest.Check
		removed.ID("id", item.ID)
		c.Item("access_schedule.remove_schedule_items", i, removed)
	}
}

func (r ListCustomerCreditsRequest) check() error {
	c := rest.Check{Vendor: vendor}
	c.ID("customer_id", r.CustomerID)
	if r.CreditID != nil {
		c.ID("credit_id", *r.CreditID)
	}
	if r.Limit != nil && (*r.Limit < 1 || *r.Limit > 25) {
		c.Refuse("limit", "must be from 1 to 25")
	}
	return c.Err()
}
