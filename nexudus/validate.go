package nexudus

import "github.com/creditkit/creditkit/internal/rest"

// check refuses an update without what Nexudus requires, naming all of it. The
// zeros in the page's example stand for numbers: no record has the id 0.
func (u CoworkerBookingCreditUpdate) check() error {
	c := rest.Check{Vendor: vendor}
	c.Number("Id", u.ID)
	c.Number("CoworkerId", u.CoworkerID)
	c.Number("BusinessId", u.BusinessID)
	c.Amount("TotalCredit", u.TotalCredit)
	return c.Err()
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
	return false
}
