package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// An EventKind is the kind of an [Event].
type EventKind string

// The kinds of events.
const (
	// Queued stores a job that a worker will run, see [Enqueue].
	Queued EventKind = "queued"
	// Started is stored before the change is sent.
	Started EventKind = "started"
	// Prepared stores the sums of a job with [Job.Add], after its start and before they are
	// sent. A start without it has sent nothing.
	Prepared EventKind = "prepared"
	// Ended is stored after the change was sent, or could not be sent.
	Ended EventKind = "ended"
	// Settled is a person's decision about a change in doubt, see [Settle].
	Settled EventKind = "settled"
)

// An Event is one entry of the journal. The order of a key's events in the [Store]
// decides what is known about the key. Stores write events as JSON and do not look
// into them, but for Key, Kind and [Event.Credit].
type Event struct {
	Kind EventKind `json:"event"`
	Key  string    `json:"key"`
	// At is when the event happened, by the clock of the worker.
	At time.Time `json:"at"`
	// Claim identifies one start. The end of the start has the same claim.
	Claim string `json:"claim,omitempty"`
	// Actor is who asked for the run or decided, and Reason why.
	Actor  string `json:"actor,omitempty"`
	Reason string `json:"reason,omitempty"`

	// Job is the job of a Queued or Started event.
	Job *Job `json:"job,omitempty"`

	// These are of a Started event, Target and Expect also of a Prepared one. Target is
	// what is sent; sums instead of Job.Add come with the Prepared event. Expect are the
	// values that it expects. Lease is when another worker may conclude that this one has
	// crashed.
	Target         credit.Patch   `json:"target,omitzero"`
	Expect         *credit.Record `json:"expect,omitempty"`
	Lease          time.Time      `json:"lease,omitzero"`
	IdempotencyKey string         `json:"idempotency_key,omitempty"`

	// These are of an Ended or Settled event.
	Outcome   credit.Outcome `json:"outcome,omitzero"`
	ErrorKind credit.Kind    `json:"kind,omitempty"`
	Error     string         `json:"error,omitempty"`
	Attempts  int            `json:"attempts,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
	// KeyUsedUp: see [credit.Error.KeyUsedUp].
	KeyUsedUp bool `json:"key_used_up,omitempty"`
	// Resolved reports that the outcome was found by reading the credit.
	Resolved bool `json:"resolved,omitempty"`
	// Before is the credit as it was read for the update, without Raw; nil if it was
	// not read or has no JSON.
	Before *credit.Record `json:"before,omitempty"`
	// Result is the result of the update, without its raw texts and its Request; nil if
	// there was an error or it has no JSON.
	Result *credit.Result `json:"result,omitempty"`
}

// Credit returns a text that names the credit of an event's job, see [Store.Starts].
// It is empty for events without a job.
func (e *Event) Credit() string {
	if e.Job == nil {
		return ""
	}
	return creditName(e.Job)
}

// creditName leaves out the owner: at some vendors a Ref can have it or not, and names
// the same credit.
func creditName(j *Job) string { return fmt.Sprintf("%q %q", j.Vendor, j.Ref.ID) }

// Encode returns the event as one line of JSON, without its newline. It refuses an event
// without what its kind needs, which [Decode] would refuse.
func (e *Event) Encode() ([]byte, error) {
	if err := e.validate(); err != nil {
		return nil, fmt.Errorf("journal: event of key %q: %w", e.Key, err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("journal: event of key %q: %w", e.Key, err)
	}
	return text, nil
}

// Decode decodes an event. It refuses what [Event.Encode] did not write: a kind or a
// member that only a later version may know, or an event without what its kind needs.
func Decode(text []byte) (Event, error) {
	var e Event
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&e)
	if err == nil && len(bytes.TrimSpace(text[decoder.InputOffset():])) > 0 {
		err = errors.New("there is more after the event")
	}
	if err != nil {
		return Event{}, fmt.Errorf("journal: stored event: %w", err)
	}
	if err := e.validate(); err != nil {
		return Event{}, fmt.Errorf("journal: stored event of key %q: %w", e.Key, err)
	}
	return e, nil
}

// decides reports whether a person can settle a key with the outcome.
func decides(outcome credit.Outcome) bool {
	return outcome == credit.Applied || outcome == credit.Rejected || outcome == credit.NotSent
}

func (e *Event) validate() error {
	switch {
	case e.Key == "":
		return errors.New("the key is empty")
	case e.Kind != Queued && e.Kind != Started && e.Kind != Prepared && e.Kind != Ended && e.Kind != Settled:
		return fmt.Errorf("unknown kind %q", e.Kind)
	case (e.Kind == Queued || e.Kind == Started) && (e.Job == nil || e.Job.Key != e.Key):
		return fmt.Errorf("%s without its job", e.Kind)
	case e.Kind == Started && (e.Claim == "" || e.Target.IsEmpty() && e.Job.Add.IsZero() || e.Lease.IsZero()):
		return errors.New("started without a claim, a target or a lease")
	case e.Kind == Prepared && (e.Claim == "" || e.Target.IsEmpty()):
		return errors.New("prepared without a claim or a target")
	case e.Kind == Ended && (e.Claim == "" || e.Outcome == 0):
		return errors.New("ended without a claim or an outcome")
	case e.Kind == Settled && (e.Actor == "" || !decides(e.Outcome)):
		return errors.New("settled without an actor or a decision")
	}
	return nil
}
