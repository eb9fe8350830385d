package credit

import (
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// A FieldOp is what a [Patch] does with one field. Exactly one of its pointers is
// not nil, according to the type of the field; it points into the patch, so that
// writing through it changes the patch.
type FieldOp struct {
	Text    *Opt[string]            // name, note
	Amount  *Opt[Decimal]           // total, balance, priority
	Time    *Opt[time.Time]         // starts_at, expires_at
	Entries *Opt[map[string]string] // metadata
}

func (o FieldOp) op() op {
	switch {
	case o.Text != nil:
		return o.Text.op
	case o.Amount != nil:
		return o.Amount.op
	case o.Time != nil:
		return o.Time.op
	case o.Entries != nil:
		return o.Entries.op
	}
	return opNone
}

// IsSet reports whether the patch sets the field.
func (o FieldOp) IsSet() bool { return o.op() == opSet }

// IsClear reports whether the patch clears the field.
func (o FieldOp) IsClear() bool { return o.op() == opClear }

// IsZero reports whether the patch leaves the field alone.
func (o FieldOp) IsZero() bool { return o.op() == opNone }

// Clear makes the patch clear the field.
func (o FieldOp) Clear() {
	switch {
	case o.Text != nil:
		*o.Text = Clear[string]()
	case o.Amount != nil:
		*o.Amount = Clear[Decimal]()
	case o.Time != nil:
		*o.Time = Clear[time.Time]()
	case o.Entries != nil:
		*o.Entries = Clear[map[string]string]()
	}
}

// Copy makes the patch do with the field what another patch does with it. It does
// nothing if the fields have different types. A map is not copied.
func (o FieldOp) Copy(from FieldOp) {
	switch {
	case o.Text != nil && from.Text != nil:
		*o.Text = *from.Text
	case o.Amount != nil && from.Amount != nil:
		*o.Amount = *from.Amount
	case o.Time != nil && from.Time != nil:
		*o.Time = *from.Time
	case o.Entries != nil && from.Entries != nil:
		*o.Entries = *from.Entries
	}
}

// Equal reports whether both leave the field alone, both clear it, or both set it
// to the same amount, instant, text or entries. To set an empty text or an empty
// map is the same as to clear the field, because vendors store both alike.
func (o FieldOp) Equal(other FieldOp) bool {
	switch {
	case o.Text != nil && other.Text != nil:
		return equalOpts(normalizeEmpty(*o.Text, isEmptyText), normalizeEmpty(*other.Text, isEmptyText), equalTexts)
	case o.Amount != nil && other.Amount != nil:
		return equalOpts(*o.Amount, *other.Amount, Decimal.Equal)
	case o.Time != nil && other.Time != nil:
		return equalOpts(*o.Time, *other.Time, time.Time.Equal)
	case o.Entries != nil && other.Entries != nil:
		return equalOpts(normalizeEmpty(*o.Entries, isEmptyMap), normalizeEmpty(*other.Entries, isEmptyMap), maps.Equal)
	}
	return false
}

func equalOpts[T any](a, b Opt[T], equal func(a, b T) bool) bool {
	return a.op == b.op && (a.op != opSet || equal(a.value, b.value))
}

// normalizeEmpty maps empty values to Clear; vendors do not distinguish them.
func normalizeEmpty[T any](o Opt[T], isEmpty func(T) bool) Opt[T] {
	if v, ok := o.Get(); ok && isEmpty(v) {
		return Clear[T]()
	}
	return o
}

func isEmptyText(s string) bool { return s == "" }

func isEmptyMap(m map[string]string) bool { return len(m) == 0 }

func equalTexts(a, b string) bool { return a == b }

const unknown = "unknown"

// String returns the value for people to read, "" if the field is cleared or set
// to an empty value, and "unknown" if it is left alone.
func (o FieldOp) String() string {
	switch {
	case o.Text != nil:
		return format(normalizeEmpty(*o.Text, isEmptyText), quote)
	case o.Amount != nil:
		return format(*o.Amount, Decimal.String)
	case o.Time != nil:
		return format(*o.Time, formatTime)
	case o.Entries != nil:
		return format(normalizeEmpty(*o.Entries, isEmptyMap), formatEntries)
	}
	return unknown
}

func format[T any](o Opt[T], text func(T) string) string {
	switch o.op {
	case opSet:
		return text(o.value)
	case opClear:
		return ""
	}
	return unknown
}

// quote is strconv.Quote, with a short cut for text that needs no escape.
func quote(s string) string {
	if jsontext.IsPlain(s) {
		return `"` + s + `"`
	}
	return strconv.Quote(s)
}

// appendQuoted is strconv.AppendQuote with the same short cut.
func appendQuoted(text []byte, s string) []byte {
	if jsontext.IsPlain(s) {
		return append(append(append(text, '"'), s...), '"')
	}
	return strconv.AppendQuote(text, s)
}

func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// formatEntries writes a map in the order of its keys.
func formatEntries(m map[string]string) string {
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

// invalid returns why no vendor can be sent the value, or "".
func (o FieldOp) invalid() string {
	switch {
	case o.Text != nil && o.Text.op == opSet:
		return invalidText(o.Text.value)
	case o.Amount != nil && o.Amount.op == opSet:
		return invalidAmount(o.Amount.value)
	case o.Time != nil && o.Time.op == opSet:
		return invalidTime(o.Time.value)
	case o.Entries != nil && o.Entries.op == opSet:
		return invalidEntries(o.Entries.value)
	}
	return ""
}

// invalidText refuses text that JSON cannot carry: its encoder would replace bytes.
func invalidText(s string) string {
	if !utf8.ValidString(s) {
		return jsontext.NotUTF8
	}
	return ""
}

func invalidAmount(d Decimal) string {
	if !d.IsSet() {
		return "amount is not set"
	}
	return ""
}

func invalidTime(t time.Time) string {
	switch year := t.UTC().Year(); {
	case t.IsZero():
		return "time is not set"
	case year < 1 || year > 9999:
		return "must be in the years 1 to 9999"
	}
	return ""
}

func invalidEntries(m map[string]string) string {
	if m == nil {
		return "map is nil: set an empty one, or clear the field"
	}
	for key, text := range m {
		if !utf8.ValidString(key) || !utf8.ValidString(text) {
			return "holds text that " + jsontext.NotUTF8
		}
	}
	return ""
}
