package credit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// An objectWriter writes a JSON object. Its first error stays.
type objectWriter struct {
	text []byte
	err  error
}

// member writes a member. The name must need no escape.
func (w *objectWriter) member(name string, value []byte, err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", name, err)
	}
	if w.err != nil {
		return
	}
	separator := byte(',')
	if len(w.text) == 0 {
		separator = '{'
	}
	w.text = append(append(w.text, separator, '"'), name...)
	w.text = append(append(w.text, '"', ':'), value...)
}

// string writes a member with a text, unless the text is empty.
func (w *objectWriter) string(name, text string) {
	if text != "" {
		value, err := encodeText(text)
		w.member(name, value, err)
	}
}

// raw writes a member with JSON text, unless there is none.
func (w *objectWriter) raw(name string, value json.RawMessage) {
	if len(value) > 0 {
		value, err := checkRaw(value)
		w.member(name, value, err)
	}
}

// checkRaw returns an error if value is not JSON.
func checkRaw(value json.RawMessage) (json.RawMessage, error) {
	switch {
	case !json.Valid(value):
		return nil, errors.New("is not JSON")
	case !utf8.Valid(value): // json.Valid accepts it
		return nil, errors.New(jsontext.NotUTF8)
	}
	return value, nil
}

// end returns the object, or the first error.
func (w *objectWriter) end() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	if len(w.text) == 0 {
		return []byte("{}"), nil
	}
	return append(w.text, '}'), nil
}

// decodeObject calls decode for each member of a JSON object. Names that repeat, or
// that are not valid Unicode, are errors. An error of decode gets the name in front.
func decodeObject(data []byte, decode func(name string, value json.RawMessage) error) error {
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return wrongType(data, "an object")
	}
	seen := map[string]bool{}
	for d.More() {
		start := d.InputOffset()
		if _, err := d.Token(); err != nil {
			return err
		}
		name, err := decodeText(bytes.TrimLeft(data[start:d.InputOffset()], ", \t\r\n"))
		if err != nil {
			return fmt.Errorf("a member's name %w", err)
		}
		if seen[name] {
			return fmt.Errorf("%s: occurs twice", quoteName(name))
		}
		seen[name] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := decode(name, value); err != nil {
			return fmt.Errorf("%s: %w", quoteName(name), err)
		}
	}
	return nil
}

var errUnknownMember = errors.New("unknown name")

// quoteName quotes a name that would be hard to read in an error, and shortens it.
func quoteName(name string) string {
	if len(name) <= 40 && jsontext.IsPlain(name) && name != "" && !strings.ContainsAny(name, " :") {
		return name
	}
	return fmt.Sprintf("%.40q", name)
}

// wrongType is the error of a JSON value that has another type than want. It does not
// quote the value, which may be a customer's.
func wrongType(value json.RawMessage, want string) error {
	got := "a number"
	if value = bytes.TrimLeft(value, " \t\r\n"); len(value) > 0 {
		switch value[0] {
		case '{':
			got = "an object"
		case '[':
			got = "an array"
		case '"':
			got = "a string"
		case 't', 'f':
			got = "a boolean"
		case 'n':
			got = "null"
		}
	}
	return fmt.Errorf("must be %s, got %s", want, got)
}

func isNull(value json.RawMessage) bool { return string(value) == "null" }

// encodeText writes a JSON string. A text that is not UTF-8 is an error, because the
// encoder would replace bytes.
func encodeText(text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New(jsontext.NotUTF8)
	}
	return jsontext.Encode(text)
}

// decodeText reads a valid JSON value that must be a string. A string that is not valid
// Unicode is an error, because the decoder would replace a part of it.
func decodeText(value json.RawMessage) (string, error) {
	if len(value) < 2 || value[0] != '"' {
		return "", wrongType(value, "a string")
	}
	text, exact := jsontext.Unescape(value[1 : len(value)-1])
	if !exact {
		return "", errors.New("holds invalid Unicode: bytes that are not UTF-8, or half of a surrogate pair")
	}
	return text, nil
}

// decodeTime reads an RFC 3339 time. It refuses what time.Parse accepts
// beyond RFC 3339, and digits that it would drop.
func decodeTime(value json.RawMessage) (time.Time, error) {
	text, err := decodeText(value)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !isRFC3339(text) {
		return time.Time{}, errors.New("must be an RFC 3339 time with a zone and at most 9 decimal places, such as 2027-01-01T00:00:00Z")
	}
	return t.UTC(), nil
}

// isRFC3339 reports whether text has the form of an RFC 3339 time that a [time.Time] can
// hold, without checking the ranges of the date and the time.
func isRFC3339(text string) bool {
	const dateTime, offset = "0000-00-00T00:00:00", "+00:00"
	if len(text) < len(dateTime) || !hasShape(text[:len(dateTime)], dateTime) {
		return false
	}
	zone := text[len(dateTime):]
	if fraction, found := strings.CutPrefix(zone, "."); found {
		var digits string
		if digits, zone = cutDigits(fraction); digits == "" || len(digits) > 9 {
			return false
		}
	}
	if west, found := strings.CutPrefix(zone, "-"); found {
		zone = "+" + west
	}
	return zone == "Z" || hasShape(zone, offset) && zone[1:3] < "24" && zone[4:] < "60"
}

// hasShape reports whether text has a digit wherever shape has a 0, and otherwise the
// bytes of shape.
func hasShape(text, shape string) bool {
	if len(text) != len(shape) {
		return false
	}
	for i := range len(shape) {
		isDigit := '0' <= text[i] && text[i] <= '9'
		if shape[i] == '0' && !isDigit || shape[i] != '0' && text[i] != shape[i] {
			return false
		}
	}
	return true
}

func encodeEntries(entries map[string]string) ([]byte, error) {
	if reason := invalidEntries(entries); reason != "" {
		return nil, errors.New(reason)
	}
	return jsontext.Encode(entries)
}

func decodeEntries(value json.RawMessage) (map[string]string, error) {
	if value[0] != '{' {
		return nil, wrongType(value, "an object of strings")
	}
	entries := map[string]string{}
	err := decodeObject(value, func(name string, value json.RawMessage) error {
		text, err := decodeText(value)
		entries[name] = text
		return err
	})
	return entries, err
}

// encodeWord returns the text of v, which must be one of all.
func encodeWord[T comparable](name string, v T, all ...T) ([]byte, error) {
	if !slices.Contains(all, v) {
		return nil, fmt.Errorf("credit: unknown %s", name)
	}
	return []byte(fmt.Sprint(v)), nil
}

// decodeWord sets v to the one of all that has the text.
func decodeWord[T any](name string, text []byte, v *T, all ...T) error {
	for _, known := range all {
		if fmt.Sprint(known) == string(text) {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("credit: unknown %s %.40q", name, text)
}

// decodeJSONWord calls unmarshal with the content of a JSON string.
func decodeJSONWord(data []byte, unmarshal func(text []byte) error) error {
	if !json.Valid(data) {
		return errors.New("credit: not JSON")
	}
	text, err := decodeText(bytes.TrimSpace(data))
	if err != nil {
		return fmt.Errorf("credit: %w", err)
	}
	return unmarshal([]byte(text))
}
