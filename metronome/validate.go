package metronome

import (
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// validate returns an error that names every required member that is missing.
func (r EditCreditRequest) validate() error {
	v := rest.Validator{Vendor: vendor}
	v.ID("credit_id", r.CreditID)
	v.ID("customer_id", r.CustomerID)
	if r.AccessSchedule != nil {
		r.AccessSchedule.validate(&v)
	}
	if h := r.HierarchyConfiguration; h != nil {
		h.ChildAccess.validate(&v)
	}
	validateList(&v, "applicable_contract_ids", r.ApplicableContractIDs)
	validateList(&v, "applicable_product_ids", r.ApplicableProductIDs)
	validateList(&v, "applicable_product_tags", r.ApplicableProductTags)
	validateList(&v, "specifiers", r.Specifiers)
	if p, err := r.Priority.Get(); err == nil {
		v.Amount("priority", p)
	}
	return v.Err()
}

// validateList records an error for a nil list as a value, because it would be
// sent as null.
func validateList[T any](v *rest.Validator, field string, list Nullable[[]T]) {
	if items, err := list.Get(); err == nil && items == nil {
		v.Add(field, "is a nil list: send an empty one, or Null")
	}
}

// validate records an error for an access without a type, and for the type
// CONTRACT_IDS without contracts. Metronome accepts the type in lower case as well.
func (a ChildAccess) validate(v *rest.Validator) {
	const member = "hierarchy_configuration.child_access."
	v.Text(member+"type", string(a.Type))
	if strings.EqualFold(string(a.Type), string(ChildAccessTypeContractIDs)) && len(a.ContractIDs) == 0 {
		v.Add(member+"contract_ids", "must hold at least one id where the type is CONTRACT_IDS")
	}
}

func (s AccessSchedule) validate(v *rest.Validator) {
	for i, item := range s.AddScheduleItems {
		var added rest.Validator
		added.Amount("amount", item.Amount)
		added.Time("starting_at", item.StartingAt)
		added.Time("ending_before", item.EndingBefore)
		v.Item("access_schedule.add_schedule_items", i, added)
	}
	for i, item := range s.UpdateScheduleItems {
		var updated rest.Validator
		updated.ID("id", item.ID)
		v.Item("access_schedule.update_schedule_items", i, updated)
	}
	for i, item := range s.RemoveScheduleItems {
		var removed rest.Validator
		removed.ID("id", item.ID)
		v.Item("access_schedule.remove_schedule_items", i, removed)
	}
}

func (r ListCustomerCreditsRequest) validate() error {
	v := rest.Validator{Vendor: vendor}
	v.ID("customer_id", r.CustomerID)
	if r.CreditID != nil {
		v.ID("credit_id", *r.CreditID)
	}
	if r.Limit != nil && (*r.Limit < 1 || *r.Limit > 25) {
		v.Add("limit", "must be between 1 and 25")
	}
	return v.Err()
}

// validatePatch returns an error for values that the vendor would reject or
// change, under the names of the patch's fields.
func validatePatch(p credit.Patch) error {
	v := rest.Validator{Vendor: vendor}
	requireHour(&v, credit.FieldStartsAt, p.StartsAt)
	requireHour(&v, credit.FieldExpiresAt, p.ExpiresAt)
	return v.Err()
}

// requireHour records an error unless the time is a whole hour in UTC.
func requireHour(v *rest.Validator, field credit.Field, o credit.Opt[time.Time]) {
	if t, ok := o.Get(); ok && !t.Equal(t.Truncate(time.Hour)) {
		v.Add(string(field), "must be on the hour in UTC, as metronome's periods are")
	}
}
