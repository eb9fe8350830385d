// Package jsonline encodes values as lines of JSON that people read too: <, > and &
// are not escaped, because the output is not HTML.
package jsonline

import (
	"bytes"
	"encoding/json"
	"io"
)

// NewEncoder returns an encoder that writes each value to w as one line.
func NewEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// Encode returns v as one line of JSON, without the line break at its end.
func Encode(v any) ([]byte, error) {
	var line bytes.Buffer
	if err := NewEncoder(&line).Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line.Bytes(), []byte("\n")), nil
}
