package nexudus

import (
	"github.com/oapi-codegen/nullable"

	"github.com/creditkit/creditkit/credit"
)

// Nullable is a member that can be omitted, null, or a value. Its zero value is
// omitted; [Null] and [Value] return the others.
type Nullable[T any] = nullable.Nullable[T]

// Value returns a member with the value v.
func Value[T any](v T) Nullable[T] { return nullable.NewNullableWithValue(v) }

// Null returns a member that is null.
func Null[T any]() Nullable[T] { return nullable.NewNullNullable[T]() }

// Update returns an update that leaves the record unchanged: it contains every member
// that can be written, a null as null and a missing one as missing, and no commands.
// Modify it and send it with [Client.UpdateCoworkerBookingCredit].
//
// The record must have been read by its id. A row of a list lacks the lists, and an
// update without them lifts the credit's limits.
func (c CoworkerBookingCredit) Update() CoworkerBookingCreditUpdate {
	return CoworkerBookingCreditUpdate{
		ID:                        c.ID,
		CoworkerID:                c.CoworkerID,
		BusinessID:                c.BusinessID,
		TotalCredit:               c.TotalCredit,
		RemainingCredit:           orNull(c.RemainingCredit, credit.Decimal.IsSet),
		Description:               c.Description,
		ValidFrom:                 orNull(c.ValidFrom, credit.LocalTime.IsSet),
		ExpireDate:                orNull(c.ExpireDate, credit.LocalTime.IsSet),
		CaneBeUsedForBookings:     c.CaneBeUsedForBookings,
		CaneBeUsedForEvents:       c.CaneBeUsedForEvents,
		IsUniversalCredit:         c.IsUniversalCredit,
		UseCreditPrice:            c.UseCreditPrice,
		AppliesToCharges:          c.AppliesToCharges,
		CoworkerContractUniqueID:  c.CoworkerContractUniqueID,
		ElegiblePasses:            c.ElegiblePasses,
		ElegibleProducts:          c.ElegibleProducts,
		ElegibleResourceTypes:     c.ElegibleResourceTypes,
		ElegibleTariffs:           c.ElegibleTariffs,
		EventCategories:           c.EventCategories,
		CoworkerBookingCreditUses: c.CoworkerBookingCreditUses,
	}
}

// orNull returns null for an amount or a time that was read from an empty
// string, which cannot be sent as a value.
func orNull[T any](v Nullable[T], isSet func(T) bool) Nullable[T] {
	if value, err := v.Get(); err == nil && !isSet(value) {
		return Null[T]()
	}
	return v
}
