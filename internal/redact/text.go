package redact

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MaxText is how many characters of a vendor's text are shown.
const MaxText = 500

// Text makes a vendor's text safe to show. The secret becomes [redacted], also
// in another case, in base64 and escaped for a URL, JSON or HTML. What quotes
// the request's body becomes [request body]. Control and format characters are
// escaped, so that the text is one line that shows its characters in their
// order. A text of more than MaxText characters is cut.
func Text(text, secret string, body []byte) string {
	if text == "" {
		return ""
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	return limit(escape(replace(text, find(text, secret, body))))
}

// A cut is a part of a text, from one byte to before another, and what is shown
// in its place.
type cut struct {
	from, to int
	mark     string
}

// find returns what must not be shown. It looks at the text as it is and, where
// there are escapes, at the text that they stand for, three times at most.
func find(text, secret string, body []byte) []cut {
	var cuts []cut
	v := newView(text)
	for range 3 {
		cuts = append(cuts, findSecret(v, secret)...)
		cuts = append(cuts, findSplit(v, secret, cuts)...)
		cuts = append(cuts, findBody(v, body)...)
		if !strings.ContainsAny(v.text, `%\&`) {
			break
		}
		v = v.unescaped()
	}
	return cuts
}

// replace puts the marks in. Cuts that overlap become one, with the mark of the
// first.
func replace(text string, cuts []cut) string {
	if len(cuts) == 0 {
		return text
	}
	slices.SortFunc(cuts, func(a, b cut) int { return a.from - b.from })
	var b strings.Builder
	done := 0
	for _, c := range cuts {
		if c.from >= done {
			b.WriteString(text[done:c.from])
			b.WriteString(c.mark)
		}
		done = max(done, c.to)
	}
	b.WriteString(text[done:])
	return b.String()
}

// escape writes characters that are invisible, or that change how the text
// around them is shown, as Go writes them in a string: \n, \u202e.
func escape(text string) string {
	if !strings.ContainsFunc(text, isHidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isHidden(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isHidden reports control and format characters, separators of lines, and the
// other characters that Unicode shows as nothing.
func isHidden(r rune) bool {
	if r < unicode.MaxASCII {
		return r < ' '
	}
	return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func limit(text string) string {
	if len(text) <= MaxText {
		return text
	}
	runes := 0
	for i := range text {
		if runes == MaxText {
			return text[:i] + "... (" + strconv.Itoa(len(text)-i) + " more bytes)"
		}
		runes++
	}
	return text
}
