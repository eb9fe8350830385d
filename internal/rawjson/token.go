package rawjson

import "unicode/utf8"

// space steps over white space.
func (s *scanner) space() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// text steps over a string. plain reports that it is ASCII without escapes.
// Bytes that are not UTF-8 pass, as they do in encoding/json.
func (s *scanner) text() (plain bool, err error) {
	if s.peek() != '"' {
		return false, s.fail("a string expected")
	}
	plain = true
	for i := s.pos + 1; i < len(s.doc); i++ {
		switch c := s.doc[i]; {
		case c == '"':
			s.pos = i + 1
			return plain, nil
		case c == '\\':
			plain = false
			s.pos = i
			if err := s.escape(); err != nil {
				return false, err
			}
			i = s.pos - 1
		case c < ' ':
			s.pos = i
			return false, s.fail("a control character in a string")
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	s.pos = len(s.doc)
	return false, s.fail("the closing quote expected")
}

// escape steps over one backslash and what belongs to it.
func (s *scanner) escape() error {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
		s.pos++
		for range 4 {
			if !isHex(s.peek()) {
				return s.fail("four hexadecimal digits expected")
			}
			s.pos++
		}
		return nil
	default:
		return s.fail("an escape that JSON does not have")
	}
}

// number steps over a number.
func (s *scanner) number() error {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++ // a digit after a leading 0 is then not what is expected next
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.peek() == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		return s.digits()
	}
	return nil
}

// digits steps over one digit or more.
func (s *scanner) digits() error {
	if !isDigit(s.peek()) {
		return s.fail("a digit expected")
	}
	for isDigit(s.peek()) {
		s.pos++
	}
	return nil
}

// literal steps over true, false or null.
func (s *scanner) literal(word string) error {
	for i := range len(word) {
		if s.peek() != word[i] {
			return s.fail(word + " expected")
		}
		s.pos++
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
