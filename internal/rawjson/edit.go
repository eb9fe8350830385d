package rawjson

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// An Edit changes one member: see [Set], [Drop] and [DropMatching].
type Edit struct {
	name  string
	match func(name []byte) bool // instead of a name
	value []byte                 // nil: the member is removed
	found bool                   // set by With: the object has the member
}

// Set sets a member to value, encoded as json.Marshal does but without HTML escapes; nil
// is null. The new text replaces the old value and keeps the spelling of the name. A
// missing member is added after the last one that stays.
//
// It is an error if the value cannot be encoded or is nested too deep, and if the name
// is not UTF-8.
func Set(name string, value any) (Edit, error) {
	if err := checkName(name); err != nil {
		return Edit{}, err
	}
	encoded, err := encodeValue(value)
	if err == nil && !jsonenc.Valid(encoded, 1) {
		err = errTooDeep
	}
	if err != nil {
		return Edit{}, fmt.Errorf("rawjson: member %.40q: %w", name, err)
	}
	return Edit{name: name, value: encoded}, nil
}

var errTooDeep = errors.New("the value is nested too deep")

// Drop removes a member, the white space within it, and one comma: the one
// before it or, if no member stays before it, the one after it. A missing member
// is not an error.
func Drop(name string) Edit { return Edit{name: name} }

// DropMatching removes the members whose names match, as [Drop] does. match
// receives the name with its escapes resolved.
func DropMatching(match func(name []byte) bool) Edit { return Edit{match: match} }

// With returns the text of the object doc with the edits applied, in one scan and one
// copy. It keeps every other byte, and does not modify doc. A name that occurs twice is
// set or removed twice. Of two edits of one name the last one applies.
//
// Names are compared with their escapes resolved: "\u0061" is "a". They are
// case-sensitive. It is an error if doc is not an object that encoding/json accepts.
func With(doc []byte, edits ...Edit) ([]byte, error) {
	e := editor{doc: doc, edits: slices.Clone(edits), out: make([]byte, 0, len(doc)+sizeHint(edits)), empty: true}
	e.copyTo(bytes.IndexByte(doc, '{') + 1)
	e.stays = len(e.out)
	var s jsonenc.Scanner
	s.Reset(doc)
	first := true
	for s.Enter('{'); s.Member(); first = false {
		e.editMember(readMember(&s), first)
	}
	if !s.End() {
		return nil, errorAt(&s)
	}
	e.copyTo(len(doc))
	return slices.Insert(e.out, e.stays, e.missingMembers()...), nil
}

// An editor copies a document, member by member.
type editor struct {
	doc    []byte
	edits  []Edit
	out    []byte
	copied int  // the end of the part of doc that is copied or dropped
	stays  int  // the end in out of the last member that stays
	empty  bool // no member stays so far
}

func (e *editor) copyTo(end int) {
	e.out = append(e.out, e.doc[e.copied:end]...)
	e.copied = end
}

func (e *editor) editMember(m member, first bool) {
	edit := e.editOf(&m)
	drops := edit != nil && edit.value == nil
	if !first && (drops || e.empty) {
		// Between two members there is nothing but white space and a comma.
		e.copyTo(e.copied + bytes.IndexByte(e.doc[e.copied:], ','))
		e.copied++
	}
	if drops {
		e.copyTo(m.name.start)
		e.copied = m.value.end
		return
	}
	if edit != nil {
		e.copyTo(m.value.start)
		e.out = append(e.out, edit.value...)
		e.copied = m.value.end
	}
	e.copyTo(m.value.end)
	e.stays, e.empty = len(e.out), false
}

// editOf returns the last edit of a member, or nil.
func (e *editor) editOf(m *member) *Edit {
	var last *Edit
	for i := range e.edits {
		edit := &e.edits[i]
		switch {
		case edit.match != nil:
			if edit.match(m.nameBytes(e.doc)) {
				last = edit
			}
		case m.hasName(e.doc, edit.name):
			edit.found = true
			last = edit
		}
	}
	return last
}

// missingMembers returns the text of the members that are set and missing, for the
// position after the last member that stays.
func (e *editor) missingMembers() []byte {
	var text []byte
	for i, edit := range e.edits {
		later := func(later Edit) bool { return later.match == nil && later.name == edit.name }
		if edit.value == nil || edit.found || slices.ContainsFunc(e.edits[i+1:], later) {
			continue
		}
		if !e.empty {
			text = append(text, ',')
		}
		e.empty = false
		text, _ = appendName(text, edit.name) // Set has checked the name
		text = append(append(text, ':'), edit.value...)
	}
	return text
}

// sizeHint returns how many bytes the edits can add to a text.
func sizeHint(edits []Edit) int {
	n := 0
	for _, e := range edits {
		if e.value != nil {
			n += len(e.name) + len(e.value) + len(`,"":`)
		}
	}
	return n
}
