package row

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A Format is a file format of rows.
type Format int

// The formats.
const (
	CSV Format = iota + 1
	JSONLines
	// CSVWithExponents is CSV whose amounts may have exponents.
	CSVWithExponents
	// Plan is the format of a plan: a header line, and JSON Lines whose member status
	// says which of them are rows to send. No name of a file stands for it.
	Plan
)

// String returns the name of the format.
func (f Format) String() string {
	switch f {
	case CSV:
		return "CSV"
	case CSVWithExponents:
		return "CSV with exponents"
	case JSONLines:
		return "JSON Lines"
	case Plan:
		return "plan"
	}
	return fmt.Sprintf("Format(%d)", int(f))
}

// FormatOf returns the format of a file by its name: .csv, or .jsonl and .ndjson.
func FormatOf(path string) (Format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv":
		return CSV, nil
	case ".jsonl", ".ndjson":
		return JSONLines, nil
	default:
		return 0, fmt.Errorf("%s: the name must end in .csv, .jsonl or .ndjson", path)
	}
}
