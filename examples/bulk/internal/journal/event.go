// Package journal records everything that happens to the rows of a job, in one
// order. Every worker of the job writes to it and follows it, and so knows of each
// row whether it was started and whether it has ended.
package journal

import (
	"fmt"
	"slices"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Kind is the kind of an [Event].
type Kind string

const (
	kindStarted  Kind = "started"  // about to be sent; stored before the request
	kindReleased Kind = "released" // to be tried again
	kindDone     Kind = "done"
)

// An Event is one entry of the journal. A message of the stream has one event per line:
// those that were written together.
type Event struct {
	Kind   Kind   `json:"event"`
	Row    int64  `json:"row"`
	Vendor string `json:"vendor"`
	// Claim identifies one start and its release, so that a duplicate or late entry is
	// not taken for another worker's.
	Claim string `json:"claim,omitempty"`
	// Doubt reports, for a released row, that the change may have been made.
	Doubt  bool           `json:"doubt,omitempty"`
	Result *result.Result `json:"result,omitempty"`

	at time.Time // when the server stored it, which is part of the stream's message
}

// validate rejects unknown kinds of entries, which a later version may have
// written, and ends without a known outcome.
func (e Event) validate() error {
	switch {
	case e.Kind != kindStarted && e.Kind != kindReleased && e.Kind != kindDone:
		return fmt.Errorf("unknown kind of entry %q", e.Kind)
	case e.Kind == kindDone && (e.Result == nil || !slices.Contains(result.Outcomes, e.Result.Outcome)):
		return fmt.Errorf("row %d has ended without an outcome that is known", e.Row)
	}
	return nil
}
