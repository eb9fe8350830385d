package result

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"github.com/creditkit/creditkit/credit"
)

// Next is what to do with an unknown row.
type Next struct {
	Verdict credit.Verdict // zero if the credit could not be looked at
	Fields  []credit.FieldMismatch
	Advice  string
}

// A NextWriter writes the CSV file of what to do next, with a line for each unknown row.
// Its cells cannot be formulas, as those of the results file.
type NextWriter struct{ out *csv.Writer }

// NewNextWriter returns a NextWriter, and writes the header. bom begins the file with a
// byte order mark, for Excel. Flush returns the first error.
func NewNextWriter(w io.Writer, bom bool) *NextWriter {
	out := csv.NewWriter(w)
	header := []string{"row", "line", "vendor", "id", "owner", "key", "idempotency_key", "verdict", "next", "differs"}
	if bom {
		header[0] = byteOrderMark + header[0]
	}
	_ = out.Write(header) // Flush returns the error
	return &NextWriter{out}
}

// Write writes the line of a row. differs is a JSON array of objects with field, want and
// got.
func (w *NextWriter) Write(r Result, next Next) {
	record := []string{
		strconv.FormatInt(r.Row, 10), strconv.Itoa(r.Line), r.Vendor, r.ID, r.Owner, r.Key, r.IdempotencyKey,
		next.Verdict.String(), next.Advice, "",
	}
	if len(next.Fields) > 0 {
		text, _ := json.Marshal(next.Fields) // strings always encode
		record[len(record)-1] = string(text)
	}
	for i, cell := range record {
		record[i] = escapeFormula(cell)
	}
	_ = w.out.Write(record) // Flush returns the error
}

// Flush writes what is buffered.
func (w *NextWriter) Flush() error {
	w.out.Flush()
	return w.out.Error()
}
