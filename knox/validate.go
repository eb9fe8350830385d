package knox

import (
	"github.com/creditkit/creditkit/internal/rest"
)

// check refuses a record that lacks what every credit has, naming all of it.
// Four links that the vendor's page marks as required are not looked at: of an
// activity, an event and the registrations, a credit has only some.
func (r Credit) check() error {
	c := rest.Check{Vendor: vendor}
	c.ID("id", r.ID)
	c.ID("contact_id", r.ContactID)
	c.Text("type_id", r.TypeID)
	c.Text("origin", string(r.Origin))
	c.Text("date", r.Date)
	c.Amount("quantity", r.Quantity)
	c.Text("sys_created_at", r.SysCreatedAt)
	c.Text("sys_created_by_id", r.SysCreatedByID)
	c.Text("sys_last_modified_at", r.SysLastModifiedAt)
	c.Text("sys_last_modified_by_id", r.SysLastModifiedByID)
	for i, usage := range r.Usages {
		var used rest.Check
		used.Text("application_id", usage.ApplicationID)
		used.Amount("quantity", usage.Quantity)
		c.Item("usages", i, used)
	}
	return c.Err()
}
