package drivertest

import (
	"encoding/json"
	"errors"
	"maps"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// An object is a JSON object whose values stay as they came, so that no number is
// rounded.
type object map[string]json.RawMessage

func parseObject(doc []byte) (object, error) {
	var o object
	if err := json.Unmarshal(doc, &o); err != nil {
		return nil, err
	}
	if o == nil {
		return nil, errors.New("null is not a JSON object")
	}
	return o, nil
}

// with returns a copy of o with the members of other over its own.
func (o object) with(other object) object {
	c := object{}
	maps.Copy(c, o)
	maps.Copy(c, other)
	return c
}

func (o object) json() json.RawMessage { return encode(o) }

// encode returns v, which is part of a JSON document, as JSON.
func encode(v any) json.RawMessage {
	text, err := jsontext.Encode(v)
	if err != nil {
		panic("drivertest: " + err.Error())
	}
	return text
}
