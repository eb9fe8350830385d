// Package format writes numbers for the live view, the summary and the report.
package format

import "strconv"

// Count writes n with its digits in groups of three, such as 1,234,567.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Counted writes n and the noun, which gets an s unless n is 1: "1 row", "2 rows".
func Counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}
