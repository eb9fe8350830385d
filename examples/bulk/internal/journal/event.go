// Package journal records everything that happens to the rows of a job, in one
// order. Every worker of the job writes to it and follows it, and so knows of each
// row whether it was started and whether it has ended.
//
// The change of a row is a key of package credit/journal, which decides what is known
// about it: a [Row] is its store. The journal here adds the results of the rows.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nuid"

	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Kind is the kind of an [Event].
type Kind string

const (
	kindStarted Kind = "started" // the change is about to be sent; stored before the request
	kindTried   Kind = "tried"   // a try of the change has ended
	kindDone    Kind = "done"    // the row has a result and is not tried again
)

// An Event is one entry of the journal. A message of the stream has one event per line:
// those that were written together.
type Event struct {
	Kind   Kind   `json:"event"`
	Row    int64  `json:"row"`
	Vendor string `json:"vendor"`
	// ID identifies the event, so that a second copy of it is not another event.
	ID string `json:"id"`
	// Claim identifies one start and its end. That of a done row is the start that the
	// result is about, "" if there was none.
	Claim string `json:"claim,omitempty"`
	// Change is the event of the change, as credit/journal encodes it. A done row has none.
	Change json.RawMessage `json:"change,omitempty"`
	Result *result.Result  `json:"result,omitempty"` // of a done row
}

// newChangeEvent returns the event that stores an event of a row's change in at most this
// many bytes.
func newChangeEvent(row int64, vendor string, e changes.Event, maxBytes int) (Event, error) {
	kind := kindTried
	if e.Kind == changes.Started {
		kind = kindStarted
	}
	text, err := e.Encode()
	if err == nil && len(text) > maxBytes && e.Kind == changes.Ended {
		e = withoutLongTexts(e)
		text, err = e.Encode()
	}
	if err == nil && len(text) > maxBytes {
		err = ErrTooLong
	}
	if err != nil {
		return Event{}, err
	}
	return Event{Kind: kind, Row: row, Vendor: vendor, ID: nuid.Next(), Claim: e.Claim, Change: text}, nil
}

// A NATS server accepts messages of 1 MiB by default. A byte can take six in JSON, and the
// row's id must fit as well.
const (
	maxChangeBytes              = 512 << 10
	maxTextBytes, maxErrorBytes = 32 << 10, 4 << 10
)

// withoutLongTexts returns the end of a try without what is not needed to decide about the
// row: the outcome must be recorded.
func withoutLongTexts(e changes.Event) changes.Event {
	e.Before, e.Result = nil, nil
	if len(e.Error) > maxErrorBytes {
		e.Error = cutText(e.Error)
	}
	return e
}

// cutText returns the beginning of a text, and that the rest is missing.
func cutText(s string) string {
	return strings.TrimPrefix(strings.ToValidUTF8(s[:min(len(s), maxErrorBytes)], "")+
		"; the rest is too long to be recorded", "; ")
}

// ErrTooLong is the error of a start that does not fit into a message. The row is not
// sent.
var ErrTooLong = errors.New("the row is too long to be recorded")

// ErrDone is the error of a start of a row that has a result. The row is not sent.
var ErrDone = errors.New("the row has a result")

// NewDoneEvent returns the event of a row's result, which is about the start with this
// claim. Texts that are too long for the server are cut or left out.
func NewDoneEvent(r result.Result, claim string) Event {
	size := len(r.Error)
	for _, c := range r.Changes {
		size += len(c.Before) + len(c.After)
	}
	if size > maxTextBytes {
		r.Changes = nil
		r.Error = cutText(r.Error)
	}
	return Event{Kind: kindDone, Row: r.Row, Vendor: r.Vendor, ID: nuid.Next(), Claim: claim, Result: &r}
}

// validate rejects unknown kinds of entries, which a later version may have
// written, and entries without what their kind needs.
func (e *Event) validate() error {
	switch {
	case e.Kind != kindStarted && e.Kind != kindTried && e.Kind != kindDone:
		return fmt.Errorf("unknown kind of entry %q", e.Kind)
	case e.ID == "":
		return fmt.Errorf("row %d has an entry without an id", e.Row)
	case e.Kind != kindDone && len(e.Change) == 0:
		return fmt.Errorf("row %d has an entry without its change", e.Row)
	case e.Kind == kindDone && (e.Result == nil || !slices.Contains(result.Outcomes, e.Result.Outcome)):
		return fmt.Errorf("row %d has ended without an outcome that is known", e.Row)
	}
	return nil
}

// decode decodes an event. The events of changes are decoded when they are needed.
func decode(text []byte) (e Event, err error) {
	if err := json.Unmarshal(text, &e); err != nil {
		return Event{}, err
	}
	return e, e.validate()
}
