// Package jsontext reads and writes single JSON strings and values for the packages
// that keep JSON as text. It needs the standard library only.
package jsontext

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// NotUTF8 is the reason of a refused text that JSON cannot contain as it is.
const NotUTF8 = "is not valid UTF-8"

// IsPlain reports whether text can stand between quotation marks as it is, in JSON
// and in Go: it is printable ASCII without quotation marks and backslashes.
func IsPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Unquote returns the content of a JSON string, and "" for null. Any other JSON
// value is an error.
func Unquote(data []byte) (string, error) {
	if last := len(data) - 1; last > 0 && data[0] == '"' && data[last] == '"' && IsPlain(data[1:last]) {
		return string(data[1:last]), nil
	}
	return decodeString(data)
}

// decodeString is a function of its own so that Unquote's fast path does not
// allocate.
func decodeString(data []byte) (content string, err error) {
	err = json.Unmarshal(data, &content) // null leaves it empty
	return content, err
}

// Unescape returns the content of a valid JSON string, given without its quotation
// marks. exact is false if the string is not valid Unicode: an unpaired surrogate or a
// byte that is not UTF-8 is then U+FFFD, as in encoding/json.
func Unescape(quoted []byte) (text string, exact bool) {
	var out strings.Builder
	exact = true
	for len(quoted) > 0 {
		if quoted[0] != '\\' {
			r, size := utf8.DecodeRune(quoted)
			exact = exact && (r != utf8.RuneError || size > 1)
			out.WriteRune(r)
			quoted = quoted[size:]
			continue
		}
		if quoted[1] != 'u' {
			out.WriteByte(unescaped(quoted[1]))
			quoted = quoted[2:]
			continue
		}
		r := hexRune(quoted[2:])
		quoted = quoted[6:]
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if bytes.HasPrefix(quoted, []byte(`\u`)) {
				pair = utf16.DecodeRune(r, hexRune(quoted[2:]))
			}
			if r = pair; r == utf8.RuneError {
				exact = false
			} else {
				quoted = quoted[6:]
			}
		}
		out.WriteRune(r)
	}
	return out.String(), exact
}

// unescaped returns the byte that a backslash and c stand for.
func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return c
	}
}

// hexRune returns the value of four hexadecimal digits.
func hexRune(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // the string is valid
	return rune(n)
}

// Encode returns v as JSON without a line break at its end. Unlike json.Marshal it
// does not escape <, > and &. A json.RawMessage in v is compacted.
func Encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
