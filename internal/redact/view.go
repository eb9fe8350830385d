package redact

import (
	"encoding/hex"
	"html"
	"strings"
	"unicode/utf8"
)

// A view is a text in another spelling. It knows where each of its bytes begins
// in the original.
type view struct {
	text string
	at   []int // one more than text has bytes; nil: the original itself
}

func newView(text string) view { return view{text: text} }

// cut returns the part of the original that text[from:to] stands for.
func (v view) cut(from, to int, mark string) cut {
	return cut{from: v.original(from), to: v.original(to), mark: mark}
}

func (v view) original(i int) int {
	if v.at != nil {
		return v.at[i]
	}
	// Never split a character.
	for i > 0 && i < len(v.text) && !utf8.RuneStart(v.text[i]) {
		i--
	}
	return i
}

// transform spells each unit of the text differently. unit returns the new
// spelling of what text begins with, and its length.
func (v view) transform(unit func(text string) (spelling string, length int)) view {
	out := make([]byte, 0, len(v.text))
	at := make([]int, 0, len(v.text)+1)
	for i := 0; i < len(v.text); {
		spelling, length := unit(v.text[i:])
		for range len(spelling) {
			at = append(at, v.original(i))
		}
		out = append(out, spelling...)
		i += length
	}
	return view{text: string(out), at: append(at, v.original(len(v.text)))}
}

// unescaped returns the text that the escapes of URLs, JSON and HTML stand for.
func (v view) unescaped() view { return v.transform(unescapeUnit) }

func unescapeUnit(text string) (string, int) {
	switch text[0] {
	case '%':
		if b, ok := parseHexByte(text, 1); ok {
			return string([]byte{b}), 3
		}
	case '\\':
		if spelling, length := unescapeBackslash(text); length > 0 {
			return spelling, length
		}
	case '&':
		if end := strings.IndexByte(text[:min(len(text), 10)], ';'); end > 0 {
			if spelling := html.UnescapeString(text[:end+1]); spelling != text[:end+1] {
				return spelling, end + 1
			}
		}
	}
	_, length := utf8.DecodeRuneInString(text)
	return text[:length], length
}

// unescapeBackslash returns a length of 0 for what is not an escape.
func unescapeBackslash(text string) (string, int) {
	if len(text) < 2 {
		return "", 0
	}
	switch text[1] {
	case '"', '\'', '\\', '/':
		return text[1:2], 2
	case 'b', 'f', 'n', 'r', 't':
		return "\n", 2
	case 'u':
		if r, ok := parseHexRune(text, 2); ok {
			return string(r), 6
		}
	case 'x':
		if b, ok := parseHexByte(text, 2); ok {
			return string([]byte{b}), 4
		}
	}
	return "", 0
}

// parseHexByte reads the two digits at text[from:].
func parseHexByte(text string, from int) (byte, bool) {
	if len(text) < from+2 {
		return 0, false
	}
	b, err := hex.DecodeString(text[from : from+2])
	if err != nil {
		return 0, false
	}
	return b[0], true
}

// parseHexRune reads the four digits at text[from:].
func parseHexRune(text string, from int) (rune, bool) {
	high, ok := parseHexByte(text, from)
	low, okLow := parseHexByte(text, from+2)
	return rune(high)<<8 | rune(low), ok && okLow
}
