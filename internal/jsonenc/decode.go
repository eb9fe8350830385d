package jsonenc

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

var scanners = sync.Pool{New: func() any { return new(Scanner) }}

// Decode decodes doc into v with a generated scan function. It reports false,
// and leaves v as it was, for what has to be decoded with encoding/json.
func Decode[T any](doc []byte, v *T, scan func(*Scanner, *T)) bool {
	s := scanners.Get().(*Scanner)
	s.Reset(doc)
	before := *v // scan functions do not write through the references in v
	scan(s, v)
	ok := s.End()
	*s = Scanner{}
	scanners.Put(s)
	if !ok {
		*v = before
	}
	return ok
}

// Field steps to the value of the next member of an object, as
// [Scanner.Member] does. It fails for names that are not ASCII, which may match
// a field nevertheless, and for names with escapes.
func (s *Scanner) Field() bool {
	if !s.Member() {
		return false
	}
	if s.escaped || !s.ascii {
		return s.fail()
	}
	return true
}

// Key returns the name of the member that [Scanner.Field] stepped to.
func (s *Scanner) Key() []byte { return s.doc[s.name.start+1 : s.name.end-1] }

// Once fails if seen is set, and sets it: a member may not occur twice.
func (s *Scanner) Once(seen *bool) {
	if *seen {
		s.fail()
	}
	*seen = true
}

// Refuse lets [Scanner.SkipUnknown] fail for members with this name. An empty
// name, the default, refuses nothing.
func (s *Scanner) Refuse(name string) { s.refused = name }

// SkipUnknown steps over the value of a member that no field has the name of. It
// fails if the name differs from one of names in case alone, or is refused.
func (s *Scanner) SkipUnknown(names []string) {
	key := s.Key()
	if s.refused != "" && string(key) == s.refused {
		s.fail()
		return
	}
	for _, name := range names {
		if len(name) == len(key) && strings.EqualFold(name, string(key)) {
			s.fail()
			return
		}
	}
	s.Skip()
}

// Keep adds the member to the unknown members. It fails if there is one with
// that name.
func (s *Scanner) Keep(unknown *map[string]json.RawMessage) {
	name := s.cut(s.name.start+1, s.name.end-1)
	if _, again := (*unknown)[name]; again {
		s.fail()
		return
	}
	if *unknown == nil {
		*unknown = make(map[string]json.RawMessage)
	}
	var value json.RawMessage
	ScanRaw(s, &value)
	(*unknown)[name] = value
}

// Null steps over null, if it is the value that the scanner stands at.
func (s *Scanner) Null() bool { return s.peek() == 'n' && s.literal("null") }

// string reads a string.
func (s *Scanner) string() string {
	start := s.pos
	if !s.skipString() {
		return ""
	}
	return s.content(span{start, s.pos})
}

// content returns what the string says that was read last.
func (s *Scanner) content(quoted span) string {
	if s.escaped || !s.ascii && !utf8.Valid(s.doc[quoted.start:quoted.end]) {
		return Text(s.doc[quoted.start:quoted.end])
	}
	return s.cut(quoted.start+1, quoted.end-1)
}

// maxShared is the size of a text above which strings are copied one by one, so
// that a small string does not keep a large text in memory.
const maxShared = 64 << 10

// cut returns a part of the text.
func (s *Scanner) cut(start, end int) string {
	if len(s.doc) > maxShared {
		return string(s.doc[start:end])
	}
	if s.text == "" {
		s.text = string(s.doc)
	}
	return s.text[start:end]
}

// value steps over a value and returns its bytes, or nil after a failure.
func (s *Scanner) value() []byte {
	start := s.pos
	if !s.Skip() {
		return nil
	}
	return s.doc[start:s.pos:s.pos]
}

// decoded fails if a value's own UnmarshalJSON has returned an error. The callers
// call UnmarshalJSON themselves: through an interface, each value would be moved to
// the heap.
func (s *Scanner) decoded(err error) {
	if err != nil {
		s.fail()
	}
}

// The scan functions read a value as encoding/json decodes it into *v. They
// fail where encoding/json has an error or would write through a reference that
// *v holds.

// ScanText reads a string.
func ScanText[T ~string](s *Scanner, v *T) {
	if !s.Null() {
		*v = T(s.string())
	}
}

