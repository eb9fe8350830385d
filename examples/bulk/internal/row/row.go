package row

import (
	"fmt"

	"github.com/creditkit/creditkit/credit"
)

// A Row is one change of one credit.
type Row struct {
	// Number counts the rows of the file from 1, the bad ones too; headers and
	// empty lines do not count.
	Number int64
	// Line is where the row begins in the file, from 1.
	Line   int
	Vendor string
	Ref    credit.Ref
	// Key is the row's own, as the file has it; most files have none.
	Key   string
	Patch credit.Patch
}

// A Problem is what is wrong with a row, and where.
type Problem struct {
	Number int64  `json:"number"` // of the row; 0 for the file
	Line   int    `json:"line"`
	Column int    `json:"column"` // in bytes, from 1
	Reason string `json:"reason"`
}

// String is the problem as a compiler would put it.
func (p Problem) String() string {
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Reason)
}
