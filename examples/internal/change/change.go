// Package change reads and writes a credit.Patch as text, field by field: the
// form that a shell and a file have it in.
//
//	name, note           any text
//	total, balance,      a decimal number, every digit of which counts: 12.50
//	priority
//	starts_at,           an instant of RFC 3339 with its zone: 2027-01-01T00:00:00Z
//	expires_at
//	metadata             the whole map, as a JSON object of strings: {"plan":"gold"}
package change

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// ParseField finds a field by its name, as in "expires_at".
func ParseField(name string) (credit.Field, error) {
	if !slices.Contains(credit.Fields(), credit.Field(name)) {
		return "", fmt.Errorf("there is no field %q; there are %s", name, names())
	}
	return credit.Field(name), nil
}

func names() string {
	var all []string
	for _, f := range credit.Fields() {
		all = append(all, string(f))
	}
	return strings.Join(all, ", ")
}

// Set puts the value that text spells into the patch. A field that the patch
// has already is refused: one of the two would be lost.
func Set(p *credit.Patch, f credit.Field, text string) error {
	switch op := p.Op(f); {
	case op.Text != nil:
		return put(op.Text, text, verbatim)
	case op.Amount != nil:
		return put(op.Amount, text, credit.ParseDecimal)
	case op.Time != nil:
		return put(op.Time, text, parseTime)
	case op.Entries != nil:
		return put(op.Entries, text, parseMetadata)
	}
	_, err := ParseField(string(f))
	return err
}

// Clear empties the field.
func Clear(p *credit.Patch, f credit.Field) error {
	if _, err := ParseField(string(f)); err != nil {
		return err
	}
	op := p.Op(f)
	if !op.IsZero() {
		return errTwice
	}
	op.Clear()
	return nil
}

var errTwice = errors.New("is asked for twice")

func put[T any](field *credit.Opt[T], text string, parse func(string) (T, error)) error {
	if !field.IsZero() {
		return errTwice
	}
	v, err := parse(text)
	if err != nil {
		return err
	}
	*field = credit.Set(v)
	return nil
}

func verbatim(s string) (string, error) { return s, nil }

// rfc3339 is stricter than time.Parse, which takes an hour of one digit, an
// offset of a day and a comma, and cuts what is finer than a nanosecond.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !rfc3339.MatchString(s) {
		return time.Time{}, fmt.Errorf("%q is no instant of RFC 3339 with its zone, such as 2027-01-01T00:00:00Z", s)
	}
	return t, nil
}

func parseMetadata(s string) (map[string]string, error) {
	wrong := fmt.Errorf("%q is no JSON object of strings, such as {\"plan\":\"gold\"}", s)
	var m map[string]*string
	d := json.NewDecoder(strings.NewReader(s))
	if err := d.Decode(&m); err != nil || m == nil {
		return nil, wrong
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong
	}
	out, replaced := make(map[string]string, len(m)), 0
	for name, value := range m {
		if value == nil {
			return nil, wrong
		}
		out[name] = *value
		replaced += strings.Count(name+*value, replacement)
	}
	if n := members(s); n != len(out) {
		return nil, fmt.Errorf("%q names a member twice", s)
	}
	if replaced > strings.Count(s, replacement)+strings.Count(strings.ToLower(s), `\ufffd`) {
		return nil, fmt.Errorf("%q holds what is no whole character", s)
	}
	return out, nil
}

// replacement is what the decoder puts in the place of half a surrogate pair,
// such as \ud83d alone, and of bytes that are no UTF-8.
const replacement = "\uFFFD"

// members counts the names of a flat object: a map keeps the last of two.
func members(s string) int {
	d, n := json.NewDecoder(strings.NewReader(s)), 0
	for {
		if _, err := d.Token(); err != nil {
			return (n - 2) / 2 // without the braces, and each has a value
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

// formatTime writes in UTC: an offset that is not of whole minutes would move the
// instant.
func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func formatMetadata(m map[string]string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(m) // a map of strings always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