// ScanBool reads true or false.
func ScanBool(s *Scanner, v *bool) {
	switch s.peek() {
	case 't':
		*v = s.literal("true")
	case 'f':
		*v = !s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.fail()
	}
}

// maxDigits is a number of digits that every int64 can hold.
const maxDigits = 18

// ScanInt reads a whole number.
func ScanInt(s *Scanner, v *int64) {
	if s.Null() {
		return
	}
	start := s.pos
	if !s.skipNumber() {
		return
	}
	digits := s.doc[start:s.pos]
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	n := int64(0)
	for _, c := range digits {
		if !isDigit(c) || len(digits) > maxDigits {
			s.fail()
			return
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	*v = n
}

// ScanDecimal reads an amount.
func ScanDecimal(s *Scanner, v *credit.Decimal) {
	if c := s.peek(); c != '-' && !isDigit(c) {
		if value := s.value(); value != nil {
			s.decoded(v.UnmarshalJSON(value))
		}
		return
	}
	start := s.pos
	if s.skipNumber() {
		s.parseDecimal(s.cut(start, s.pos), v)
	}
}

// ScanQuotedDecimal reads an amount in quotes.
func ScanQuotedDecimal(s *Scanner, v *credit.QuotedDecimal) {
	if s.peek() != '"' {
		if value := s.value(); value != nil {
			s.decoded(v.UnmarshalJSON(value))
		}
		return
	}
	text := s.string()
	if text == "" {
		*v = credit.QuotedDecimal{}
		return
	}
	var amount credit.Decimal
	s.parseDecimal(text, &amount)
	*v = credit.Quoted(amount)
}

func (s *Scanner) parseDecimal(text string, v *credit.Decimal) {
	amount, err := credit.ParseDecimal(text)
	if err != nil {
		s.fail()
	}
	*v = amount
}

// ScanTime reads a time with a zone.
func ScanTime(s *Scanner, v *time.Time) {
	if value := s.value(); value != nil {
		s.decoded(v.UnmarshalJSON(value))
	}
}

// ScanLocalTime reads a time that may be without a zone.
func ScanLocalTime(s *Scanner, v *credit.LocalTime) {
	if value := s.value(); value != nil {
		s.decoded(v.UnmarshalJSON(value))
	}
}

// ScanRaw copies a value as it is.
func ScanRaw(s *Scanner, v *json.RawMessage) {
	if value := s.value(); !s.failed {
		*v = append(json.RawMessage{}, value...)
	}
}

// ScanOptional reads a value that may be absent into place, and lets v point
// there.
func ScanOptional[T any](s *Scanner, v **T, place *T, scan func(*Scanner, *T)) {
	switch {
	case s.Null():
		*v = nil
	case *v != nil:
		s.fail()
	default:
		scan(s, place)
		*v = place
	}
}

// ScanList reads an array.
func ScanList[T any](s *Scanner, v *[]T, scan func(*Scanner, *T)) {
	if s.Null() {
		*v = nil
		return
	}
	if *v != nil {
		s.fail()
		return
	}
	list := []T{}
	for s.Enter('['); s.Element(); {
		if cap(list) == 0 {
			list = make([]T, 0, 4)
		}
		list = append(list, *new(T))
		scan(s, &list[len(list)-1])
	}
	*v = list
}

// ScanTexts reads an object whose members are strings, as [ScanMap] with
// [ScanText] does.
func ScanTexts(s *Scanner, v *map[string]string) {
	if s.Null() {
		*v = nil
		return
	}
	if *v != nil {
		s.fail()
		return
	}
	entries := map[string]string{}
	for s.Enter('{'); s.Member(); {
		name, value := s.Name(), ""
		ScanText(s, &value)
		entries[name] = value
	}
	*v = entries
}

// ScanMap reads an object whose members all have values of one type.
func ScanMap[T any](s *Scanner, v *map[string]T, scan func(*Scanner, *T)) {
	if s.Null() {
		*v = nil
		return
	}
	if *v != nil {
		s.fail()
		return
	}
	entries := map[string]T{}
	var value T
	for s.Enter('{'); s.Member(); {
		name := s.Name()
		value = *new(T)
		scan(s, &value)
		entries[name] = value
	}
	*v = entries
}

// SetNullable sets v to null or to the value.
func SetNullable[M ~map[bool]T, T any](v *M, isNull bool, value T) { *v = M{!isNull: value} }
