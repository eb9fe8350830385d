package row

import (
	"encoding/json"
	"iter"
	"strconv"
	"unicode/utf16"
)

// A jsonValue is a value in a valid JSON text. encoding/json reports neither the
// position of a value nor repeated members.
type jsonValue struct {
	doc        []byte
	begin, end int // in doc
}

// rootValue returns the value of a whole JSON text.
func rootValue(doc []byte) jsonValue { return jsonValueAt(doc, skipSpace(doc, 0)) }

func jsonValueAt(doc []byte, begin int) jsonValue {
	return jsonValue{doc, begin, valueEnd(doc, begin)}
}

// rawText returns the JSON text of the value.
func (v jsonValue) rawText() string { return string(v.doc[v.begin:v.end]) }

// kind returns the first byte of the value, which determines its type: { [ " t f n,
// or a digit or minus sign.
func (v jsonValue) kind() byte { return v.doc[v.begin] }

// stringValue returns the text of a JSON string.
func (v jsonValue) stringValue() (s string) {
	_ = json.Unmarshal(v.doc[v.begin:v.end], &s) // it is valid
	return s
}

// items returns the items of an array.
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

// members returns the members of an object, in order.
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

// valueEnd returns the end of the value that begins at i.
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

const loneSurrogateReason = `contains half of a surrogate pair: a \u escape between D800 and DFFF without its other half`

// loneSurrogate returns the index of a \u escape that is half of a surrogate pair,
// or -1. encoding/json would replace it by another character.
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

// parseUnicodeEscape parses the \u escape at i.
func parseUnicodeEscape(doc []byte, i int) (rune, bool) {
	if i+6 > len(doc) || doc[i] != '\\' || doc[i+1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(doc[i+2:i+6]), 16, 16)
	return rune(r), err == nil
}
