package row

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// A queuedRow is the JSON form of a row in the queue. Its values are the texts of
// package change, which keep every digit.
type queuedRow struct {
	Number int64                   `json:"number"`
	Line   int                     `json:"line"`
	Vendor string                  `json:"vendor"`
	ID     string                  `json:"id"`
	Owner  string                  `json:"owner,omitempty"`
	Key    string                  `json:"key,omitempty"`
	Set    map[credit.Field]string `json:"set,omitempty"`
	Clear  []credit.Field          `json:"clear,omitempty"`
	Expect *credit.Patch           `json:"expect,omitempty"`
}

// MarshalJSON encodes a row that [Read] has returned. UnmarshalJSON restores the
// same row.
func (r Row) MarshalJSON() ([]byte, error) {
	set, cleared := change.Texts(r.Patch)
	q := queuedRow{
		Number: r.Number, Line: r.Line, Vendor: r.Vendor, ID: r.Ref.ID, Owner: r.Ref.Owner, Key: r.Key,
		Set: set, Clear: cleared,
	}
	if r.HasExpect() {
		expect := credit.Patch(r.Expect)
		q.Expect = &expect
	}
	return json.Marshal(q)
}

// UnmarshalJSON decodes a row that MarshalJSON has encoded. It rejects unknown
// members, because an incomplete change is another change.
func (r *Row) UnmarshalJSON(data []byte) error {
	var q queuedRow
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		return fmt.Errorf("row: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("row: more than one row")
	}
	row := Row{Number: q.Number, Line: q.Line, Vendor: q.Vendor, Ref: credit.Ref{ID: q.ID, Owner: q.Owner}, Key: q.Key}
	for f, text := range q.Set {
		if err := change.Set(&row.Patch, f, text); err != nil {
			return fmt.Errorf("row: %s: %w", f, err)
		}
	}
	for _, f := range q.Clear {
		if err := change.Clear(&row.Patch, f); err != nil {
			return fmt.Errorf("row: %s: %w", f, err)
		}
	}
	if q.Expect != nil {
		row.Expect = credit.Values(*q.Expect)
	}
	*r = row
	return nil
}
