package rawjson

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// Object is the text of a JSON object whose members can be read one at a time.
// It never changes; [Object.With] gives the text of another one. The zero Object
// is {}.
type Object struct {
	doc     []byte
	members []member
}

// Parse returns the object in doc, which must not change any more. It accepts
// exactly the objects that json.Valid accepts, with white space around them, and nothing
// else behind them. A name that occurs twice is kept twice; [Object.Find]
// tells.
func Parse(doc []byte) (*Object, error) {
	members, err := scanMembers(doc)
	if err != nil {
		return nil, err
	}
	return &Object{doc: doc, members: members}, nil
}

// A span is the part of a document from start up to, but not including, end.
type span struct{ start, end int }

// A member is one name and value of an object. The span of the name has the
// quotes in it.
type member struct {
	name, value span
	plain       bool // the name is ASCII without escapes
}

func scanMembers(doc []byte) ([]member, error) {
	members := make([]member, 0, min(16+len(doc)/64, 64)) // enough for most records
	var s jsonenc.Scanner
	s.Reset(doc)
	for s.Enter('{'); s.Member(); {
		members = append(members, readMember(&s))
	}
	if !s.End() {
		return nil, errorAt(&s)
	}
	return members, nil
}

// readMember reads the value of the member that s stands at.
func readMember(s *jsonenc.Scanner) (m member) {
	m.name.start, m.name.end, m.plain = s.NameSpan()
	m.value.start = s.Pos()
	s.Skip()
	m.value.end = s.Pos()
	return m
}

// errorAt is the error of a text that is not one JSON object. It does not quote
// the text, which may be a customer's.
func errorAt(s *jsonenc.Scanner) error {
	return fmt.Errorf("rawjson: byte %d: not a JSON object", s.Pos())
}

// Bytes returns the text of the object. It is shared with o: read it, do not
// write to it.
func (o *Object) Bytes() []byte {
	if o.doc == nil {
		return []byte("{}")
	}
	return slices.Clip(o.doc)
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
