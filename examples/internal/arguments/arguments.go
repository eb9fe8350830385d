// Package arguments refuses words of a command line that the command does not
// use.
package arguments

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// dashes are the characters that word processors and chat programs put in place
// of the hyphen of a flag.
var dashes = map[rune]string{
	'\u2010': "a hyphen (U+2010)",
	'\u2011': "a non-breaking hyphen (U+2011)",
	'\u2012': "a figure dash (U+2012)",
	'\u2013': "an en dash (U+2013)",
	'\u2014': "an em dash (U+2014)",
	'\u2015': "a horizontal bar (U+2015)",
	'\u2212': "a minus sign (U+2212)",
	'\ufe63': "a small hyphen (U+FE63)",
	'\uff0d': "a full-width hyphen (U+FF0D)",
}

// RefuseUnused returns an error that names the first of the words, which are the
// arguments that the command does not use. It returns nil if there are none.
func RefuseUnused(words []string) error {
	if len(words) == 0 {
		return nil
	}
	word := words[0]
	first, _ := utf8.DecodeRuneInString(word)
	if dash, ok := dashes[first]; ok {
		flag := strings.TrimLeftFunc(word, func(r rune) bool { return r == '-' || dashes[r] != "" })
		return fmt.Errorf("unexpected argument %q: it begins with %s instead of a plain hyphen; did you mean -%s?", word, dash, flag)
	}
	return fmt.Errorf("unexpected argument %q: this command takes flags only", word)
}
