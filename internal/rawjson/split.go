package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// split takes the members out of doc that a struct has no field for. doc must
// be one JSON object. A member belongs to known when its name, escapes
// resolved, is exactly one of them: "Dup" does not belong to "dup", though
// encoding/json would decode it into that field.
//
// rest is what to decode: doc itself when there is nothing to take out (no copy
// is made), else an object of the known members that stay in their order, each
// byte for byte. unknown holds copies of the other values, byte for byte, and is
// nil when there are none.
//
// A name that occurs twice is an error, in known and unknown members alike:
// neither a struct nor a map holds two values, and to drop one in silence would
// be to guess. So is an unknown name that no Go string can hold (half of a
// surrogate pair), since it would be written back as another name. split
// accepts nothing that encoding/json refuses.
func split(doc []byte, known []string) (rest []byte, unknown map[string]json.RawMessage, err error) {
	var s jsonenc.Scanner
	s.Reset(doc)
	seen := make(map[string]bool)
	end := bytes.IndexByte(doc, '{') + 1 // of what stays, before the first member that does not
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

// appendMember adds a member behind the ones an unfinished object has.
func appendMember(object, member []byte, first bool) []byte {
	if !first {
		object = append(object, ',')
	}
	return append(object, member...)
}
