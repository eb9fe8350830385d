package jsonenc

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// maxDepth is how deep encoding/json lets arrays and objects nest.
const maxDepth = 10_000

// A Scanner reads JSON text once, from the left, and checks it on the way. It
// accepts what encoding/json accepts, and fails for the rest. After a failure
// all methods return false or a zero value, so that a caller can check
// [Scanner.End] once. It starts with [Scanner.Reset].
type Scanner struct {
	doc     []byte
	text    string // a copy of doc that strings are cut from, made when it is needed
	pos     int
	depth   int
	first   bool // an object or array was entered, and nothing of it was read
	failed  bool
	name    span   // of the last member, with its quotes
	escaped bool   // the last string has escapes
	ascii   bool   // the last string is ASCII
	refused string // the name that SkipUnknown fails for
}

// A span is the part of a text from start up to, but not including, end.
type span struct{ start, end int }

// Reset lets the scanner stand at the first value of doc.
func (s *Scanner) Reset(doc []byte) {
	*s = Scanner{doc: doc}
	s.space()
}

// End reports whether one whole value was read and nothing follows it.
func (s *Scanner) End() bool {
	s.space()
	return !s.failed && s.depth == 0 && s.pos == len(s.doc)
}

// Pos returns where the scanner stands in the text: behind what it has read, or
// near the place where it failed.
func (s *Scanner) Pos() int { return s.pos }

// Enter steps into the object ('{') or array ('[') that the scanner stands at.
func (s *Scanner) Enter(open byte) bool {
	if s.peek() != open || s.depth == maxDepth {
		return s.fail()
	}
	s.pos++
	s.depth++
	s.first = true
	return true
}

// Member steps to the value of the next member of an object. It returns false
// behind the last one.
func (s *Scanner) Member() bool {
	if !s.more('}') {
		return false
	}
	start := s.pos
	if !s.skipString() {
		return false
	}
	s.name = span{start, s.pos}
	s.space()
	if s.peek() != ':' {
		return s.fail()
	}
	s.pos++
	s.space()
	return true
}

// Element steps to the next element of an array. It returns false behind the
// last one.
func (s *Scanner) Element() bool { return s.more(']') }

// more steps to what follows in an object or array, or over its end.
func (s *Scanner) more(end byte) bool {
	first := s.first
	s.first = false
	s.space()
	switch c := s.peek(); {
	case c == end:
		s.pos++
		s.depth--
		return false
	case first:
		return !s.failed
	case c == ',':
		s.pos++
		s.space()
		return true
	}
	return s.fail()
}

// Skip steps over a value.
func (s *Scanner) Skip() bool {
	switch c := s.peek(); c {
	case '"':
		return s.skipString()
	case '{':
		for s.Enter('{'); s.Member(); {
			s.Skip()
		}
		return !s.failed
	case '[':
		for s.Enter('['); s.Element(); {
			s.Skip()
		}
		return !s.failed
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.skipNumber()
}

// peek returns the byte that the scanner stands at, and 0, which starts nothing
// in JSON, at the end and after a failure.
func (s *Scanner) peek() byte {
	if s.pos < len(s.doc) && !s.failed {
		return s.doc[s.pos]
	}
	return 0
}

func (s *Scanner) fail() bool {
	s.failed = true
	return false
}

func (s *Scanner) space() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// skipString steps over a string. Bytes that are not UTF-8 pass, as they do in
// encoding/json.
func (s *Scanner) skipString() bool {
	if s.peek() != '"' {
		return s.fail()
	}
	s.escaped, s.ascii = false, true
	for i := s.pos + 1; i < len(s.doc); i++ {
		c := s.doc[i]
		if ordinary[c] {
			continue
		}
		switch {
		case c == '"':
			s.pos = i + 1
			return true
		case c == '\\':
			s.escaped = true
			n := escapeLength(s.doc[i:])
			if n == 0 {
				return s.fail()
			}
			i += n - 1
		case c < ' ':
			return s.fail()
		default:
			s.ascii = false
		}
	}
	return s.fail()
}

// ordinary are the bytes of a string that mean nothing but themselves.
var ordinary = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\'
	}
	return table
}()

// escapeLength is the length of the escape that text begins with, or 0 where
// JSON has no such escape.
func escapeLength(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		for _, c := range text[2:6] {
			if !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return 0
			}
		}
		return 6
	}
	return 0
}

func (s *Scanner) literal(word string) bool {
	end := s.pos + len(word)
	if end > len(s.doc) || string(s.doc[s.pos:end]) != word {
		return s.fail()
	}
	s.pos = end
	return true
}

func (s *Scanner) skipNumber() bool {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.skipDigits() {
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.skipDigits() {
			return false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		return s.skipDigits()
	}
	return true
}

// skipDigits steps over one digit or more.
func (s *Scanner) skipDigits() bool {
	if !isDigit(s.peek()) {
		return s.fail()
	}
	for isDigit(s.peek()) {
		s.pos++
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// Name returns the name of the member that [Scanner.Member] stepped to, with
// its escapes resolved as encoding/json does it. It must be called before the
// value is read.
func (s *Scanner) Name() string { return s.content(s.name) }

// NameSpan returns where the name of the member that [Scanner.Member] stepped to
// stands in the text, with its quotes, and whether it is plain: ASCII without
// escapes. It must be called before the value is read.
func (s *Scanner) NameSpan() (start, end int, plain bool) {
	return s.name.start, s.name.end, s.ascii && !s.escaped
}

// Valid reports whether text is one JSON value, with nothing but white space
// around it, that can stand inside depth arrays and objects.
func Valid(text []byte, depth int) bool {
	s := Scanner{doc: text, depth: depth}
	s.space()
	s.Skip()
	s.space()
	return !s.failed && s.pos == len(text)
}

// Text returns the content of a JSON string, and "" for anything else.
func Text(value []byte) string {
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' && isOrdinary(value[1:n-1]) {
		return string(value[1 : n-1])
	}
	if value = bytes.TrimLeft(value, " \t\r\n"); len(value) == 0 || value[0] != '"' {
		return ""
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

func isOrdinary[T string | []byte](s T) bool {
	for i := range len(s) {
		if !ordinary[s[i]] {
			return false
		}
	}
	return true
}

// A Found is what [Find] found of a name.
type Found struct {
	Value json.RawMessage // of the last member with the name; nil without one
	Count int             // how many members have the name
}

// Find looks up names in the object doc, which must be JSON. found has a place
// for each name. A name counts with its escapes resolved, and in its exact case;
// where it occurs more than once, different readers may take different values.
// Find reports false where doc is not an object.
func Find(doc []byte, names []string, found []Found) bool {
	var s Scanner
	s.Reset(doc)
	for s.Enter('{'); s.Member(); {
		i := s.match(names)
		start := s.pos
		if s.Skip() && i >= 0 {
			found[i].Value = doc[start:s.pos:s.pos]
			found[i].Count++
		}
	}
	return s.End()
}

// match returns the place of the member's name in names, or -1.
func (s *Scanner) match(names []string) int {
	key := s.doc[s.name.start+1 : s.name.end-1]
	if s.escaped || !s.ascii {
		key = []byte(Text(s.doc[s.name.start:s.name.end]))
	}
	for i, name := range names {
		if string(key) == name {
			return i
		}
	}
	return -1
}
