package row

import (
	"encoding/json"
	"iter"
	"strconv"
	"unicode/utf16"
)

// A jsonValue is one in a JSON text that is known to be valid. encoding/json would
// tell neither where it is nor that a member occurs twice.
type jsonValue struct {
	doc        []byte
	begin, end int // in doc
}

// rootValue is the value that doc is.
func rootValue(doc []byte) jsonValue { return jsonValueAt(doc, skipSpace(doc, 0)) }

func jsonValueAt(doc []byte, begin int) jsonValue {
	return jsonValue{doc, begin, valueEnd(doc, begin)}
}

// rawText is the value's text.
func (v jsonValue) rawText() string { return string(v.doc[v.begin:v.end]) }

// kind tells the kind of value: { [ " t f n or that of a number.
func (v jsonValue) kind() byte { return v.doc[v.begin] }

// stringValue is what a string holds.
func (v jsonValue) stringValue() (s string) {
	_ = json.Unmarshal(v.doc[v.begin:v.end], &s) // it is valid
	return s
}

// items are the values of an array.
func (v jsonValue) items() iter.Seq[jsonValue] {
	return func(yield func(jsonValue) bool) {
		for i := skipSpace(v.doc, v.begin+1); i < v.end-1; {
			item := jsonValueAt(v.doc, i)
			if !yield(item) {
				return
			}
			i = skipSpace(v.doc, item.end)
			if v.doc[i] == ',' {
				i = skipSpace(v.doc, i+1)
			}
		}
	}
}

// members are the names and values of an object, in order.
func (v jsonValue) members() iter.Seq2[string, jsonValue] {
	return func(yield func(string, jsonValue) bool) {
		for i := skipSpace(v.doc, v.begin+1); i < v.end-1; {
			name := jsonValueAt(v.doc, i)
			colon := skipSpace(v.doc, name.end)
			member := jsonValueAt(v.doc, skipSpace(v.doc, colon+1))
			if !yield(name.stringValue(), member) {
				return
			}
			i = skipSpace(v.doc, member.end)
			if v.doc[i] == ',' {
				i = skipSpace(v.doc, i+1)
			}
		}
	}
}

func skipSpace(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\t' || doc[i] == '\r' || doc[i] == '\n') {
		i++
	}
	return i
}

// valueEnd is behind the value that begins at i.
func valueEnd(doc []byte, i int) int {
	for depth := 0; i < len(doc); {
		switch doc[i] {
		case '"':
			i = stringEnd(doc, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
		default: // a number or a word
			i = wordEnd(doc, i)
		}
		if depth == 0 {
			break
		}
	}
	return i
}

func stringEnd(doc []byte, i int) int {
	for i++; doc[i] != '"'; i++ {
		if doc[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func wordEnd(doc []byte, i int) int {
	for i < len(doc) {
		switch doc[i] {
		case ',', ':', '}', ']', ' ', '\t', '\r', '\n':
			return i
		}
		i++
	}
	return i
}

const loneSurrogateReason = `holds half a character: a \u escape between D800 and DFFF without its other half`

// loneSurrogate is where in a JSON text a \u escape stands for half a character,
// or -1. encoding/json would put another character in its place.
func loneSurrogate(doc []byte) int {
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' {
			continue
		}
		r, ok := parseUnicodeEscape(doc, i)
		switch {
		case !ok:
			i++ // \n, \\ and the like
		case !utf16.IsSurrogate(r):
			i += 5
		default:
			low, _ := parseUnicodeEscape(doc, i+6)
			if utf16.DecodeRune(r, low) == '\ufffd' {
				return i
			}
			i += 11
		}
	}
	return -1
}

// parseUnicodeEscape reads the \u escape at i.
func parseUnicodeEscape(doc []byte, i int) (rune, bool) {
	if i+6 > len(doc) || doc[i] != '\\' || doc[i+1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(doc[i+2:i+6]), 16, 16)
	return rune(r), err == nil
}
