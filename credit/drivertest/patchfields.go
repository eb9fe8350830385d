package drivertest

import (
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// fieldsOf returns the fields that a patch sets or clears.
func fieldsOf(p credit.Patch) []credit.Field {
	var fields []credit.Field
	for field := range p.All() {
		fields = append(fields, field)
	}
	return fields
}

// pick returns a patch of some fields of another.
func pick(from credit.Patch, fields ...credit.Field) credit.Patch {
	var p credit.Patch
	for field, op := range from.All() {
		if slices.Contains(fields, field) {
			p.Op(field).Copy(op)
		}
	}
	return p
}

// clearPatch returns a patch that clears fields.
func clearPatch(fields ...credit.Field) credit.Patch {
	var p credit.Patch
	for _, field := range fields {
		p.Op(field).Clear()
	}
	return p
}

// overlay returns a with the fields of b over its own.
func overlay(a, b credit.Patch) credit.Patch {
	for field, op := range b.All() {
		a.Op(field).Copy(op)
	}
	return a
}

// shows reports whether the record has what the patch does with a field.
func shows(r *credit.Record, p credit.Patch, field credit.Field) bool {
	values := credit.Patch(r.Values)
	return values.Op(field).Equal(p.Op(field))
}

// fullPatch sets every field, for vendors that cannot.
var fullPatch = credit.Patch{
	Name:      credit.Set("anything"),
	Note:      credit.Set("anything"),
	Total:     credit.Set(credit.MustParseDecimal("7")),
	Balance:   credit.Set(credit.MustParseDecimal("7")),
	StartsAt:  credit.Set(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)),
	ExpiresAt: credit.Set(time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC)),
	Priority:  credit.Set(credit.MustParseDecimal("7")),
	Metadata:  credit.Set(map[string]string{"any": "thing"}),
}
