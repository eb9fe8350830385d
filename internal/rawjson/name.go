package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// nameOf returns the name of m with its escapes resolved. exact is false if the
// name is not valid Unicode: an unpaired surrogate or a byte that is not UTF-8
// is then U+FFFD, as in encoding/json.
func (m member) nameOf(doc []byte) (name string, exact bool) {
	quoted := doc[m.name.start+1 : m.name.end-1]
	if m.plain {
		return string(quoted), true
	}
	return jsontext.Unescape(quoted)
}

// named reports whether name is the name of m.
func (m *member) named(doc []byte, name string) bool {
	if m.plain {
		return string(doc[m.name.start+1:m.name.end-1]) == name
	}
	decoded, _ := m.nameOf(doc)
	return decoded == name
}

// nameBytes returns the result of [member.nameOf] as bytes that must not be
// modified.
func (m *member) nameBytes(doc []byte) []byte {
	if m.plain {
		return doc[m.name.start+1 : m.name.end-1]
	}
	name, _ := m.nameOf(doc)
	return []byte(name)
}

// appendName appends name to out as a JSON string. A name that is not UTF-8 is
// an error, because it would be encoded as another one.
func appendName(out []byte, name string) ([]byte, error) {
	if jsontext.IsPlain(name) {
		return append(append(append(out, '"'), name...), '"'), nil
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	quoted, err := encode(name)
	return append(out, quoted...), err
}

func checkName(name string) error {
	if !utf8.ValidString(name) {
		return fmt.Errorf("rawjson: the member name %.40q is not UTF-8", name)
	}
	return nil
}

// encode is json.Marshal without HTML escapes.
func encode(value any) ([]byte, error) {
	switch value := value.(type) {
	case string:
		if jsontext.IsPlain(value) {
			return append(append(append(make([]byte, 0, len(value)+2), '"'), value...), '"'), nil
		}
	case json.RawMessage:
		if value != nil && !bytes.ContainsAny(value, " \t\r\n") {
			return value, nil // Set checks it
		}
	}
	return jsontext.Encode(value)
}
