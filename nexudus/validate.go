package nexudus

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// validate returns an error that names every required member that is missing. An
// id of 0 counts as missing; the zeros in the vendor's example stand for
// numbers.
func (u CoworkerBookingCreditUpdate) validate() error {
	v := rest.Validator{Vendor: vendor}
	v.Number("Id", u.ID)
	v.Number("CoworkerId", u.CoworkerID)
	v.Number("BusinessId", u.BusinessID)
	v.Amount("TotalCredit", u.TotalCredit)
	if amount, err := u.RemainingCredit.Get(); err == nil {
		v.Amount("RemainingCredit", amount)
	}
	validateTime(&v, "ValidFrom", u.ValidFrom)
	validateTime(&v, "ExpireDate", u.ExpireDate)
	validateList(&v, "ElegiblePasses", u.ElegiblePasses)
	validateList(&v, "ElegibleProducts", u.ElegibleProducts)
	validateList(&v, "ElegibleResourceTypes", u.ElegibleResourceTypes)
	validateList(&v, "ElegibleTariffs", u.ElegibleTariffs)
	validateList(&v, "EventCategories", u.EventCategories)
	return v.Err()
}

// validateList records an error for a nil list as a value, because it would be
// sent as null.
func validateList[T any](v *rest.Validator, field string, list Nullable[[]T]) {
	if items, err := list.Get(); err == nil && items == nil {
		v.Add(field, "is a nil list: send an empty one, or Null")
	}
}

// validateTime records an error for an unset time as a value.
func validateTime(v *rest.Validator, field string, at Nullable[credit.LocalTime]) {
	if t, err := at.Get(); err == nil && !t.IsSet() {
		v.Add(field, "is an unset time: send a time, or Null")
	}
}

// commandPrefixes are the beginnings of the names of members that are commands.
var commandPrefixes = []string{"Added", "Removed"}

// commandFields are the fields of an update that are commands.
var commandFields = func() (fields []int) {
	update := reflect.TypeFor[CoworkerBookingCreditUpdate]()
	for i := range update.NumField() {
		name := update.Field(i).Name
		if slices.ContainsFunc(commandPrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			fields = append(fields, i)
		}
	}
	return fields
}()

// hasCommands reports whether the update has commands beside the record.
func (u *CoworkerBookingCreditUpdate) hasCommands() bool {
	update := reflect.ValueOf(u).Elem()
	return slices.ContainsFunc(commandFields, func(i int) bool { return update.Field(i).Len() > 0 })
}

// validatePatch returns the id of ref as a number. It returns an error for
// values that the vendor would reject or change, under the names of the patch's
// fields.
func validatePatch(ref credit.Ref, p credit.Patch) (id int64, err error) {
	v := rest.Validator{Vendor: vendor}
	id, err = strconv.ParseInt(ref.ID, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != ref.ID {
		v.Add("id", "must be a number above 0")
	}
	requireSecond(&v, credit.FieldStartsAt, p.StartsAt)
	requireSecond(&v, credit.FieldExpiresAt, p.ExpiresAt)
	return id, v.Err()
}

// requireSecond records an error unless the time is a whole second.
func requireSecond(v *rest.Validator, field credit.Field, o credit.Opt[time.Time]) {
	if t, ok := o.Get(); ok && t.Nanosecond() != 0 {
		v.Add(string(field), "must be a whole second: the vendor shows no fractions")
	}
}
