package redact

import "strings"

// bodyMark replaces what quotes the request's body.
const bodyMark = "[request body]"

// How much of a body must be quoted to be cut. A quote with the name of a
// member and its value is known by its punctuation. A quote without it is a
// long value; identifiers, which help the reader, are shorter.
const (
	shortestQuote = 16
	shortestValue = 40
	gram          = 8  // bytes that are looked up at once
	sameGrams     = 16 // places that are compared for each of them
)

// findBody returns the parts that quote the body. Space and the kind of the
// quotation marks do not matter.
func findBody(v view, body []byte) []cut {
	if len(body) < gram || len(v.text) < gram || len(v.text) < shortestValue && !strings.ContainsAny(v.text, `"'`) {
		return nil
	}
	v = v.transform(squeezeUnit)
	quoted := newView(string(body)).transform(squeezeUnit).text
	grams := gramsOf(quoted)
	var cuts []cut
	for i := 0; i+gram <= len(v.text); {
		from, to := longest(v.text, quoted, i, grams[v.text[i:i+gram]])
		if to == from || !isQuote(v.text[from:to], quoted) {
			i++
			continue
		}
		cuts = append(cuts, v.cut(from, to, bodyMark))
		i = to
	}
	return cuts
}

// gramsOf returns where the pieces of the body begin that follow one another
// without overlap. A quote of 15 bytes holds one of them whole.
func gramsOf(body string) map[string][]int {
	grams := make(map[string][]int, len(body)/gram)
	for i := 0; i+gram <= len(body); i += gram {
		if piece := body[i : i+gram]; len(grams[piece]) < sameGrams {
			grams[piece] = append(grams[piece], i)
		}
	}
	return grams
}

// longest extends what the text at i and the body at each of the places have in
// common, to both sides, and returns the longest.
func longest(text, body string, i int, places []int) (from, to int) {
	for _, place := range places {
		before, after := 0, gram
		for i-before > 0 && place-before > 0 && text[i-before-1] == body[place-before-1] {
			before++
		}
		for i+after < len(text) && place+after < len(body) && text[i+after] == body[place+after] {
			after++
		}
		if before+after > to-from {
			from, to = i-before, i+after
		}
	}
	return from, to
}

// isQuote reports whether a part that text and body have in common quotes the
// body.
func isQuote(part, body string) bool {
	switch {
	case len(part) == len(body), len(part) >= shortestValue:
		return true
	case len(part) < shortestQuote:
		return false
	}
	return strings.Contains(part, `":`) || strings.Contains(part, `,"`)
}

// squeezeUnit leaves out space and takes both quotation marks for one.
func squeezeUnit(text string) (string, int) {
	switch text[0] {
	case ' ', '\t', '\r', '\n':
		return "", 1
	case '\'':
		return `"`, 1
	}
	return text[:1], 1
}
