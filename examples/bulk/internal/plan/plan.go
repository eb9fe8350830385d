// Package plan makes the plan of a file of changes: it reads each credit, and writes for
// each row what the credit has, what it will have, and the request that would be sent. A
// plan is a file of rows in the format [row.Plan], whose planned rows expect the credit as
// it was read.
package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
)

// schema is the version of the format of a plan.
const schema = 1

// A Header is the first line of a plan. It has no time, so that two plans of the same
// file and the same credits are the same bytes.
type Header struct {
	Schema int `json:"schema"`
	// Target is where the plan was made for. Its vendors are those of the planned rows.
	Target target.Target `json:"target"`
	// Input and Digest are the name and the SHA-256 in hex of the file of changes, or
	// of the results that are undone.
	Input  string `json:"input"`
	Digest string `json:"input_sha256"`
	// Was and WasDigest are those of the export that the file was compared with.
	Was       string `json:"was,omitempty"`
	WasDigest string `json:"was_sha256,omitempty"`
	Summary
}

// A Summary counts the rows of a plan.
type Summary struct {
	Rows      int64 `json:"rows"`
	Planned   int64 `json:"planned"`
	Unchanged int64 `json:"unchanged"`
	Refused   int64 `json:"refused"`
}

// String returns the counts in one line.
func (s Summary) String() string {
	return fmt.Sprintf("%s: %d planned, %d unchanged, %d refused", format.Counted(s.Rows, "row"), s.Planned, s.Unchanged, s.Refused)
}

func (s *Summary) add(status string) {
	s.Rows++
	switch status {
	case row.StatusPlanned:
		s.Planned++
	case row.StatusUnchanged:
		s.Unchanged++
	default:
		s.Refused++
	}
}

// A Line is a row of a plan. Package row reads the members vendor to expect; the others
// are for people.
type Line struct {
	Status string               `json:"status"` // row.StatusPlanned, ...
	Line   int                  `json:"line"`   // of the input
	Vendor string               `json:"vendor"`
	ID     string               `json:"id"`
	Owner  string               `json:"owner,omitempty"`
	Key    string               `json:"key,omitempty"`
	Set    map[credit.Field]any `json:"set,omitempty"`
	Clear  []credit.Field       `json:"clear,omitempty"`
	Expect *credit.Patch        `json:"expect,omitempty"`
	// Reason says why a refused row cannot be sent.
	Reason string `json:"reason,omitempty"`
	// Unguarded are the fields of the change whose values the vendor did not show, so
	// that nothing notices if another writer changes them before the plan is applied.
	Unguarded []credit.Field  `json:"unguarded,omitempty"`
	Before    *credit.Patch   `json:"before,omitempty"`
	After     *credit.Patch   `json:"after,omitempty"`
	Request   *credit.Request `json:"request,omitempty"`
}

// Fields returns the fields of the change.
func (l Line) Fields() []credit.Field {
	return slices.Concat(slices.Collect(maps.Keys(l.Set)), l.Clear)
}

// encode returns the line as JSON with its line end.
func (l Line) encode() ([]byte, error) { return encodeLine(l) }

func encodeLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it, too
	err := e.Encode(v)
	return b.Bytes(), err
}

// decodeHeader returns the header of a plan, which is its first line.
func decodeHeader(line []byte) (h Header, err error) {
	if err := json.Unmarshal(line, &h); err != nil || h.Schema == 0 {
		return Header{}, errors.New("it is not a plan: its first line must be the header that bulk plan writes")
	}
	if h.Schema != schema {
		return Header{}, fmt.Errorf("the plan has schema %d, and this version of bulk reads schema %d", h.Schema, schema)
	}
	if h.Planned < 0 || h.Unchanged < 0 || h.Refused < 0 || h.Rows != h.Planned+h.Unchanged+h.Refused {
		return Header{}, errors.New("line 1: the numbers of rows do not add up")
	}
	return h, nil
}
