package result

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// csvColumns are the columns of the results file. changes is a JSON array of
// objects with field, before and after. took_ms is a decimal number.
var csvColumns = []string{
	"row", "line", "vendor", "id", "owner", "key", "outcome", "kind", "code", "error",
	"request_id", "idempotency_key", "attempts", "took_ms", "at", "changes",
}

// WriteCSV writes the results file: a comment line that begins with # and describes
// the run, the names of the columns, and a line for each row of the input, in
// order. about must not have a comma, quote or line break, so that the comment is
// one cell. A row without a result has its number and the outcome pending.
//
// A spreadsheet computes cells that begin with = or + as formulas. So a ' is put
// before a cell that begins with = + - @ (or their full-width forms), a tab or a
// line break. It is also put before a cell that begins with ', so that a program
// can restore every cell by removing one '.
func (s *Store) WriteCSV(w io.Writer, about string, rows int64) error {
	if _, err := fmt.Fprintf(w, "# %s\n", about); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(csvColumns); err != nil {
		return err
	}
	next := int64(1)
	pendingUntil := func(row int64) error {
		for ; next < row; next++ {
			if err := out.Write(csvRecord(Result{Row: next, Outcome: Pending})); err != nil {
				return err
			}
		}
		next++
		return nil
	}
	for r, err := range s.All(rows) {
		if err != nil {
			return err
		}
		if err := pendingUntil(r.Row); err != nil {
			return err
		}
		if err := out.Write(csvRecord(r)); err != nil {
			return err
		}
	}
	if err := pendingUntil(rows + 1); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func csvRecord(r Result) []string {
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
	return record
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
