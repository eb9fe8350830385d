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

// With returns the text of o with the edits made, all in one copy. Every byte
// that they do not name is as it was, and so is o. A name that occurs twice is
// set or removed twice: where it matters which of them is meant, ask
// [Object.Find] first. Of two edits of one name the last counts.
func (o *Object) With(edits ...Edit) []byte {
	doc := o.Bytes()
	out := make([]byte, 0, len(doc)+room(edits))
	copied := 0 // the part of doc that is in out, or has no place there
	copyTo := func(end int) {
		out = append(out, doc[copied:end]...)
		copied = end
	}
	copyTo(bytes.IndexByte(doc, '{') + 1)
	stays, empty := len(out), true // where the last member that stays ends, and whether none does
	for i := range o.members {
		m := &o.members[i]
		edit := editOf(m, doc, edits)
		drops := edit != nil && edit.value == nil
		if i > 0 && (drops || empty) {
			// Between two members there is nothing but white space and a comma.
			copyTo(copied + bytes.IndexByte(doc[copied:], ','))
			copied++
		}
		if drops {
			copyTo(m.name.start)
			copied = m.value.end
			continue
		}
		if edit != nil {
			copyTo(m.value.start)
			out = append(out, edit.value...)
			copied = m.value.end
		}
		copyTo(m.value.end)
		stays, empty = len(out), false
	}
	copyTo(len(doc))
	return slices.Insert(out, stays, o.added(edits, empty)...)
}

// added is the text of the members that are set and missing, to stand behind
// the last one that stays.
func (o *Object) added(edits []Edit, empty bool) []byte {
	var text []byte
	for i, e := range edits {
		if e.value == nil || slices.ContainsFunc(edits[i+1:], func(later Edit) bool { return later.match == nil && later.name == e.name }) {
			continue
		}
		if _, n := o.Find(e.name); n > 0 {
			continue
		}
		if !empty {
			text = append(text, ',')
		}
		empty = false
		text, _ = appendName(text, e.name) // Set has seen to the name
		text = append(append(text, ':'), e.value...)
	}
	return text
}

// editOf returns the last edit of a member, or nil.
func editOf(m *member, doc []byte, edits []Edit) *Edit {
	for i := len(edits) - 1; i >= 0; i-- {
		e := &edits[i]
		if e.match != nil && e.match(m.nameBytes(doc)) || e.match == nil && m.named(doc, e.name) {
			return e
		}
	}
	return nil
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
