// Package row is the format of a file of changes: CSV or JSON Lines.
package row

import (
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
	Number int64
	Line   int
	Column int // in bytes, from 1
	Reason string
}
