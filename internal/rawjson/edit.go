package rawjson

import (
	"bytes"
	"fmt"
	"slices"
)

// Set gives the member the value, encoded as json.Marshal does it but without
// the escapes for HTML; a nil value is null. The new text takes the place of
// the old one, and nothing else changes: not even how the name is spelled. A
// member that is missing is added behind the last one.
//
// It is an error, and nothing changes, when the name occurs twice (which of the
// two is meant?), when the value cannot be encoded or nests too deep, and when
// a name to be added is not UTF-8.
func (o *Object) Set(name string, value any) error {
	encoded, err := encode(value)
	if err != nil {
		return fmt.Errorf("rawjson: member %.40q: %w", name, err)
	}
	if err := valid(encoded, 1); err != nil {
		return fmt.Errorf("rawjson: member %.40q: %w", name, err)
	}
	if o.Count(name) > 1 {
		return fmt.Errorf("rawjson: member %.40q occurs twice", name)
	}
	i := o.index(name)
	if i < 0 {
		return o.add(name, encoded)
	}
	o.replace(o.members[i].value, encoded)
	return nil
}

// Delete removes the member, the white space within it, and one comma: the one
// before it or, for the first member, the one behind it. Every other byte
// stays. A name that occurs twice is removed twice; one that does not occur is
// no error.
func (o *Object) Delete(name string) {
	for i := o.index(name); i >= 0; i = o.index(name) {
		m := o.members[i]
		o.members = slices.Delete(slices.Clone(o.members), i, i+1)
		o.replace(span{m.name.start, m.value.end}, nil)
		if len(o.members) == 0 {
			return
		}
		// Between two members there is nothing but white space and a comma.
		from := m.name.start
		if i > 0 {
			from = o.members[i-1].value.end
		}
		comma := from + bytes.IndexByte(o.doc[from:], ',')
		o.replace(span{comma, comma + 1}, nil)
	}
}

// index returns the place of the first member with the name, or -1.
func (o *Object) index(name string) int {
	return slices.IndexFunc(o.members, func(m member) bool { return m.named(o.doc, name) })
}

// add puts a member behind the last one, or behind the opening brace.
func (o *Object) add(name string, value []byte) error {
	doc := o.Bytes()
	at := bytes.IndexByte(doc, '{') + 1
	var text []byte
	if n := len(o.members); n > 0 {
		at = o.members[n-1].value.end
		text = append(text, ',')
	}
	s := scanner{pos: at + len(text)}
	text, err := appendName(text, name)
	if err != nil {
		return err
	}
	text = append(append(text, ':'), value...)
	s.doc = slices.Concat(doc[:at], text, doc[at:])
	added, err := s.member(1)
	if err != nil {
		return err
	}
	o.doc, o.members = s.doc, append(slices.Clip(o.members), added)
	return nil
}

// replace puts text in the place of a part of the document, in a copy, so that
// what Get and Bytes gave out before stays as it was. Members behind that part
// move along.
func (o *Object) replace(old span, text []byte) {
	o.doc = slices.Concat(o.doc[:old.start], text, o.doc[old.end:])
	moved := len(text) - (old.end - old.start)
	members := slices.Clone(o.members)
	for i := range members {
		m := &members[i]
		m.name.move(old.end, moved)
		m.value.move(old.end, moved)
	}
	o.members = members
}

// move shifts the ends of s that are at or behind a place.
func (s *span) move(place, by int) {
	if s.start >= place {
		s.start += by
	}
	if s.end >= place {
		s.end += by
	}
}
