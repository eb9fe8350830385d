package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsontext"
)

// replacements are what encoding/json writes for a byte that is not UTF-8: an
// escape up to go1.26, and the character itself from go1.27 on. Sending one would
// change the text.
var replacements = [][]byte{[]byte(`\ufffd`), []byte("\ufffd")}

// encode returns a request's body as JSON. The error names the member that cannot
// be encoded, and never quotes its value.
func (op *Operation) encode(vendor string, body any) ([]byte, error) {
	if raw, ok := body.(json.RawMessage); ok {
		return raw, nil // encoded already
	}
	data, err := op.marshal(body)
	if err != nil {
		member, cause := findUnencodable(reflect.ValueOf(body))
		return nil, Invalid(vendor, cmp.Or(member, "body"), encodeReason(cmp.Or(cause, err)))
	}
	if slices.ContainsFunc(replacements, func(mark []byte) bool { return bytes.Contains(data, mark) }) {
		if member, found := findInvalidUTF8(reflect.ValueOf(body)); found {
			return nil, Invalid(vendor, cmp.Or(member, "body"), jsontext.NotUTF8)
		}
	}
	return data, nil
}

// marshal returns the JSON of a body. Raw JSON inside the body, such as an unknown
// member of a record that was read, stays byte for byte.
func (op *Operation) marshal(body any) ([]byte, error) {
	if op.Encode != nil {
		if data, ok := op.Encode(body); ok {
			return data, nil
		}
	}
	if marshaler, ok := body.(json.Marshaler); ok {
		if data, err := marshaler.MarshalJSON(); err == nil {
			return data, nil // json.Marshal would compact it
		}
	}
	return json.Marshal(body)
}

func encodeReason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		return invalid.Reason
	}
	return "cannot be written as JSON"
}

// findUnencodable returns the path of the member that json.Marshal fails on, and
// that member's own error. json.Marshal's error does not name the member.
func findUnencodable(v reflect.Value) (member string, err error) {
	if _, err = json.Marshal(v.Interface()); err == nil {
		return "", nil
	}
	for name, part := range children(v) {
		if below, cause := findUnencodable(part); cause != nil {
			return joinPath(name, below), cause
		}
	}
	return "", err
}

// findInvalidUTF8 returns the path of a string that is not UTF-8.
func findInvalidUTF8(v reflect.Value) (member string, found bool) {
	if v.Kind() == reflect.String {
		return "", !utf8.ValidString(v.String())
	}
	for name, part := range children(v) {
		if !utf8.ValidString(name) {
			return "", true
		}
		if below, found := findInvalidUTF8(part); found {
			return joinPath(name, below), true
		}
	}
	return "", false
}
