package rawjson

import "encoding/json"

// Decode decodes doc into the struct that into points to, as json.Unmarshal does. It
// returns copies of the members that the struct has no field for, each value byte for
// byte, or nil if there are none. doc must be one JSON object, and known the names of the
// struct's members.
//
// Unlike json.Unmarshal, it assigns a member to a field only if the names are equal,
// with escapes resolved. A name that occurs twice is an error, and so is an unknown name
// that is not valid Unicode. After an error the struct may be partly filled.
func Decode(doc []byte, into any, known ...string) (unknown map[string]json.RawMessage, err error) {
	rest, unknown, err := split(doc, known)
	if err != nil {
		return nil, err
	}
	return unknown, json.Unmarshal(rest, into)
}
