package result

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// csvColumns are the columns that each results file has. changes is a JSON array of
// objects with field, before and after. took_ms is a decimal number.
var csvColumns = []string{
	"row", "line", "vendor", "id", "owner", "key", "outcome", "kind", "code", "error",
	"request_id", "idempotency_key", "attempts", "took_ms", "at", "changes",
}

// byteOrderMark tells Excel that a CSV file is UTF-8.
const byteOrderMark = "\ufeff"

// A CSVOptions configures a results file.
type CSVOptions struct {
	// About describes the run. It must not have a comma, quote or line break, so that
	// the comment is one cell.
	About string
	// Rows is the number of rows of the input.
	Rows int64
	// BOM begins the file with a byte order mark, for Excel.
	BOM bool
}

// WriteCSV writes the results file: a comment line that begins with # and describes
// the run, the names of the columns, and a line for each row of the input, in order. A
// row without a result has its number and the outcome pending.
//
// For people and spreadsheets, each field that a row changes has two more columns, such
// as total_before and total_after, at the end of the line. Their texts are without quotes.
// Programs should read the column changes, which distinguishes a text from no value and
// from "unknown".
//
// A spreadsheet computes cells that begin with = or + as formulas. So a ' is put
// before a cell that begins with = + - @ (or their full-width forms), a tab or a
// line break. It is also put before a cell that begins with ', so that a program
// can restore every cell by removing one '.
func (s *Store) WriteCSV(w io.Writer, o CSVOptions) error {
	mark := ""
	if o.BOM {
		mark = byteOrderMark
	}
	if _, err := fmt.Fprintf(w, "%s# %s\n", mark, o.About); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	fields, header := s.changedFields(), slices.Clone(csvColumns)
	for _, f := range fields {
		header = append(header, f+"_before", f+"_after")
	}
	if err := out.Write(header); err != nil {
		return err
	}
	next := int64(1)
	pendingUntil := func(row int64) error {
		for ; next < row; next++ {
			if err := out.Write(csvRecord(Result{Row: next, Outcome: Pending}, fields)); err != nil {
				return err
			}
		}
		next++
		return nil
	}
	for r, err := range s.All(o.Rows) {
		if err != nil {
			return err
		}
		if err := pendingUntil(r.Row); err != nil {
			return err
		}
		if err := out.Write(csvRecord(r, fields)); err != nil {
			return err
		}
	}
	if err := pendingUntil(o.Rows + 1); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// csvRecord returns the cells of a row, with those of fields at the end.
func csvRecord(r Result, fields []string) []string {
	record := []string{
		strconv.FormatInt(r.Row, 10), "", r.Vendor, r.ID, r.Owner, r.Key, string(r.Outcome), r.Kind, r.Code, r.Error,
		r.RequestID, r.IdempotencyKey, "", "", "", "",
	}
	if r.Outcome != Pending {
		record[1], record[12], record[13] = strconv.Itoa(r.Line), strconv.Itoa(r.Attempts), formatMilliseconds(r.Took)
	}
	if !r.At.IsZero() {
		record[14] = r.At.UTC().Format(time.RFC3339Nano)
	}
	if len(r.Changes) > 0 {
		record[15] = changesJSON(r.Changes)
	}
	for i, cell := range record {
		record[i] = escapeFormula(cell)
	}
	for _, f := range fields {
		var c Change
		if i := slices.IndexFunc(r.Changes, func(c Change) bool { return c.Field == f }); i >= 0 {
			c = r.Changes[i]
		}
		record = append(record, plainCell(f, c.Before), plainCell(f, c.After))
	}
	return record
}

// plainCell returns a value for a cell of its own: a text without quotes, and other values
// as they are. An amount is a number also if it begins with a minus sign.
func plainCell(field, value string) string {
	op := new(credit.Patch).Op(credit.Field(field))
	if op.Amount != nil {
		return value
	}
	if text, err := strconv.Unquote(value); err == nil && op.Text != nil {
		value = text
	}
	return escapeFormula(value)
}

func escapeFormula(cell string) string {
	first, size := utf8.DecodeRuneInString(cell)
	if size > 0 && strings.ContainsRune("=+-@\t\r\n'＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}

func formatMilliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', -1, 64)
}

func changesJSON(changes []Change) string {
	text, err := jsonline.Encode(changes)
	if err != nil {
		return fmt.Sprintf("%q", err.Error()) // cannot happen: strings always encode
	}
	return string(text)
}
