package rawjson

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// An Edit is what becomes of one member: see [Set], [Drop] and [DropMatching].
type Edit struct {
	name  string
	match func(name []byte) bool // instead of a name
	value []byte                 // nil: the member is removed
	found bool                   // by With: the object has a member of the name
}

// Set gives a member the value, encoded as json.Marshal does it but without the
// escapes for HTML; a nil value is null. The new text takes the place of the
// old one, and not even how the name is spelled changes. A member that is
// missing is added behind the last one that stays.
//
// It is an error when the value cannot be encoded or nests too deep, and when
// the name is not UTF-8.
func Set(name string, value any) (Edit, error) {
	if err := checkName(name); err != nil {
		return Edit{}, err
	}
	encoded, err := encode(value)
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
// before it or, where no member stays before it, the one behind it. One that is
// missing is no error.
func Drop(name string) Edit { return Edit{name: name} }

// DropMatching removes the members whose names match, as [Drop] does. A name is
// given with its escapes resolved.
func DropMatching(match func(name []byte) bool) Edit { return Edit{match: match} }

// With returns the text of the object doc with the edits made, all in one scan
// and one copy. Every byte that they do not name is as it was, and so is doc. A
// name that occurs twice is set or removed twice: where it matters which of them
// counts, look first. Of two edits of one name the last counts.
//
// A name is compared with its escapes resolved: "\u0061" is "a", and "A" is
// another name. It is an error when doc is not an object as encoding/json
// accepts it.
func With(doc []byte, edits ...Edit) ([]byte, error) {
	e := editor{doc: doc, edits: slices.Clone(edits), out: make([]byte, 0, len(doc)+room(edits)), empty: true}
	e.copyTo(bytes.IndexByte(doc, '{') + 1)
	e.stays = len(e.out)
	var s jsonenc.Scanner
	s.Reset(doc)
	first := true
	for s.Enter('{'); s.Member(); first = false {
		e.member(readMember(&s), first)
	}
	if !s.End() {
		return nil, errorAt(&s)
	}
	e.copyTo(len(doc))
	return slices.Insert(e.out, e.stays, e.added()...), nil
}

// An editor copies a document, member by member.
type editor struct {
	doc    []byte
	edits  []Edit
	out    []byte
	copied int  // the part of doc that is in out, or has no place there
	stays  int  // where in out the last member that stays ends
	empty  bool // no member stays so far
}

func (e *editor) copyTo(end int) {
	e.out = append(e.out, e.doc[e.copied:end]...)
	e.copied = end
}

func (e *editor) member(m member, first bool) {
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
		case m.named(e.doc, edit.name):
			edit.found = true
			last = edit
		}
	}
	return last
}

// added is the text of the members that are set and missing, to stand behind
// the last one that stays.
func (e *editor) added() []byte {
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

// room is what the edits can add to a text.
func room(edits []Edit) int {
	n := 0
	for _, e := range edits {
		if e.value != nil {
			n += len(e.name) + len(e.value) + len(`,"":`)
		}
	}
	return n
}
