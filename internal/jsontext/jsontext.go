// Package jsontext reads and writes single JSON strings and values for the packages
// that keep JSON as text. It needs the standard library only.
package jsontext

import (
	"bytes"
	"encoding/json"
)

// NotUTF8 is the reason of a refused text that JSON cannot contain as it is.
const NotUTF8 = "is not valid UTF-8"

// IsPlain reports whether text can stand between quotation marks as it is, in JSON
// and in Go: it is printable ASCII without quotation marks and backslashes.
func IsPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Unquote returns the content of a JSON string, and "" for null. Any other JSON
// value is an error.
func Unquote(data []byte) (string, error) {
	if last := len(data) - 1; last > 0 && data[0] == '"' && data[last] == '"' && IsPlain(data[1:last]) {
		return string(data[1:last]), nil
	}
	return decodeString(data)
}

// decodeString is a function of its own so that Unquote's fast path does not
// allocate.
func decodeString(data []byte) (content string, err error) {
	err = json.Unmarshal(data, &content) // null leaves it empty
	return content, err
}

// Encode returns v as JSON without a line break at its end. Unlike json.Marshal it
// does not escape <, > and &. A json.RawMessage in v is compacted.
func Encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
