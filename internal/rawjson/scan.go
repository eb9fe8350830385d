package rawjson

import "fmt"

// maxDepth is how deep encoding/json lets arrays and objects nest.
const maxDepth = 10_000

// scanner reads JSON text once, from the left, and checks it on the way. It
// only notes where things are and copies nothing.
type scanner struct {
	doc     []byte
	pos     int
	started bool // next has stepped into the object
}

// span is the part of a document from start up to, but not including, end.
type span struct{ start, end int }

// member is one name and value of an object. The span of the name has the
// quotes in it.
type member struct {
	name, value span
	plain       bool // the name is ASCII without escapes: what it says is what it is
}

// next returns the next member of the object that is the whole document; ok is
// false at the end, once it is clear that nothing follows.
func (s *scanner) next() (m member, ok bool, err error) {
	first := !s.started
	if first {
		s.started = true
		s.space()
		if s.peek() != '{' {
			return m, false, s.fail("not a JSON object")
		}
		s.pos++
	}
	more, err := s.more('}', first)
	if err != nil {
		return m, false, err
	}
	if !more {
		return m, false, s.end()
	}
	m, err = s.member(1)
	return m, err == nil, err
}

// valid reports whether text is one JSON value, at the given depth of nesting,
// with nothing but white space around it.
func valid(text []byte, depth int) error {
	s := scanner{doc: text}
	s.space()
	if err := s.value(depth); err != nil {
		return err
	}
	return s.end()
}

// value steps over one value, which stands inside depth arrays and objects.
func (s *scanner) value(depth int) error {
	switch c := s.peek(); c {
	case '"':
		_, err := s.text()
		return err
	case '{':
		return s.object(depth + 1)
	case '[':
		return s.array(depth + 1)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		if c == '-' || isDigit(c) {
			return s.number()
		}
		return s.fail("a value expected")
	}
}

func (s *scanner) object(depth int) error {
	if depth > maxDepth {
		return s.fail("nested too deep")
	}
	s.pos++
	for first := true; ; first = false {
		if more, err := s.more('}', first); !more {
			return err
		}
		if _, err := s.member(depth); err != nil {
			return err
		}
	}
}

func (s *scanner) array(depth int) error {
	if depth > maxDepth {
		return s.fail("nested too deep")
	}
	s.pos++
	for first := true; ; first = false {
		if more, err := s.more(']', first); !more {
			return err
		}
		if err := s.value(depth); err != nil {
			return err
		}
	}
}

// more steps to the next element of an object or array, or over its end. After
// a comma it promises an element without looking: the caller finds out.
func (s *scanner) more(end byte, first bool) (bool, error) {
	s.space()
	switch c := s.peek(); {
	case c == end:
		s.pos++
		return false, nil
	case first:
		return true, nil
	case c == ',':
		s.pos++
		s.space()
		return true, nil
	default:
		return false, s.fail("a comma or the end expected")
	}
}

// member steps over a name, a colon and a value.
func (s *scanner) member(depth int) (m member, err error) {
	m.name.start = s.pos
	if m.plain, err = s.text(); err != nil {
		return m, err
	}
	m.name.end = s.pos
	s.space()
	if s.peek() != ':' {
		return m, s.fail("a colon expected")
	}
	s.pos++
	s.space()
	m.value.start = s.pos
	err = s.value(depth)
	m.value.end = s.pos
	return m, err
}

// end checks that only white space is left.
func (s *scanner) end() error {
	s.space()
	if s.pos < len(s.doc) {
		return s.fail("more text than one value")
	}
	return nil
}

// peek returns the byte at hand, or 0, which starts nothing in JSON, at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.doc) {
		return s.doc[s.pos]
	}
	return 0
}

func (s *scanner) fail(reason string) error {
	if s.pos >= len(s.doc) {
		reason += ", but the text ends"
	}
	return fmt.Errorf("rawjson: byte %d: %s", s.pos, reason)
}
