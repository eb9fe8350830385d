package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"

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
	fields := nameSet{names: known}
	end := bytes.IndexByte(doc, '{') + 1 // of what stays, before the first member that does not
	empty := true                        // nothing stays yet
	for s.Enter('{'); s.Member(); {
		m := readMember(&s)
		found, again := fields.find(doc, m)
		if again {
			return nil, nil, twice(doc, m)
		}
		if found {
			if rest == nil {
				end = m.value.end
			} else {
				rest = appendMember(rest, doc[m.name.start:m.value.end], empty)
			}
			empty = false
			continue
		}
		if rest == nil {
			rest = append(make([]byte, 0, len(doc)), doc[:end]...)
		}
		name, exact := m.nameOf(doc)
		if !exact {
			return nil, nil, fmt.Errorf("rawjson: byte %d: a member name that is not Unicode", m.name.start)
		}
		if _, again := unknown[name]; again {
			return nil, nil, twice(doc, m)
		}
		if unknown == nil {
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

// twice is the error for a name that m is the second to have.
func twice(doc []byte, m member) error {
	name, _ := m.nameOf(doc)
	return fmt.Errorf("rawjson: byte %d: member %.40q occurs twice", m.name.start, name)
}

// nameSet tells the names of a struct's fields from others, and the first time
// from the second. It is made for names that arrive in about the order of the
// fields, and for few of them: then it beats a map, and allocates nothing.
type nameSet struct {
	names []string
	next  int          // where to look first: behind the name found last
	seen  [4]uint64    // one bit for each of the first 256 names
	more  map[int]bool // the same for names beyond those
}

// find reports which of the names m has, if any, and whether another member had
// it before.
func (n *nameSet) find(doc []byte, m member) (found, again bool) {
	name := doc[m.name.start+1 : m.name.end-1]
	if !m.plain {
		decoded, _ := unescape(name)
		name = []byte(decoded)
	}
	for i := n.next; i < len(n.names); i++ {
		if string(name) == n.names[i] { // does not allocate
			n.next = i + 1
			return true, n.mark(i)
		}
	}
	for i := range min(n.next, len(n.names)) {
		if string(name) == n.names[i] {
			n.next = i + 1
			return true, n.mark(i)
		}
	}
	return false, false
}

// mark notes that name i was seen and returns whether it was before.
func (n *nameSet) mark(i int) (again bool) {
	if word, bit := i/64, uint64(1)<<(i%64); word < len(n.seen) {
		again = n.seen[word]&bit != 0
		n.seen[word] |= bit
		return again
	}
	if n.more == nil {
		n.more = make(map[int]bool)
	}
	again = n.more[i]
	n.more[i] = true
	return again
}
