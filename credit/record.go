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

// values is a patch that sets each field to what the record shows.
func (r *Record) values() Patch {
	return Patch{
		Name: r.Name, Note: r.Note, Total: r.Total, Balance: r.Balance,
		StartsAt: r.StartsAt, ExpiresAt: r.ExpiresAt, Priority: r.Priority, Metadata: r.Metadata,
	}
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
func changesOf(before *Record, p *Patch) []FieldChange {
	if before == nil {
		before = &Record{}
	}
	out := make([]FieldChange, 0, 2) // most patches name no more
	eachAsked(before, p, false, func(f Field, told, asked string) {
		out = append(out, FieldChange{Field: f, Before: told, After: asked})
	})
	return out
}

// mismatches compares what was asked with what a record tells, but for the
// fields that it cannot tell.
func mismatches(after *Record, p *Patch, untold []Field) []FieldMismatch {
	var out []FieldMismatch
	eachAsked(after, p, true, func(f Field, told, asked string) {
		if !slices.Contains(untold, f) {
			out = append(out, FieldMismatch{Field: f, Want: asked, Got: told})
		}
	})
	return out
}

// eachAsked visits the fields that a patch asks for, or those of them only that
// differ in the record, with both sides in words.
func eachAsked(r *Record, p *Patch, differing bool, visit func(f Field, told, asked string)) {
	v := visitor{differing, visit}
	walk(v, FieldName, emptied(r.Name, noText), emptied(p.Name, noText), equal, quoted)
	walk(v, FieldNote, emptied(r.Note, noText), emptied(p.Note, noText), equal, quoted)
	walk(v, FieldTotal, r.Total, p.Total, Decimal.Equal, Decimal.String)
	walk(v, FieldBalance, r.Balance, p.Balance, Decimal.Equal, Decimal.String)
	walk(v, FieldStartsAt, r.StartsAt, p.StartsAt, time.Time.Equal, instant)
	walk(v, FieldExpiresAt, r.ExpiresAt, p.ExpiresAt, time.Time.Equal, instant)
	walk(v, FieldPriority, r.Priority, p.Priority, Decimal.Equal, Decimal.String)
	walk(v, FieldMetadata, emptied(r.Metadata, noEntries), emptied(p.Metadata, noEntries), maps.Equal, entries)
}

type visitor struct {
	differing bool
	visit     func(f Field, told, asked string)
}

func walk[T any](v visitor, f Field, told, asked Opt[T], same func(a, b T) bool, text func(T) string) {
	if asked.op == leave {
		return
	}
	if v.differing && told.op == asked.op && (asked.op == clears || same(told.value, asked.value)) {
		return
	}
	v.visit(f, inWords(told, text), inWords(asked, text))
}

func inWords[T any](o Opt[T], text func(T) string) string {
	switch o.op {
	case set:
		return text(o.value)
	case clears:
		return ""
	}
	return unknown
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

// quoted is strconv.Quote, at once where there is nothing to escape.
func quoted(s string) string {
	if isPlain(s) {
		return `"` + s + `"`
	}
	return strconv.Quote(s)
}

// appendQuoted is strconv.AppendQuote in the same way.
func appendQuoted(text []byte, s string) []byte {
	if isPlain(s) {
		return append(append(append(text, '"'), s...), '"')
	}
	return strconv.AppendQuote(text, s)
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// entries are in the order of their keys.
func entries(m map[string]string) string {
	keys := make([]string, 0, 8) // most have no more
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	text := append(make([]byte, 0, 128), '{')
	for i, key := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendQuoted(text, key)
		text = appendQuoted(append(text, ':'), m[key])
	}
	return string(append(text, '}'))
}
