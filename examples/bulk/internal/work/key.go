package work

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// Key returns the key of a row's change in the journal, from which the vendor's idempotency
// key is made. It is the same in every process and for every try. It depends on the row's
// own key, or on the file and the row's number if it has none.
func Key(j queue.Job, r row.Row) string {
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
