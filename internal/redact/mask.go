package redact

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shortSecret is the length below which a secret is masked as a whole word
// only: "zy" is a part of many words.
const shortSecret = 8

// findSecret returns the places where the secret stands, in any case, as it is,
// in base64 or in hexadecimal digits.
func findSecret(v view, secret string) []cut {
	if secret == "" || len(v.text) < len(secret) {
		return nil
	}
	cuts := findWords(v, secret)
	if strings.ContainsAny(secret, `%\\&`) { // a view without escapes shows it without them
		cuts = append(cuts, findWords(v, newView(secret).unescaped().text)...)
	}
	return append(cuts, findEncoded(v, secret)...)
}

// findSplit returns the places where hidden characters stand within the secret: a
// line break, a soft hyphen. known are the places that were found without it. A
// short secret would be found in texts that are none.
func findSplit(v view, secret string, known []cut) []cut {
	if len(secret) < shortSecret || !strings.ContainsFunc(v.text, isHidden) {
		return nil
	}
	return slices.DeleteFunc(findSecret(v.transform(dropHidden), secret), func(c cut) bool {
		return slices.ContainsFunc(known, func(k cut) bool { return k.from == c.from })
	})
}

// dropHidden leaves out the characters that are shown as nothing.
func dropHidden(text string) (string, int) {
	r, length := utf8.DecodeRuneInString(text)
	if isHidden(r) {
		return "", length
	}
	return text[:length], length
}

func findWords(v view, secret string) []cut {
	var cuts []cut
	for from := 0; ; {
		i := index(v.text, secret, from)
		if i < 0 {
			return cuts
		}
		from = i + len(secret)
		cuts = append(cuts, v.cut(i, from, Mark))
	}
}

// index returns where the secret stands in text[from:], or -1. Upper and lower
// case of ASCII letters are the same.
func index(text, secret string, from int) int {
	if secret == "" {
		return -1
	}
	for i := from; i+len(secret) <= len(text); i++ {
		if equalFold(text[i:i+len(secret)], secret) && (len(secret) >= shortSecret || isWord(text, i, i+len(secret))) {
			return i
		}
	}
	return -1
}

// equalFold compares texts of one length. strings.EqualFold would take a
// character of another length for a letter.
func equalFold(a, b string) bool {
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// isWord reports whether neither a letter nor a digit is on either side of
// text[from:to].
func isWord(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return !isWordRune(before) && !isWordRune(after)
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// findEncoded returns the runs of base64 characters whose decoded text holds the
// secret, such as the user and password of a Basic header. Hexadecimal digits
// are base64 characters too.
func findEncoded(v view, secret string) []cut {
	shortest := base64.RawStdEncoding.EncodedLen(len(secret))
	var cuts []cut
	for i := 0; i < len(v.text); {
		end := i
		for end < len(v.text) && isBase64(v.text[end]) {
			end++
		}
		if end-i >= shortest && holdsSecret(v.text[i:end], secret) {
			for end < len(v.text) && v.text[end] == '=' {
				end++
			}
			cuts = append(cuts, v.cut(i, end, Mark))
		}
		i = end + 1
	}
	return cuts
}

func isBase64(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("+/-_", b) >= 0
}

var toStandard = strings.NewReplacer("-", "+", "_", "/")

// holdsSecret decodes a run from each of its first four characters, because a
// path or a prefix may stand before the encoded text.
func holdsSecret(run, secret string) bool {
	run = toStandard.Replace(run)
	for from := range min(4, len(run)) {
		encoded := run[from:]
		digits, _ := hex.DecodeString(encoded) // what is before the first other character
		if len(encoded)%4 == 1 {               // a rest of 6 bits is not a byte
			encoded = encoded[:len(encoded)-1]
		}
		decoded, _ := base64.RawStdEncoding.DecodeString(encoded)
		if holds(decoded, secret) || holds(digits, secret) {
			return true
		}
	}
	return false
}

func holds(decoded []byte, secret string) bool {
	return index(string(decoded), secret, 0) >= 0 && (len(secret) >= shortSecret || IsPrintable(decoded))
}

// IsPrintable reports whether text is printable ASCII, as header values must be, and
// as a decoded secret is, unlike letters that happen to decode.
func IsPrintable[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
