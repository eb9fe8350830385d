package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// Decode decodes doc into the struct that into points to, as json.Unmarshal does. It
// returns copies of the members that the struct has no field for, each value byte for
// byte, or nil if there are none. doc must be one JSON object, and known the names of the
// struct's members.
//
// Unlike json.Unmarshal, it assigns a member to a field only if the names are equal,
// with escapes resolved. A name that occurs twice is an error, and so is an unknown name
// that is not valid Unicode. After an error the struct may be partly filled.
func Decode(doc []byte, into any, known ...string) (unknown map[string]json.RawMessage, err error) {
	rest, unknown, err := splitUnknown(doc, known)
	if err != nil {
		return nil, err
	}
	return unknown, json.Unmarshal(rest, into)
}

// splitUnknown separates the members of doc that a struct has no field for. doc must be one JSON
// object. A member is known if its name, escapes resolved, is exactly one of known: "Dup"
// is not "dup", although encoding/json would decode it into that field.
//
// rest is the document to decode: doc itself if there is no unknown member, otherwise an
// object of the known members in their order, each byte for byte. unknown contains copies
// of the other values, byte for byte, and is nil if there are none.
//
// A name that occurs twice is an error, known or unknown, because neither a struct nor a
// map can hold both values. So is an unknown name that no Go string can represent, an
// unpaired surrogate, because it would be written back as another name. Invalid JSON is
// an error.
func splitUnknown(doc []byte, known []string) (rest []byte, unknown map[string]json.RawMessage, err error) {
	var s jsonenc.Scanner
	s.Reset(doc)
	seen := make(map[string]bool)
	end := bytes.IndexByte(doc, '{') + 1 // of the members that stay, before the first that does not
	empty := true                        // nothing stays yet
	for s.Enter('{'); s.Member(); {
		m := readMember(&s)
		name, exact := m.nameOf(doc)
		if seen[name] {
			return nil, nil, fmt.Errorf("rawjson: byte %d: member %.40q occurs twice", m.name.start, name)
		}
		seen[name] = true
		if slices.Contains(known, name) {
			if rest == nil {
				end = m.value.end
			} else {
				rest = appendMember(rest, doc[m.name.start:m.value.end], empty)
			}
			empty = false
			continue
		}
		if !exact {
			return nil, nil, fmt.Errorf("rawjson: byte %d: a member name that is not Unicode", m.name.start)
		}
		if rest == nil {
			rest = append(make([]byte, 0, len(doc)), doc[:end]...)
			unknown = make(map[string]json.RawMessage)
		}
		unknown[name] = bytes.Clone(doc[m.value.start:m.value.end])
	}
	if !s.End() {
		return nil, nil, errorAt(&s)
	}
	if rest == nil {
		return doc, nil, nil
	}
	return append(rest, '}'), unknown, nil
}

// appendMember appends a member to an unfinished object.
func appendMember(object, member []byte, first bool) []byte {
	if !first {
		object = append(object, ',')
	}
	return append(object, member...)
}
