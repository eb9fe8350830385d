package row

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
)

const saveAs = `save the file as "CSV UTF-8 (Comma delimited)", or export it as CSV with commas and UTF-8`

// encodingProblem returns the problem of a file that is not UTF-8 text, by its
// beginning, or "".
func encodingProblem(in *bufio.Reader) string {
	start, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return "" // reading the rows returns the error again
	}
	for _, known := range []struct{ begin, reason string }{
		{"\xff\xfe\x00\x00", "the file is UTF-32: " + saveAs},
		{"\x00\x00\xfe\xff", "the file is UTF-32: " + saveAs},
		{"\xff\xfe", "the file is UTF-16 (little-endian), which spreadsheets call Unicode text: " + saveAs},
		{"\xfe\xff", "the file is UTF-16 (big-endian), which spreadsheets call Unicode text: " + saveAs},
		{"PK\x03\x04", "the file is a spreadsheet or another zip archive, whatever its name says: open it and " + saveAs},
		{"\xd0\xcf\x11\xe0", "the file is an old Excel workbook, whatever its name says: open it and " + saveAs},
		{"\x1f\x8b", "the file is compressed with gzip: decompress it first"},
	} {
		if bytes.HasPrefix(start, []byte(known.begin)) {
			return known.reason
		}
	}
	if len(start) >= 4 && slices.Contains([]int{len(start) / 2, (len(start) + 1) / 2, len(start)/2 - 1}, bytes.Count(start, []byte{0})) {
		return "the file is UTF-16, which has a zero byte beside each letter: " + saveAs
	}
	return ""
}

// firstLine returns the first line of a file, or its beginning, without consuming
// it.
func firstLine(in *bufio.Reader) string {
	start, _ := in.Peek(4096) // reading the rows returns an error again
	line, _, _ := strings.Cut(string(start), "\n")
	return strings.TrimSuffix(line, "\r")
}

// separatorProblem returns the problem of a file whose first line does not use
// commas as separator, or "".
func separatorProblem(line string) string {
	if rest, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(line)), "sep="); ok {
		reason := fmt.Sprintf("the first line is %q, which only Excel supports: remove it", line)
		if rest != "," && rest != "" {
			reason += fmt.Sprintf(", and separate the cells by commas and not by %q", rest)
		}
		return reason
	}
	for _, s := range []struct{ text, name string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "vertical bars"}} {
		isPart := func(name string) bool { return slices.Contains(allParts, strings.Trim(name, ` "`)) }
		if strings.Count(line, s.text) > strings.Count(line, ",") && slices.ContainsFunc(strings.Split(line, s.text), isPart) {
			return fmt.Sprintf("the file is separated by %s and not by commas: %s (in a spreadsheet whose decimal sign is a comma, the plain CSV format uses semicolons)", s.name, saveAs)
		}
	}
	return ""
}

// errorValue matches the error values of spreadsheets in several languages, and
// what they show instead of a number that is too wide for its column.
var errorValue = regexp.MustCompile(`^(#N/A|#N/V|#N/D|#NV|#N/DISP|#(\p{Lu}|[0-9/_. ])+[!?]|#GETTING_DATA|#{2,}|Err:[0-9]{3}|Error:[0-9]{3})$`)

// exponentNumber matches a number with an exponent, as a spreadsheet shortens it.
var exponentNumber = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+$`)

// spreadsheetProblem returns the problem of a cell whose value a spreadsheet has
// changed, or "".
func spreadsheetProblem(part, text string, exponents bool) string {
	text = strings.TrimSpace(text)
	switch {
	case errorValue.MatchString(text):
		return fmt.Sprintf("%q is an error of the spreadsheet and not a value: correct the formula or the column's width (use a JSON Lines file to set this text)", text)
	case !exponentNumber.MatchString(text):
	case isAmount(part) && !exponents:
		return fmt.Sprintf("%q has an exponent, and the spreadsheet may have removed digits: format the column as a number without exponent and save the file again, or use -allow-exponents if the value is correct", text)
	case part == partID || part == partOwner || part == partKey:
		return fmt.Sprintf("%q is a number that a spreadsheet has shortened, so digits are missing: format the column as text and enter the value again", text)
	}
	return ""
}

func isAmount(part string) bool {
	return slices.Contains([]credit.Field{credit.FieldTotal, credit.FieldBalance, credit.FieldPriority}, credit.Field(part))
}
