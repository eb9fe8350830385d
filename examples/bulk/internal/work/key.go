package work

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// Key is the idempotency key of a row, the same in every process and at every
// try. A row with a key of its own has it in every file; any other row is one
// with its place in its file.
func IdempotencyKey(j queue.Job, r row.Row) string {
	own := []string{"key", r.Key}
	if r.Key == "" {
		own = []string{"row", j.Digest, strconv.FormatInt(r.Number, 10)}
	}
	hash := sha256.New()
	for _, part := range append(own, r.Vendor, r.Ref.Owner, r.Ref.ID) {
		fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	return "bulk-" + hex.EncodeToString(hash.Sum(nil)[:20])
}
