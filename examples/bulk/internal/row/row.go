package row

import (
	"fmt"

	"github.com/creditkit/creditkit/credit"
)

// A Row is one change of one credit.
type Row struct {
	// Number counts the rows of the file from 1, including bad ones, without headers
	// and empty lines.
	Number int64
	// Line is the line of the file where the row begins, from 1.
	Line   int
	Vendor string
	Ref    credit.Ref
	// Key is the key of the change; most files have none.
	Key   string
	Patch credit.Patch
	// Expect holds the values that the credit must have for the change to be made, see
	// [credit.WithExpect]. It is zero for a row without such values.
	Expect credit.Values
}

// HasExpect reports whether the row expects values.
func (r Row) HasExpect() bool { return !credit.Patch(r.Expect).IsEmpty() }

// A Problem is an error in a row, with its position.
type Problem struct {
	Number int64  `json:"number"` // of the row; 0 for the file
	Line   int    `json:"line"`
	Column int    `json:"column"` // in bytes, from 1
	Reason string `json:"reason"`
}

// String returns the position and the reason.
func (p Problem) String() string {
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Reason)
}
