package rawjson

import (
	"fmt"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// A span is the part of a document from start to end, exclusive.
type span struct{ start, end int }

// A member is one name and value of an object. The span of the name includes the
// quotes.
type member struct {
	name, value span
	plain       bool // the name is ASCII without escapes
}

// readMember reads the member at the scanner's position.
func readMember(s *jsonenc.Scanner) (m member) {
	m.name.start, m.name.end, m.plain = s.NameSpan()
	m.value.start = s.Pos()
	s.Skip()
	m.value.end = s.Pos()
	return m
}

// errorAt returns the error of a text that is not one JSON object. It does not
// quote the text, which may be a customer's.
func errorAt(s *jsonenc.Scanner) error {
	return fmt.Errorf("rawjson: byte %d: not a JSON object", s.Pos())
}
