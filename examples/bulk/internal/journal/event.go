// Package journal is the one order of all that happened to the rows of a job.
// Whoever works on the job writes to it and follows it, and so knows of each
// row whether somebody has started it, and whether it has ended.
package journal

import (
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Kind is what happened.
type Kind string

const (
	kindStarted  Kind = "started"  // about to be sent; stored before the send
	kindReleased Kind = "released" // to be tried again
	kindDone     Kind = "done"
)

// An Event is one entry.
type Event struct {
	Kind   Kind   `json:"event"`
	Row    int64  `json:"row"`
	Vendor string `json:"vendor"`
	// Claim tells one start, and its release, from all others: what is stored
	// twice, or late, must not be taken for another's.
	Claim string `json:"claim,omitempty"`
	// Doubt says that the change may have happened, of a released row.
	Doubt  bool           `json:"doubt,omitempty"`
	Result *result.Result `json:"result,omitempty"`
}

// check refuses what a later version may mean something by.
func (e Event) validate() error {
	switch {
	case e.Kind != kindStarted && e.Kind != kindReleased && e.Kind != kindDone:
		return fmt.Errorf("unknown kind of entry %q", e.Kind)
	case e.Kind == kindDone && (e.Result == nil || !slices.Contains(result.Outcomes, e.Result.Outcome)):
		return fmt.Errorf("row %d has ended without an outcome that is known", e.Row)
	}
	return nil
}
