package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

// A Job is one change of one credit, to be made once. It can be stored as JSON.
type Job struct {
	// Key names the change for all time, such as an order's id. It is required: 1 to
	// 200 bytes of UTF-8 without control characters.
	Key string `json:"key"`
	// Vendor names the vendor, and the account if there are several: "knox" or
	// "knox/tenant-a". It is required. Credits with the same Ref and another Vendor are
	// different credits.
	Vendor string `json:"vendor"`
	// Ref is the credit. Write the id of a credit always in the same way: other letters,
	// such as capitals in a UUID, name another credit to the journal.
	Ref credit.Ref `json:"ref"`
	// Patch is the change. It may be empty if Add is not.
	Patch credit.Patch `json:"patch,omitzero"`
	// Add is added to the credit's amounts. They are read after the job is started, and
	// the sums are stored before they are sent.
	Add Amounts `json:"add,omitzero"`
	// Expect are values that the credit must have, see [credit.WithExpect]; nil if there
	// are none. Its Raw is not stored.
	Expect *credit.Record `json:"expect,omitempty"`
	// Actor is who asked for the change, and Reason why. Both are for people to read.
	Actor  string `json:"actor,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Amounts are changes of amounts, relative to what the credit has. An unset Decimal
// leaves the amount alone. A negative one subtracts.
type Amounts struct {
	Total   credit.Decimal `json:"total,omitzero"`
	Balance credit.Decimal `json:"balance,omitzero"`
}

// IsZero reports whether nothing is added.
func (a Amounts) IsZero() bool { return !a.Total.IsSet() && !a.Balance.IsSet() }

const (
	maxKey  = 200
	maxText = 2000 // bytes of Actor and of Reason
)

// validate returns a [credit.InvalidError] if the job cannot be stored. Whether the vendor
// can make the change is the Updater's to say.
func (j *Job) validate() error {
	errs := credit.InvalidError{Vendor: "journal"}
	if j.Key == "" || len(j.Key) > maxKey || !isPlainText(j.Key) {
		errs.Add("key", "must be 1 to 200 bytes of UTF-8 without control characters")
	}
	if j.Vendor == "" || len(j.Vendor) > maxKey || !isPlainText(j.Vendor) {
		errs.Add("vendor", "must be 1 to 200 bytes of UTF-8 without control characters")
	}
	if j.Ref.ID == "" {
		errs.Add("id", "is empty")
	}
	if len(j.Actor) > maxText || !utf8.ValidString(j.Actor) {
		errs.Add("actor", "must be at most 2,000 bytes of UTF-8")
	}
	if len(j.Reason) > maxText || !utf8.ValidString(j.Reason) {
		errs.Add("reason", "must be at most 2,000 bytes of UTF-8")
	}
	stored := *j
	stored.Expect = withoutRaw(j.Expect)
	if _, err := json.Marshal(&stored); err != nil {
		errs.Add("job", "cannot be stored: "+err.Error())
	}
	if j.Expect != nil && (*credit.Patch)(&j.Expect.Values).IsEmpty() {
		errs.Add("expect", "has no field to compare")
	}
	if j.Patch.IsEmpty() && j.Add.IsZero() {
		errs.Add("patch", "changes nothing")
	}
	if j.Add.Total.IsSet() && !j.Patch.Total.IsZero() {
		errs.Add("add", "total is in the patch, too")
	}
	if j.Add.Balance.IsSet() && !j.Patch.Balance.IsZero() {
		errs.Add("add", "balance is in the patch, too")
	}
	return errs.ErrorOrNil()
}

func isPlainText(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// sameChange reports whether two jobs make the same change of the same credit. Actor
// and Reason may differ: each run can have its own.
func (j *Job) sameChange(other *Job) bool {
	return j.Vendor == other.Vendor && j.Ref == other.Ref &&
		samePatch(&j.Patch, &other.Patch) &&
		sameAmount(j.Add.Total, other.Add.Total) && sameAmount(j.Add.Balance, other.Add.Balance) &&
		sameExpectation(j.Expect, other.Expect)
}

func samePatch(a, b *credit.Patch) bool {
	for _, f := range credit.Fields() {
		if x, y := a.Op(f), b.Op(f); x.IsZero() != y.IsZero() || !x.IsZero() && !x.Equal(y) {
			return false
		}
	}
	return true
}

func sameAmount(a, b credit.Decimal) bool {
	return a.IsSet() == b.IsSet() && (!a.IsSet() || a.Equal(b))
}

func sameExpectation(a, b *credit.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return samePatch((*credit.Patch)(&a.Values), (*credit.Patch)(&b.Values))
}

// idempotencyKey returns the key of the job's requests at vendors that have idempotency
// keys. round counts the keys that the vendor has used up for a failure.
func (j *Job) idempotencyKey(round int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", j.Vendor, j.Key))
	key := "creditkit-" + hex.EncodeToString(sum[:16])
	if round > 0 {
		key += "-" + strconv.Itoa(round)
	}
	return key
}
