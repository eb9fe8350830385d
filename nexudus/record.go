package nexudus

// Update returns an update that leaves the record as it is: every member that
// can be written is filled from it. Change what is to change and send it with
// [Client.UpdateCoworkerBookingCredit].
//
// The record must have been read by its id; a row of a list lacks the lists,
// and an update without them lifts the credit's limits.
func (c CoworkerBookingCredit) Update() CoworkerBookingCreditUpdate {
	return CoworkerBookingCreditUpdate{
		ID:                       c.ID,
		CoworkerID:               c.CoworkerID,
		BusinessID:               c.BusinessID,
		TotalCredit:              c.TotalCredit,
		RemainingCredit:          c.RemainingCredit,
		Description:              text(c.Description),
		ValidFrom:                c.ValidFrom,
		ExpireDate:               c.ExpireDate,
		CaneBeUsedForBookings:    new(c.CaneBeUsedForBookings),
		CaneBeUsedForEvents:      new(c.CaneBeUsedForEvents),
		IsUniversalCredit:        new(c.IsUniversalCredit),
		UseCreditPrice:           new(c.UseCreditPrice),
		AppliesToCharges:         new(c.AppliesToCharges),
		CoworkerContractUniqueID: text(c.CoworkerContractUniqueID),
		ElegiblePasses:           c.ElegiblePasses,
		ElegibleProducts:         c.ElegibleProducts,
		ElegibleResourceTypes:    c.ElegibleResourceTypes,
		ElegibleTariffs:          c.ElegibleTariffs,
		EventCategories:          c.EventCategories,
	}
}

// text leaves an empty text out: it was null, or is the same as cleared.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
