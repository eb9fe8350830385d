package rawjson

import "encoding/json"

// Decode decodes doc into the struct that into points to, as json.Unmarshal
// does, and returns copies of the members that it has no field for, each value
// byte for byte, or nil when there are none. doc must be one JSON object, and
// known the names of the struct's members.
//
// Other than with json.Unmarshal a member belongs to a field when its name,
// escapes resolved, is exactly the field's. A name that occurs twice is an
// error, and so is an unknown name that is not Unicode. After an error the
// struct may be filled in part.
func Decode(doc []byte, into any, known ...string) (unknown map[string]json.RawMessage, err error) {
	rest, unknown, err := split(doc, known)
	if err != nil {
		return nil, err
	}
	return unknown, json.Unmarshal(rest, into)
}
