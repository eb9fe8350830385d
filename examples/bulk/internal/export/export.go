// Package export writes credits as a file of rows: every field that the vendor has shown
// is set to its value, or cleared if it is empty. A field that was not shown is left out,
// so that no later change clears it.
package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// A Writer writes credits in a format of package row.
type Writer struct {
	out    io.Writer
	format row.Format
	// Formulas counts the cells that a spreadsheet would compute as formulas. They are
	// written as they are, because the file must come back as it was.
	Formulas int64
}

// NewWriter returns a Writer of CSV or JSON Lines, and writes the header. bom begins a
// CSV file with a byte order mark, for Excel.
func NewWriter(out io.Writer, format row.Format, bom bool) (*Writer, error) {
	w := &Writer{out: out, format: format}
	if format != row.CSV {
		return w, nil
	}
	mark := ""
	if bom {
		mark = "\ufeff"
	}
	_, err := io.WriteString(out, mark+csvLine(columns()))
	return w, err
}

// columns are the columns of the CSV file.
func columns() []string {
	all := []string{"vendor", "id", "owner"}
	for _, f := range credit.Fields() {
		all = append(all, string(f))
	}
	return append(all, "clear")
}

// Write writes a credit. It reads the row again and returns an error if that is not
// the same credit, for example because the name is a text that a CSV file of rows
// refuses as an error of a spreadsheet.
func (w *Writer) Write(vendor string, r *credit.Record) error {
	set, cleared := change.Texts(credit.Patch(r.Values))
	for _, f := range credit.Fields() {
		if text, ok := set[f]; ok && text == "" { // an empty cell would mean that the field is unknown
			delete(set, f)
			cleared = append(cleared, f)
		}
	}
	var line string
	var err error
	if w.format == row.CSV {
		line = w.csvRow(vendor, r, set, cleared)
		err = check(csvLine(columns())+line, w.format, vendor, r)
	} else {
		if line, err = jsonRow(vendor, r, set, cleared); err == nil {
			err = check(line, w.format, vendor, r)
		}
	}
	if err != nil {
		return fmt.Errorf("the credit %q cannot be written as %v: %w", r.ID, w.format, err)
	}
	_, err = io.WriteString(w.out, line)
	return err
}

func (w *Writer) csvRow(vendor string, r *credit.Record, set map[credit.Field]string, cleared []credit.Field) string {
	cells := []string{vendor, r.ID, r.Owner}
	for _, f := range credit.Fields() {
		cells = append(cells, set[f])
		isText := f == credit.FieldName || f == credit.FieldNote
		if isText && set[f] != "" && strings.ContainsAny(set[f][:1], "=+-@\t\r\n") {
			w.Formulas++
		}
	}
	names := make([]string, len(cleared))
	for i, f := range cleared {
		names[i] = string(f)
	}
	return csvLine(append(cells, strings.Join(names, " ")))
}

func csvLine(cells []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(cells) // to memory
	w.Flush()
	return b.String()
}

func jsonRow(vendor string, r *credit.Record, set map[credit.Field]string, cleared []credit.Field) (string, error) {
	values := make(map[credit.Field]any, len(set))
	for f, text := range set {
		values[f] = text
		if f == credit.FieldMetadata {
			values[f] = json.RawMessage(text)
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		Vendor string               `json:"vendor"`
		ID     string               `json:"id"`
		Owner  string               `json:"owner,omitempty"`
		Set    map[credit.Field]any `json:"set,omitempty"`
		Clear  []credit.Field       `json:"clear,omitempty"`
	}{vendor, r.ID, r.Owner, values, cleared})
	return b.String(), err
}

// check reads a file of one row and compares it with the credit.
func check(file string, format row.Format, vendor string, want *credit.Record) error {
	rows := 0
	for got, problems := range row.Read(strings.NewReader(file), format) {
		if len(problems) > 0 {
			return fmt.Errorf("%s", problems[0].Reason)
		}
		rows++
		values := credit.Patch(want.Values)
		for _, f := range credit.Fields() {
			if !got.Patch.Op(f).Equal(values.Op(f)) {
				return fmt.Errorf("%s would be read as %s instead of %s", f, got.Patch.Op(f), values.Op(f))
			}
		}
		if got.Vendor != vendor || got.Ref.ID != want.ID || got.Ref.Owner != want.Owner {
			return fmt.Errorf("it would be read as the credit %q of the owner %q", got.Ref.ID, got.Ref.Owner)
		}
	}
	if rows != 1 {
		return fmt.Errorf("it would be read as %d rows", rows)
	}
	return nil
}
