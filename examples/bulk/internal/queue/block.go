package queue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// The stream of rows has one message for each block: rows of one vendor, in the order of
// the file. One acknowledgement removes a block, so the disk is synced once for all its
// rows.
//
// The blocks depend on the job and its rows only, so that a submission that was
// interrupted continues behind the last stored block. A change of the constants needs
// another layout.
const (
	layout        = 2 // of the stream of rows; 1 had one row per message
	maxBlockRows  = 64
	maxBlockBytes = 64 << 10 // a larger row is a block of its own
	// minBlocks is how many blocks a vendor has at least, if it has as many rows: each
	// process and each row in flight must get one.
	minBlocks = 1024
)

// blockRows returns how many rows of a vendor are in one block.
func (j Job) blockRows(vendor string) int {
	return int(min(max(j.VendorRows[vendor]/minBlocks, 1), maxBlockRows))
}

// A storedBlock is the message of a block.
type storedBlock struct {
	vendor string
	text   []byte // a line for each row, in JSON
	rows   int
	line   int64 // the number of the last row, for errors
}

// blocks returns the blocks of the rows, in the order in which they are stored. It ends
// at the first error.
func (j Job) blocks(rows iter.Seq2[row.Row, error]) iter.Seq2[storedBlock, error] {
	return func(yield func(storedBlock, error) bool) {
		open := make(map[string]storedBlock)
		for r, err := range rows {
			var text []byte
			if err == nil {
				text, err = json.Marshal(r)
			}
			if err != nil {
				yield(storedBlock{}, err)
				return
			}
			b := open[r.Vendor]
			if b.rows > 0 && len(b.text)+1+len(text) > maxBlockBytes {
				if !yield(b, nil) {
					return
				}
				b = storedBlock{}
			}
			if b.rows > 0 {
				b.text = append(b.text, '\n')
			}
			b = storedBlock{vendor: r.Vendor, text: append(b.text, text...), rows: b.rows + 1, line: r.Number}
			if b.rows >= j.blockRows(r.Vendor) {
				if !yield(b, nil) {
					return
				}
				b = storedBlock{}
			}
			open[r.Vendor] = b
		}
		for _, vendor := range j.Vendors() {
			if b := open[vendor]; b.rows > 0 && !yield(b, nil) {
				return
			}
		}
	}
}

// decodeBlock decodes the rows of a block.
func decodeBlock(text []byte) ([]row.Row, error) {
	var rows []row.Row
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		var r row.Row
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("row %d of a block: %w", len(rows)+1, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}
