package row

import (
	"fmt"
	"strings"
	"unicode"
)

// charNames are the names of invisible characters that spreadsheets, web pages and
// mails put into texts.
var charNames = map[rune]string{
	'\t':     "tab",
	'\n':     "line feed",
	'\r':     "carriage return",
	' ':      "space",
	'\u00a0': "no-break space",
	'\u00ad': "soft hyphen",
	'\u034f': "combining grapheme joiner",
	'\u061c': "Arabic letter mark",
	'\u115f': "Hangul filler",
	'\u1160': "Hangul filler",
	'\u180e': "Mongolian vowel separator",
	'\u2007': "figure space",
	'\u2009': "thin space",
	'\u200a': "hair space",
	'\u200b': "zero width space",
	'\u200c': "zero width non-joiner",
	'\u200d': "zero width joiner",
	'\u200e': "left-to-right mark",
	'\u200f': "right-to-left mark",
	'\u2028': "line separator",
	'\u2029': "paragraph separator",
	'\u202a': "left-to-right embedding",
	'\u202c': "pop directional formatting",
	'\u202d': "left-to-right override",
	'\u202e': "right-to-left override",
	'\u202f': "narrow no-break space",
	'\u2060': "word joiner",
	'\u2800': "blank Braille pattern",
	'\u3000': "ideographic space",
	'\u3164': "Hangul filler",
	'\ufeff': "byte order mark",
	'\uffa0': "half-width Hangul filler",
}

// charName returns the name and the number of a character, such as "zero width
// space (U+200B)".
func charName(r rune) string {
	name := charNames[r]
	switch {
	case name != "":
	case unicode.IsControl(r):
		name = "control character"
	case unicode.IsSpace(r):
		name = "unusual space"
	default:
		name = "invisible character"
	}
	return fmt.Sprintf("%s (U+%04X)", name, r)
}

// isInvisible reports whether a character cannot be seen, or looks like a space but
// is another character.
func isInvisible(r rune) bool {
	switch {
	case r == ' ':
		return false
	case r == '\u2800', unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Z, r):
		return true
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}

// invisibleProblem returns the problem of a vendor's name, an id, an owner or a key
// that contains invisible characters, or "". Two such texts look the same but name
// two credits.
func invisibleProblem(text string) string {
	if trimmed := strings.Trim(text, " "); trimmed != text {
		where := "begins"
		if strings.HasPrefix(text, trimmed) && trimmed != "" {
			where = "ends"
		}
		return fmt.Sprintf("%q %s with a %s: remove it", text, where, charName(' '))
	}
	number := 0
	for _, r := range text {
		number++
		if isInvisible(r) {
			return fmt.Sprintf("%+q contains an invisible character: remove the %s at position %d", text, charName(r), number)
		}
	}
	return ""
}
