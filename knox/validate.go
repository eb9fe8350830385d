package knox

import (
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// validate returns an error that names every required member that is missing. It
// does not require four links that the vendor's page marks as required: a credit
// has only some of the links to an activity, an event and the registrations.
func (r Credit) validate() error {
	v := rest.Validator{Vendor: vendor}
	v.ID("id", r.ID)
	v.ID("contact_id", r.ContactID)
	v.Text("type_id", r.TypeID)
	v.Text("origin", string(r.Origin))
	v.Text("date", r.Date)
	v.Amount("quantity", r.Quantity)
	v.Text("sys_created_at", r.SysCreatedAt)
	v.Text("sys_created_by_id", r.SysCreatedByID)
	v.Text("sys_last_modified_at", r.SysLastModifiedAt)
	v.Text("sys_last_modified_by_id", r.SysLastModifiedByID)
	for i, usage := range r.Usages {
		var used rest.Validator
		used.Text("application_id", usage.ApplicationID)
		used.Amount("quantity", usage.Quantity)
		v.Item("usages", i, used)
	}
	return v.Err()
}

// leastQuantity is the smallest quantity that the vendor accepts.
var leastQuantity = credit.MustParseDecimal("0.01")

// validatePatch returns an error for values that the vendor would reject or
// change, under the names of the patch's fields.
func validatePatch(p credit.Patch) error {
	v := rest.Validator{Vendor: vendor}
	if total, ok := p.Total.Get(); ok && total.Cmp(leastQuantity) < 0 {
		v.Add(string(credit.FieldTotal), "must be at least 0.01")
	}
	requireMidnight(&v, credit.FieldStartsAt, p.StartsAt)
	requireMidnight(&v, credit.FieldExpiresAt, p.ExpiresAt)
	return v.Err()
}

// requireMidnight records an error unless the time is midnight UTC.
func requireMidnight(v *rest.Validator, field credit.Field, o credit.Opt[time.Time]) {
	if t, ok := o.Get(); ok && !t.Equal(t.Truncate(24*time.Hour)) {
		v.Add(string(field), "must be midnight UTC: knox keeps days")
	}
}
