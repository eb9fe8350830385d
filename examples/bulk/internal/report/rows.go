package report

import (
	"bufio"
	"encoding/json"
	"iter"

	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

const (
	maxPlainRows = 1_000   // of the table of all rows, without scripts
	maxDataRows  = 300_000 // of the same table with scripts; a browser must be able to open it
)

// A pageRow is a row of the table of all rows.
type pageRow struct {
	result.Result
	Changes []pageChange
}

// A pageChange is a change with what money says about it. Difference and Outlier are empty
// for fields other than amounts.
type pageChange struct {
	result.Change
	Difference, Outlier string
}

func newPageRow(r result.Result) pageRow {
	row := pageRow{Result: r}
	amounts := money.ChangesOf(r)
	for _, c := range r.Changes {
		change := pageChange{Change: c}
		for _, amount := range amounts {
			if string(amount.Field) != c.Field {
				continue
			}
			change.Outlier = amount.Outlier()
			if d := amount.Difference(); d.IsSet() {
				change.Difference = money.Signed(d)
			}
		}
		row.Changes = append(row.Changes, change)
	}
	return row
}

// Detail returns the kind of the error with the vendor's code.
func (r pageRow) Detail() string {
	if r.Code == "" {
		return r.Kind
	}
	return r.Kind + " (" + r.Code + ")"
}

// MarshalJSON returns the row as an array, in the order that report.js reads.
func (r pageRow) MarshalJSON() ([]byte, error) {
	changes := make([][5]string, 0, len(r.Changes))
	for _, c := range r.Changes {
		changes = append(changes, [5]string{c.Field, c.Before, c.After, c.Difference, c.Outlier})
	}
	return json.Marshal([]any{r.Line, r.Vendor, r.ID, r.Owner, r.Key, r.Outcome, r.Error, r.Detail(), changes})
}

// writeData writes the rows as JSON that report.js reads. encoding/json escapes <, > and &,
// so that no text ends the element.
func writeData(out *bufio.Writer, results iter.Seq2[result.Result, error]) error {
	_, _ = out.WriteString(`<script type="application/json" id="data">[`) // the last write returns the error
	n := 0
	for r, err := range results {
		if err != nil {
			return err
		}
		if n == maxDataRows {
			break
		}
		if n++; n > 1 {
			_, _ = out.WriteString(",\n")
		}
		text, err := json.Marshal(newPageRow(r))
		if err != nil {
			return err
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	_, err := out.WriteString("]</script>\n")
	return err
}
