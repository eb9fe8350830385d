// Package change converts the fields of a credit.Patch from and to text, for
// command lines and files.
//
//	name, note           any text
//	total, balance,      a decimal number, kept exactly: 12.50
//	priority
//	starts_at,           an RFC 3339 time with its zone: 2027-01-01T00:00:00Z
//	expires_at
//	metadata             the whole map, as a JSON object of strings: {"plan":"gold"}
package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// ParseField returns the field with the name, such as "expires_at".
func ParseField(name string) (credit.Field, error) {
	if !slices.Contains(credit.Fields(), credit.Field(name)) {
		return "", fmt.Errorf("unknown field %q: use one of %s", name, fieldNames())
	}
	return credit.Field(name), nil
}

func fieldNames() string {
	var all []string
	for _, f := range credit.Fields() {
		all = append(all, string(f))
	}
	return strings.Join(all, ", ")
}

// Set parses text and sets the field. It returns an error if the patch already
// sets or clears the field.
func Set(p *credit.Patch, f credit.Field, text string) error {
	switch op := p.Op(f); {
	case op.Text != nil:
		return setField(op.Text, text, keepText)
	case op.Amount != nil:
		return setField(op.Amount, text, credit.ParseDecimal)
	case op.Time != nil:
		return setField(op.Time, text, parseTime)
	case op.Entries != nil:
		return setField(op.Entries, text, parseMetadata)
	}
	_, err := ParseField(string(f))
	return err
}

// Clear clears the field. It returns an error if the patch already sets or
// clears the field.
func Clear(p *credit.Patch, f credit.Field) error {
	if _, err := ParseField(string(f)); err != nil {
		return err
	}
	op := p.Op(f)
	if !op.IsZero() {
		return errDuplicateField
	}
	op.Clear()
	return nil
}

var errDuplicateField = errors.New("is given more than once")

func setField[T any](field *credit.Opt[T], text string, parse func(string) (T, error)) error {
	if !field.IsZero() {
		return errDuplicateField
	}
	v, err := parse(text)
	if err != nil {
		return err
	}
	*field = credit.Set(v)
	return nil
}

func keepText(s string) (string, error) { return s, nil }

// rfc3339 is stricter than time.Parse, which accepts an hour of one digit, an
// offset of a day and a comma, and truncates fractions of a nanosecond.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !rfc3339.MatchString(s) {
		return time.Time{}, fmt.Errorf("%q is not an RFC 3339 time with a zone, such as 2027-01-01T00:00:00Z", s)
	}
	return t, nil
}

func parseMetadata(s string) (map[string]string, error) {
	invalid := fmt.Errorf("%q is not a JSON object of strings, such as {\"plan\":\"gold\"}", s)
	var m map[string]*string
	d := json.NewDecoder(strings.NewReader(s))
	if err := d.Decode(&m); err != nil || m == nil {
		return nil, invalid
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, invalid
	}
	out, replaced := make(map[string]string, len(m)), 0
	for name, value := range m {
		if value == nil {
			return nil, invalid
		}
		out[name] = *value
		replaced += strings.Count(name+*value, replacement)
	}
	if n := countKeys(s); n != len(out) {
		return nil, fmt.Errorf("%q has a duplicate key", s)
	}
	if replaced > strings.Count(s, replacement)+strings.Count(strings.ToLower(s), `\ufffd`) {
		return nil, fmt.Errorf("%q contains invalid Unicode", s)
	}
	return out, nil
}

// replacement is what encoding/json decodes half of a surrogate pair, such as
// \ud83d alone, and invalid UTF-8 to.
const replacement = "\uFFFD"

// countKeys returns the number of keys in a flat JSON object, duplicates
// included.
func countKeys(s string) int {
	d, n := json.NewDecoder(strings.NewReader(s)), 0
	for {
		if _, err := d.Token(); err != nil {
			return (n - 2) / 2 // without the braces; each key has a value
		}
		n++
	}
}

// Texts returns the fields that a patch sets, as Set accepts them, and those that it
// clears.
func Texts(p credit.Patch) (set map[credit.Field]string, cleared []credit.Field) {
	set = make(map[credit.Field]string)
	for f, op := range p.All() {
		if op.IsClear() {
			cleared = append(cleared, f)
			continue
		}
		set[f] = format(op)
	}
	return set, cleared
}

func format(op credit.FieldOp) string {
	switch {
	case op.Text != nil:
		text, _ := op.Text.Get()
		return text
	case op.Amount != nil:
		amount, _ := op.Amount.Get()
		return amount.String()
	case op.Time != nil:
		t, _ := op.Time.Get()
		return formatTime(t)
	}
	entries, _ := op.Entries.Get()
	return formatMetadata(entries)
}

// formatTime formats t in UTC: an offset with seconds would be truncated.
func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func formatMetadata(m map[string]string) string {
	text, _ := jsonline.Encode(m) // a map of strings always encodes
	return string(text)
}
