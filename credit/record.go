package credit

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// A Record is what a vendor says of a credit, in the terms of a [Patch]. A zero
// field is not told: the vendor has no such thing, or did not show it.
type Record struct {
	ID    string
	Owner string // as in [Ref]

	Name      Opt[string]
	Note      Opt[string]
	Total     Opt[Decimal]
	Balance   Opt[Decimal]
	StartsAt  Opt[time.Time]
	ExpiresAt Opt[time.Time]
	Priority  Opt[Decimal]
	Metadata  Opt[map[string]string]

	// Raw is the vendor's own record, as it came.
	Raw json.RawMessage
}

// A FieldChange is one field of a patch, before and after, for people to read.
// Empty says that there is no value; Before is "unknown" where nothing was read
// or the vendor does not tell.
type FieldChange struct {
	Field  Field
	Before string
	After  string
}

const unknown = "unknown"

// changesOf shows what a patch changes in a record, which may be nil.
func changesOf(before *Record, p Patch) []FieldChange {
	var r Record
	if before != nil {
		r = *before
	}
	var out []FieldChange
	eachField(r, p, func(f Field, told, asked shown) {
		if asked.op != leave {
			out = append(out, FieldChange{Field: f, Before: told.String(), After: asked.String()})
		}
	})
	return out
}

// mismatches compares what was asked with what a record tells, but for the
// fields that it cannot tell.
func mismatches(after *Record, p Patch, untold []Field) []FieldMismatch {
	var out []FieldMismatch
	eachField(*after, p, func(f Field, told, asked shown) {
		if asked.op == leave || slices.Contains(untold, f) || told.op == asked.op && asked.same {
			return
		}
		out = append(out, FieldMismatch{Field: f, Want: asked.String(), Got: told.String()})
	})
	return out
}

// shown is one side of a field, in words when somebody asks.
type shown struct {
	op   op
	same bool // as the other side, where both have a value or both are empty
	text func() string
}

func (s shown) String() string {
	switch s.op {
	case set:
		return s.text()
	case clears:
		return ""
	}
	return unknown
}

// eachField walks a record and a patch together.
func eachField(r Record, p Patch, visit func(f Field, told, asked shown)) {
	walk(FieldName, emptied(r.Name, noText), emptied(p.Name, noText), equal[string], strconv.Quote, visit)
	walk(FieldNote, emptied(r.Note, noText), emptied(p.Note, noText), equal[string], strconv.Quote, visit)
	walk(FieldTotal, r.Total, p.Total, Decimal.Equal, Decimal.String, visit)
	walk(FieldBalance, r.Balance, p.Balance, Decimal.Equal, Decimal.String, visit)
	walk(FieldStartsAt, r.StartsAt, p.StartsAt, time.Time.Equal, instant, visit)
	walk(FieldExpiresAt, r.ExpiresAt, p.ExpiresAt, time.Time.Equal, instant, visit)
	walk(FieldPriority, r.Priority, p.Priority, Decimal.Equal, Decimal.String, visit)
	walk(FieldMetadata, emptied(r.Metadata, noEntries), emptied(p.Metadata, noEntries), maps.Equal[map[string]string, map[string]string], entries, visit)
}

func walk[T any](f Field, told, asked Opt[T], same func(a, b T) bool, text func(T) string, visit func(Field, shown, shown)) {
	alike := told.op == asked.op && (told.op != set || same(told.value, asked.value))
	visit(f,
		shown{told.op, alike, func() string { return text(told.value) }},
		shown{asked.op, alike, func() string { return text(asked.value) }})
}

// emptied takes an empty value for none: vendors store them as the same, and
// show either.
func emptied[T any](o Opt[T], empty func(T) bool) Opt[T] {
	if v, ok := o.Get(); ok && empty(v) {
		return Clear[T]()
	}
	return o
}

func noText(s string) bool { return s == "" }

func noEntries(m map[string]string) bool { return len(m) == 0 }

func equal[T comparable](a, b T) bool { return a == b }

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func entries(m map[string]string) string {
	text, err := json.Marshal(m)
	if err != nil { // a map of strings always encodes
		return unknown
	}
	return string(text)
}
