package nexudus

import (
	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// check refuses an update without what Nexudus requires, naming all of it. The
// zeros in the page's example stand for numbers: no record has the id 0.
func (u CoworkerBookingCreditUpdate) check() error {
	c := rest.Check{Vendor: vendor}
	c.Number("Id", u.ID)
	c.Number("CoworkerId", u.CoworkerID)
	c.Number("BusinessId", u.BusinessID)
	c.Amount("TotalCredit", u.TotalCredit)
	if amount, err := u.RemainingCredit.Get(); err == nil {
		c.Amount("RemainingCredit", amount)
	}
	checkTime(&c, "ValidFrom", u.ValidFrom)
	checkTime(&c, "ExpireDate", u.ExpireDate)
	checkList(&c, "ElegiblePasses", u.ElegiblePasses)
	checkList(&c, "ElegibleProducts", u.ElegibleProducts)
	checkList(&c, "ElegibleResourceTypes", u.ElegibleResourceTypes)
	checkList(&c, "ElegibleTariffs", u.ElegibleTariffs)
	checkList(&c, "EventCategories", u.EventCategories)
	return c.Err()
}

// checkList refuses a list that is meant as a value and would go out as null.
func checkList[T any](c *rest.Check, field string, list Nullable[[]T]) {
	if items, err := list.Get(); err == nil && items == nil {
		c.Refuse(field, "is a nil list: send an empty one, or Null")
	}
}

// checkTime refuses an unset time that is meant as a value.
func checkTime(c *rest.Check, field string, at Nullable[credit.LocalTime]) {
	if t, err := at.Get(); err == nil && !t.IsSet() {
		c.Refuse(field, "is an unset time: send a time, or Null")
	}
}

// commands reports whether the update holds commands beside the record.
func (u CoworkerBookingCreditUpdate) commands() bool {
	for _, list := range [][]int64{
		u.AddedElegiblePasses, u.RemovedElegiblePasses,
		u.AddedElegibleProducts, u.RemovedElegibleProducts,
		u.AddedElegibleResourceTypes, u.RemovedElegibleResourceTypes,
		u.AddedElegibleTariffs, u.RemovedElegibleTariffs,
		u.AddedEventCategories, u.RemovedEventCategories,
	} {
		if len(list) > 0 {
			return true
		}
	}
	return len(u.AddedCoworkerBookingCreditUses) > 0 || len(u.RemovedCoworkerBookingCreditUses) > 0
}
