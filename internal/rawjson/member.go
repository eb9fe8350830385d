package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/jsonenc"
	"github.com/creditkit/creditkit/internal/jsontext"
)

// A span is the part of a document from start to end, exclusive.
type span struct{ start, end int }

// A member is one name and value of an object. The span of the name includes the
// quotes.
type member struct {
	name, value span
	plain       bool // the name is ASCII without escapes
}

// readMember reads the member at the scanner's position.
func readMember(s *jsonenc.Scanner) (m member) {
	m.name.start, m.name.end, m.plain = s.NameSpan()
	m.value.start = s.Pos()
	s.Skip()
	m.value.end = s.Pos()
	return m
}

// errorAt returns the error of a text that is not one JSON object. It does not
// quote the text, which may be a customer's.
func errorAt(s *jsonenc.Scanner) error {
	return fmt.Errorf("rawjson: byte %d: not a JSON object", s.Pos())
}

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

// hasName reports whether name is the name of m.
func (m *member) hasName(doc []byte, name string) bool {
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
	quoted, err := encodeValue(name)
	return append(out, quoted...), err
}

func checkName(name string) error {
	if !utf8.ValidString(name) {
		return fmt.Errorf("rawjson: the member name %.40q is not UTF-8", name)
	}
	return nil
}

// encodeValue is json.Marshal without HTML escapes.
func encodeValue(value any) ([]byte, error) {
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
