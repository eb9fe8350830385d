package rawjson

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Object is the text of a JSON object whose members can be read one at a time.
// It never changes; [Object.With] gives the text of another one. The zero Object
// is {}.
type Object struct {
	doc     []byte
	members []member
}

// Parse returns the object in doc, which it copies. It accepts exactly the
// objects that json.Valid accepts, with white space around them, and nothing
// else behind them. A name that occurs twice is kept twice; [Object.Find]
// tells.
func Parse(doc []byte) (*Object, error) {
	members, err := scanMembers(doc)
	if err != nil {
		return nil, err
	}
	return &Object{doc: bytes.Clone(doc), members: members}, nil
}

func scanMembers(doc []byte) ([]member, error) {
	const most = 64 // to begin with
	members := make([]member, 0, min(bytes.Count(doc, []byte(`":`)), most))
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
// write to it.
func (o *Object) Bytes() []byte {
	if o.doc == nil {
		return []byte("{}")
	}
	return slices.Clip(o.doc)
}

// Names returns the names of the members, in order, once escapes are resolved. A
// name that occurs twice is there twice.
func (o *Object) Names() []string {
	names := make([]string, len(o.members))
	for i := range o.members {
		names[i], _ = o.members[i].nameOf(o.doc)
	}
	return names
}

// Find returns the text of the value that name has, and how many members have
// that name: more than 1 in an object that different readers will understand
// differently. The value is then that of the last, which is also the one that
// encoding/json decodes. The text is shared with o, as that of Bytes is.
//
// Here and below a name is what it says once escapes are resolved: "\u0061" is
// "a", and "A" is another name.
func (o *Object) Find(name string) (value json.RawMessage, n int) {
	for i := range o.members {
		if m := &o.members[i]; m.named(o.doc, name) {
			value = json.RawMessage(slices.Clip(o.doc[m.value.start:m.value.end]))
			n++
		}
	}
	return value, n
}
