package credittest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// portable is one field of a patch, for the cases that are made for each.
type portable struct {
	field credit.Field
	set   func(to *credit.Patch, from credit.Patch)
	clear func(to *credit.Patch)
	asks  func(p credit.Patch) bool
	sets  func(p credit.Patch) bool
	// told reports whether a record tells what a patch asks.
	told func(r *credit.Record, p credit.Patch) bool
	// over lays the patch over a record.
	over func(r *credit.Record, p credit.Patch)
	// settle makes the field empty in a record that does not tell it.
	settle func(r *credit.Record)
	// write and read keep a record's field in JSON, under the field's name.
	write func(r credit.Record, to object)
	read  func(from object, r *credit.Record) bool
}

func portableOf[T any](
	field credit.Field,
	of func(*credit.Patch) *credit.Opt[T],
	in func(*credit.Record) *credit.Opt[T],
	same func(a, b T) bool,
	none func(T) bool,
) portable {
	empty := func(o credit.Opt[T]) bool {
		v, ok := o.Get()
		return o.IsClear() || ok && none(v)
	}
	return portable{
		field: field,
		set:   func(to *credit.Patch, from credit.Patch) { *of(to) = *of(&from) },
		clear: func(to *credit.Patch) { *of(to) = credit.Clear[T]() },
		asks:  func(p credit.Patch) bool { return !of(&p).IsZero() },
		sets:  func(p credit.Patch) bool { _, ok := of(&p).Get(); return ok },
		told: func(r *credit.Record, p credit.Patch) bool {
			asked, told := *of(&p), *in(r)
			a, sets := asked.Get()
			b, hasValue := told.Get()
			return empty(asked) && empty(told) || sets && hasValue && same(a, b)
		},
		over: func(r *credit.Record, p credit.Patch) {
			if o := *of(&p); !o.IsZero() {
				*in(r) = o
			}
		},
		settle: func(r *credit.Record) {
			if in(r).IsZero() {
				*in(r) = credit.Clear[T]()
			}
		},
		write: func(r credit.Record, to object) {
			if v, ok := in(&r).Get(); ok {
				to[string(field)] = encode(v)
			} else if in(&r).IsClear() {
				to[string(field)] = json.RawMessage("null")
			}
		},
		read: func(from object, r *credit.Record) bool {
			var v T
			switch {
			case !from.has(string(field)):
				*in(r) = credit.Opt[T]{}
				return true
			case json.Unmarshal(from[string(field)], &v) != nil:
				return false
			}
			*in(r) = credit.Set(v)
			return true
		},
	}
}

var portables = []portable{
	portableOf(credit.FieldName, func(p *credit.Patch) *credit.Opt[string] { return &p.Name },
		func(r *credit.Record) *credit.Opt[string] { return &r.Name }, sameText, noText),
	portableOf(credit.FieldNote, func(p *credit.Patch) *credit.Opt[string] { return &p.Note },
		func(r *credit.Record) *credit.Opt[string] { return &r.Note }, sameText, noText),
	portableOf(credit.FieldTotal, func(p *credit.Patch) *credit.Opt[credit.Decimal] { return &p.Total },
		func(r *credit.Record) *credit.Opt[credit.Decimal] { return &r.Total }, credit.Decimal.Equal, never),
	portableOf(credit.FieldBalance, func(p *credit.Patch) *credit.Opt[credit.Decimal] { return &p.Balance },
		func(r *credit.Record) *credit.Opt[credit.Decimal] { return &r.Balance }, credit.Decimal.Equal, never),
	portableOf(credit.FieldStartsAt, func(p *credit.Patch) *credit.Opt[time.Time] { return &p.StartsAt },
		func(r *credit.Record) *credit.Opt[time.Time] { return &r.StartsAt }, time.Time.Equal, never),
	portableOf(credit.FieldExpiresAt, func(p *credit.Patch) *credit.Opt[time.Time] { return &p.ExpiresAt },
		func(r *credit.Record) *credit.Opt[time.Time] { return &r.ExpiresAt }, time.Time.Equal, never),
	portableOf(credit.FieldPriority, func(p *credit.Patch) *credit.Opt[credit.Decimal] { return &p.Priority },
		func(r *credit.Record) *credit.Opt[credit.Decimal] { return &r.Priority }, credit.Decimal.Equal, never),
	portableOf(credit.FieldMetadata, func(p *credit.Patch) *credit.Opt[map[string]string] { return &p.Metadata },
		func(r *credit.Record) *credit.Opt[map[string]string] { return &r.Metadata }, maps.Equal, noEntries),
}

func sameText(a, b string) bool { return a == b }

func noText(s string) bool { return s == "" }

func noEntries(m map[string]string) bool { return len(m) == 0 }

func never[T any](T) bool { return false }

// asked are the fields that a patch names.
func asked(p credit.Patch) []credit.Field {
	var fields []credit.Field
	for _, each := range portables {
		if each.asks(p) {
			fields = append(fields, each.field)
		}
	}
	return fields
}

// pick is a patch of some fields of another.
func pick(from credit.Patch, fields ...credit.Field) credit.Patch {
	var p credit.Patch
	for _, each := range portables {
		if slices.Contains(fields, each.field) {
			each.set(&p, from)
		}
	}
	return p
}

// clearing is a patch that empties fields.
func clearing(fields ...credit.Field) credit.Patch {
	var p credit.Patch
	for _, each := range portables {
		if slices.Contains(fields, each.field) {
			each.clear(&p)
		}
	}
	return p
}

// both lays one patch over another.
func both(a, b credit.Patch) credit.Patch {
	for _, each := range portables {
		if each.asks(b) {
			each.set(&a, b)
		}
	}
	return a
}

// anything sets every field, for vendors that cannot.
var anything = credit.Patch{
	Name:      credit.Set("anything"),
	Note:      credit.Set("anything"),
	Total:     credit.Set(credit.MustParseDecimal("7")),
	Balance:   credit.Set(credit.MustParseDecimal("7")),
	StartsAt:  credit.Set(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)),
	ExpiresAt: credit.Set(time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC)),
	Priority:  credit.Set(credit.MustParseDecimal("7")),
	Metadata:  credit.Set(map[string]string{"any": "thing"}),
}
