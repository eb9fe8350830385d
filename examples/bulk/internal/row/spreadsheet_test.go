package row

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// problemsOf returns the problems of a file, one per line.
func problemsOf(f Format, file string) string {
	var b strings.Builder
	for _, problems := range Read(strings.NewReader(file), f) {
		for _, p := range problems {
			fmt.Fprintln(&b, p)
		}
	}
	return b.String()
}

func TestCSVRejectsExponents(t *testing.T) {
	for _, amount := range []string{"1.23457E+11", "1e3", "-1E-7", `"1,23457E+11"`, "1E5"} {
		file := "vendor,id,total\nnexudus,1," + amount + "\n"
		got := problemsOf(CSV, file)
		if !strings.HasPrefix(got, "line 2, column 11: total: ") || !strings.Contains(got, "has an exponent") || !strings.Contains(got, "-allow-exponents") {
			t.Errorf("%s: got %q", amount, got)
		}
		if got := problemsOf(CSVWithExponents, file); strings.Contains(got, "exponent") {
			t.Errorf("%s, allowed: got %q", amount, got)
		}
	}
	for r := range Read(strings.NewReader("vendor,id,total\nnexudus,1,1.5E+3\n"), CSVWithExponents) {
		if total, ok := r.Patch.Total.Get(); !ok || total.String() != "1.5E+3" {
			t.Errorf("got %v", total)
		}
	}
	if got := problemsOf(CSV, "vendor,id,note\nnexudus,1,1.5E+3\n"); got != "" {
		t.Errorf("a text: got %q", got)
	}
}

// An id with an exponent has lost digits, so no flag accepts it.
func TestShortenedIDsAreRejected(t *testing.T) {
	for _, f := range []Format{CSV, CSVWithExponents} {
		if got := problemsOf(f, "vendor,id,owner,key,note\nknox,1.23457E+11,1E+11,2E+11,x\n"); strings.Count(got, "digits are missing") != 3 {
			t.Errorf("%v: got %q", f, got)
		}
	}
}

func TestSpreadsheetErrorsAreRejected(t *testing.T) {
	for _, value := range []string{
		"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#ERROR!",
		"#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#NOM?", "#VALEUR!", "########", "Err:502", " #N/A ",
	} {
		for _, column := range []string{"id", "owner", "key", "name", "note", "total", "expires_at", "metadata", "clear"} {
			header, cells := "vendor,id,"+column, "knox,1,"+value
			if column == "id" {
				header, cells = "vendor,id", "knox,"+value
			}
			got := problemsOf(CSV, header+"\n"+cells+"\n")
			if !strings.Contains(got, column+": ") || !strings.Contains(got, "is an error of the spreadsheet") || strings.Count(got, "\n") != 1 {
				t.Errorf("%s in %s: got %q", value, column, got)
			}
		}
	}
	for _, value := range []string{"#1", "# 12", "#plan", "N/A", "#Gold!", "Error"} {
		if got := problemsOf(CSV, "vendor,id,note\nknox,1,"+value+"\n"); got != "" {
			t.Errorf("%s: got %q", value, got)
		}
	}
	if got := problemsOf(JSONLines, `{"vendor":"knox","id":"1","set":{"note":"#N/A"}}`); got != "" {
		t.Errorf("JSON Lines: got %q", got)
	}
}

