// Package result describes the result of each row ([Result]), collects the results
// ([Store]), and writes the results file.
package result

import (
	"time"

	"github.com/creditkit/creditkit/credit"
)

// An Outcome says whether the change of a row was made.
type Outcome string

// The outcomes.
const (
	Applied  Outcome = "applied"  // made; with an Error, the answer is unusable or shows another value
	Unknown  Outcome = "unknown"  // may have been made: look at the credit
	Rejected Outcome = "rejected" // the vendor rejected the request
	NotSent  Outcome = "not sent" // refused or failed before it was sent
	Skipped  Outcome = "skipped"  // a bad row, under -skip-bad
	Planned  Outcome = "planned"  // -dry-run: Changes has what would change
	// Pending is the outcome of a row without a Result, in the results file only.
	Pending Outcome = "pending"
)

// Outcomes are all outcomes, in the order in which they are shown.
var Outcomes = []Outcome{Applied, Planned, Unknown, Rejected, NotSent, Skipped, Pending}

// rank orders outcomes by how much may have changed, as credit.Outcome does. It is
// 0 for anything that cannot be the outcome of a Result.
func (o Outcome) rank() int {
	switch o {
	case Applied:
		return 4
	case Unknown:
		return 3
	case Rejected:
		return 2
	case NotSent, Skipped, Planned:
		return 1
	}
	return 0
}

// Outranks reports whether more may have changed after o than after other. Of two
// results of a row the one with the higher rank counts, otherwise the first.
func (o Outcome) Outranks(other Outcome) bool { return o.rank() > other.rank() }

// A Result is the result of one row.
type Result struct {
	Row            int64         `json:"row"`  // the row's number
	Line           int           `json:"line"` // the line where the row begins
	Vendor         string        `json:"vendor"`
	ID             string        `json:"id"`
	Owner          string        `json:"owner,omitempty"`
	Key            string        `json:"key,omitempty"` // the key of the row
	Outcome        Outcome       `json:"outcome"`
	Kind           string        `json:"kind,omitempty"`  // "not found", "unsupported", ...; empty without an error
	Code           string        `json:"code,omitempty"`  // the vendor's error code
	Error          string        `json:"error,omitempty"` // one line
	RequestID      string        `json:"request_id,omitempty"`
	IdempotencyKey string        `json:"idempotency_key,omitempty"`
	Attempts       int           `json:"attempts,omitempty"`
	Took           time.Duration `json:"took,omitempty"` // duration of the last try, without the wait for a limit
	Changes        []Change      `json:"changes,omitempty"`
	At             time.Time     `json:"at"`
}

// ChangesOf returns what a patch changes in a record, which may be nil.
func ChangesOf(before *credit.Record, p credit.Patch) (changes []Change) {
	was := credit.Patch{}
	if before != nil {
		was = credit.Patch(before.Values)
	}
	for f, op := range p.All() {
		changes = append(changes, Change{Field: string(f), Before: was.Op(f).String(), After: op.String()})
	}
	return changes
}

// A Change is one field, before and after. An empty text means no value, "unknown"
// that the value was not read.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}
