package rawjson

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
)

// Object is the text of a JSON object whose members can be read, replaced and
// removed one at a time. What is not touched stays byte for byte. The zero
// Object is {}. An Object is not safe for use by several goroutines while one
// of them changes it.
type Object struct {
	doc     []byte // replaced by a change, never written to
	members []member
}

// Parse returns the object in doc, which it copies. It accepts exactly the
// objects that json.Valid accepts, with white space around them, and nothing
// else behind them. A name that occurs twice is kept twice; [Object.Count]
// tells.
func Parse(doc []byte) (*Object, error) {
	members, err := scanMembers(doc)
	if err != nil {
		return nil, err
	}
	return &Object{doc: bytes.Clone(doc), members: members}, nil
}

func scanMembers(doc []byte) ([]member, error) {
	var members []member
	for s := (scanner{doc: doc}); ; {
		m, ok, err := s.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return members, nil
		}
		members = append(members, m)
	}
}

// Bytes returns the text of the object. It is shared with o: read it, do not
// write to it. A later change of o does not change it.
func (o *Object) Bytes() []byte {
	if o.doc == nil {
		return []byte("{}")
	}
	return slices.Clip(o.doc)
}

// Get returns the text of the value that name has, and whether there is such a
// member. Of a name that occurs twice it is the last, which is also the one
// that encoding/json decodes. The text is shared with o, as that of Bytes is.
//
// Here and below a name is what it says once escapes are resolved: "\u0061" is
// "a", and "A" is another name.
func (o *Object) Get(name string) (json.RawMessage, bool) {
	for _, m := range slices.Backward(o.members) {
		if m.named(o.doc, name) {
			return json.RawMessage(slices.Clip(o.doc[m.value.start:m.value.end])), true
		}
	}
	return nil, false
}

// Count returns how many members have the name: more than 1 in an object that
// different readers will understand differently.
func (o *Object) Count(name string) int {
	n := 0
	for _, m := range o.members {
		if m.named(o.doc, name) {
			n++
		}
	}
	return n
}

// Names returns the names of the members in their order, each as often as it
// occurs. A change made while ranging over them does not show.
func (o *Object) Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		doc, members := o.doc, o.members
		for _, m := range members {
			if name, _ := m.nameOf(doc); !yield(name) {
				return
			}
		}
	}
}
