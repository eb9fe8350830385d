// Package result is what became of the rows: one [Result] each, the [Book] that
// gathers them, and the results file.
package result

import "time"

// An Outcome says whether the row's change happened.
type Outcome string

// The outcomes.
const (
	Applied  Outcome = "applied"  // with an Error: made, but the answer is unusable or shows something else
	Unknown  Outcome = "unknown"  // somebody has to look at the credit
	Rejected Outcome = "rejected" // the vendor said no
	NotSent  Outcome = "not sent" // refused or failed before anything was sent
	Skipped  Outcome = "skipped"  // a bad row, under -skip-bad
	Planned  Outcome = "planned"  // -dry-run: what would change is in Changes
	// Pending stands in the results file for a row that has no Result yet. No
	// Result has it.
	Pending Outcome = "pending"
)

// Outcomes are all of them, in the order in which people are told.
var Outcomes = []Outcome{Applied, Planned, Unknown, Rejected, NotSent, Skipped, Pending}

// rank orders outcomes by how much may have changed, as credit.Outcome does. It
// is 0 for what is no outcome of a Result.
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

// Outranks reports whether more may have changed after o than after other. Of
// two ends of one row the one that outranks the other stands, else the first.
func (o Outcome) Outranks(other Outcome) bool { return o.rank() > other.rank() }

// A Result is what became of one row.
type Result struct {
	Row            int64         `json:"row"`  // its number
	Line           int           `json:"line"` // where it begins in the file
	Vendor         string        `json:"vendor"`
	ID             string        `json:"id"`
	Owner          string        `json:"owner,omitempty"`
	Key            string        `json:"key,omitempty"` // the row's own
	Outcome        Outcome       `json:"outcome"`
	Kind           string        `json:"kind,omitempty"`  // "not found", "unsupported", ...; empty where there is no error
	Code           string        `json:"code,omitempty"`  // the vendor's own
	Error          string        `json:"error,omitempty"` // in one line
	RequestID      string        `json:"request_id,omitempty"`
	IdempotencyKey string        `json:"idempotency_key,omitempty"`
	Attempts       int           `json:"attempts,omitempty"`
	Took           time.Duration `json:"took,omitempty"` // the vendor's calls of the last try, without waiting for a limit
	Changes        []Change      `json:"changes,omitempty"`
	At             time.Time     `json:"at"`
}

// A Change is one field, before and after; empty says that there is no value,
// "unknown" that nobody read it.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}