// Ids that look the same must not be different credits.
func TestErrorNamesInvisibleCharacter(t *testing.T) {
	for _, test := range []struct{ id, want string }{
		{"x ", "ends with a space (U+0020)"},
		{" x", "begins with a space (U+0020)"},
		{"x\u00a0", "no-break space (U+00A0) at position 2"},
		{"x\u200b", "zero width space (U+200B) at position 2"},
		{"\ufeffx", "byte order mark (U+FEFF) at position 1"},
		{"a\u00adb", "soft hyphen (U+00AD)"},
		{"a\u200db", "zero width joiner (U+200D)"},
		{"a\u202eb", "right-to-left override (U+202E)"},
		{"a\u3164b", "Hangul filler (U+3164)"},
		{"a\u2800b", "blank Braille pattern (U+2800)"},
		{"a\ufe0fb", "invisible character (U+FE0F)"},
		{"a\u2003b", "unusual space (U+2003)"},
		{"a\U000e0041b", "invisible character (U+E0041)"},
		{"a\tb", "tab (U+0009)"},
	} {
		for _, column := range []string{"id", "owner", "key", "vendor"} {
			cells := map[string]string{"vendor": "knox", "id": "1", "owner": "", "key": ""}
			cells[column] = test.id
			file := fmt.Sprintf("vendor,id,owner,key,note\n%s,%s,%s,%s,x\n", cells["vendor"], cells["id"], cells["owner"], cells["key"])
			got := problemsOf(CSV, file)
			if !strings.Contains(got, column+": ") || !strings.Contains(got, test.want) || !strings.Contains(got, "remove ") {
				t.Errorf("%q in %s: got %q", test.id, column, got)
			}
			line := fmt.Sprintf(`{"vendor":%s,"id":%s,"owner":%s,"key":%s}`, quote(cells["vendor"]), quote(cells["id"]), quote(cells["owner"]), quote(cells["key"]))
			if got := problemsOf(JSONLines, line); !strings.Contains(got, test.want) {
				t.Errorf("%q in %s of JSON: got %q", test.id, column, got)
			}
		}
		if got := problemsOf(CSV, "vendor,id,note\nknox,1,"+test.id+"\n"); got != "" {
			t.Errorf("%q in note: got %q", test.id, got)
		}
	}
	if got := problemsOf(CSV, "vendor,id,note\nknox,a b é 日本,x\n"); got != "" {
		t.Errorf("got %q", got)
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, "\t", `\t`) + `"` }

func TestErrorNamesSeparator(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"vendor;id;total\nnexudus;1;12,50\n", "separated by semicolons and not by commas"},
		{"\ufeffvendor;id;total\nnexudus;1;12,50\n", "separated by semicolons and not by commas"},
		{"\"vendor\";\"id\"\n", "separated by semicolons"},
		{"vendor\tid\ttotal\nnexudus\t1\t5\n", "separated by tabs and not by commas"},
		{"vendor|id|total\n", "separated by vertical bars and not by commas"},
		{"sep=;\nvendor;id\n", `the first line is "sep=;", which only Excel supports: remove it, and separate the cells by commas`},
		{"sep=,\nvendor,id\n", `the first line is "sep=,", which only Excel supports: remove it`},
		{"SEP=;\r\nvendor;id\r\n", "which only Excel supports"},
	} {
		if got := problemsOf(CSV, test.file); !strings.HasPrefix(got, "line 1, column ") || !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%q: got %q", test.file, got)
		}
	}
	if got := problemsOf(CSV, "note,vendor,id,x;y\n"); strings.Contains(got, "separated") {
		t.Errorf("got %q", got)
	}
}

func TestErrorNamesEncoding(t *testing.T) {
	text := "vendor,id,total\nnexudus,1,5\n"
	encoded := func(mark bool, low, high int) string {
		var b strings.Builder
		units := utf16.Encode([]rune(text))
		if mark {
			units = append([]uint16{0xfeff}, units...)
		}
		for _, u := range units {
			b.WriteByte(byte(u >> low))
			b.WriteByte(byte(u >> high))
		}
		return b.String()
	}
	for _, test := range []struct{ name, file, want string }{
		{"UTF-16LE", encoded(true, 0, 8), "UTF-16 (little-endian)"},
		{"UTF-16BE", encoded(true, 8, 0), "UTF-16 (big-endian)"},
		{"UTF-16LE without a mark", encoded(false, 0, 8), "UTF-16"},
		{"UTF-16BE without a mark", encoded(false, 8, 0), "UTF-16"},
		{"UTF-32", "\xff\xfe\x00\x00v\x00\x00\x00", "UTF-32"},
		{"workbook", "PK\x03\x04\x14\x00\x06\x00", "spreadsheet"},
		{"gzip", "\x1f\x8b\x08\x00", "gzip"},
	} {
		for _, f := range []Format{CSV, JSONLines} {
			got := problemsOf(f, test.file)
			if !strings.HasPrefix(got, "line 1, column 1: the file is ") || !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("%s as %v: got %q", test.name, f, got)
			}
		}
	}
	for _, file := range []string{"", "v", text, "{}", "\ufeff" + text} {
		if got := encodingProblem(bufio.NewReader(strings.NewReader(file))); got != "" {
			t.Errorf("%q: got %q", file, got)
		}
	}
}
