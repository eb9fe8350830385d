package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Append is the way back from [Split]: it returns doc, which must be one JSON
// object, with the unknown members added at its end, in the order of their
// names, each value byte for byte. Without unknown members it returns doc as it
// is; otherwise the result is a new slice and doc stays untouched.
//
// It is an error when an unknown member has one of the known names, or a name
// that doc has already, for then one name would go out with two values; when
// a value is not JSON; and when a name is not UTF-8.
func Append(doc []byte, unknown map[string]json.RawMessage, known ...string) ([]byte, error) {
	if len(unknown) == 0 {
		return doc, nil
	}
	object, err := scanMembers(doc)
	if err != nil {
		return nil, err
	}
	size := len(doc)
	for name, value := range unknown {
		if slices.Contains(known, name) || slices.ContainsFunc(object, func(m member) bool { return m.named(doc, name) }) {
			return nil, fmt.Errorf("rawjson: member %.40q would be sent twice", name)
		}
		if err := valid(value, 1); err != nil {
			return nil, fmt.Errorf("rawjson: the value of member %.40q is not JSON: %w", name, err)
		}
		size += len(name) + len(value) + len(`,"":`)
	}
	closing := bytes.LastIndexByte(doc, '}')
	out := append(make([]byte, 0, size), doc[:closing]...)
	for i, name := range slices.Sorted(maps.Keys(unknown)) {
		if i > 0 || len(object) > 0 {
			out = append(out, ',')
		}
		if out, err = appendName(out, name); err != nil {
			return nil, err
		}
		out = append(append(out, ':'), unknown[name]...)
	}
	return append(out, doc[closing:]...), nil
}
