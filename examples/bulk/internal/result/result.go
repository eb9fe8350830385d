// Package result is what became of a row.
package result

import "time"

// An Outcome says whether the row's change happened.
type Outcome string

const (
	Applied  Outcome = "applied"  // with an Error: made, but the answer is unusable or shows something else
	Unknown  Outcome = "unknown"  // somebody has to look at the credit
	Rejected Outcome = "rejected" // the vendor said no
	NotSent  Outcome = "not sent" // refused or failed before anything was sent
	Skipped  Outcome = "skipped"  // a bad row, under -skip-bad
	Planned  Outcome = "planned"  // -dry-run: what would change is in Changes
)

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
