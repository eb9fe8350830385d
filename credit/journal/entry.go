package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A State is what is known about a key.
type State string

// The states.
const (
	StateQueued  State = "queued"   // nothing was sent; the next Run sends the change
	StateRunning State = "running"  // a worker has started it, and its lease has not ended
	StateInDoubt State = "in doubt" // the change may have been made
	StateEnded   State = "ended"    // the change was made, or was refused for good
)

// An Entry is what the journal knows about a key.
type Entry struct {
	Job   Job   `json:"job"`
	State State `json:"state"`
	// Outcome is what is known about the change: 0 before its first end, Applied if it
	// was made, Unknown if it is in doubt. A queued change can have the outcome of an
	// earlier run that can be repeated.
	Outcome credit.Outcome `json:"outcome,omitzero"`
	// ErrorKind and Error describe the last end that was not a success.
	ErrorKind credit.Kind `json:"kind,omitempty"`
	Error     string      `json:"error,omitempty"`
	// Target is what was sent, with sums instead of Job.Add. It is empty before the
	// first start.
	Target credit.Patch `json:"target,omitzero"`
	// Expect are the values that the change expects, nil if there are none.
	Expect *credit.Record `json:"expect,omitempty"`
	// Starts counts the runs of the change, Attempts their requests, as far as known.
	Starts   int `json:"starts"`
	Attempts int `json:"attempts"`
	// RequestID is the vendor's id of the last request, if it sent one.
	RequestID      string `json:"request_id,omitempty"`
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	// KeyUsedUp: see [credit.Error.KeyUsedUp].
	KeyUsedUp bool `json:"key_used_up,omitempty"`
	// Resolved reports that the outcome was found by reading the credit, and SettledBy
	// who decided it, if a person did.
	Resolved  bool   `json:"resolved,omitempty"`
	SettledBy string `json:"settled_by,omitempty"`
	// Before is the credit as it was before the change, nil if it was not read or has no
	// JSON, such as a time after the year 9999.
	Before *credit.Record `json:"before,omitempty"`
	// Result is the result of the update, without raw texts; nil if there was none or
	// it has no JSON.
	Result *credit.Result `json:"result,omitempty"`
	// FirstStart is the time of the first start of the IdempotencyKey. Lease is the end
	// of the last start's lease. EndedAt is the time of the last end or decision.
	FirstStart time.Time `json:"first_start,omitzero"`
	Lease      time.Time `json:"lease,omitzero"`
	EndedAt    time.Time `json:"ended_at,omitzero"`

	claim     string // of the start that runs; "" if none does
	exclusive bool   // its worker has the key alone: the lease has no length
	prepared  bool   // that start has its sums, see Prepared
	doubt     bool   // an earlier request may have made the change
	ended     bool
	lastEnd   credit.Outcome // of the last Ended event
	usedKeys  int            // idempotency keys that were used up
}

// NewEntry returns what the events of a key say at a time. ok is false if there are no
// events. Events that came too late to count, such as a start while another worker was
// running, change nothing.
func NewEntry(events []Event, now time.Time) (entry *Entry, ok bool) {
	if len(events) == 0 {
		return nil, false
	}
	e := &Entry{}
	for i := range events {
		e.add(&events[i])
	}
	e.State = e.stateAt(now)
	if e.State == StateInDoubt {
		e.Outcome = credit.Unknown
	}
	return e, true
}

// HasEnded reports whether a key with these events has ended, and no start of it is
// without an end: its change is never sent again.
func HasEnded(events []Event) bool {
	entry, ok := NewEntry(events, time.Time{})
	return ok && entry.ended && entry.claim == ""
}

// IsRestart reports whether a start after these events of its key repeats or resolves a
// change that may have been made. Such a start does not count for [Starts.Last]: the
// change belongs to the time of its first start.
func IsRestart(earlier []Event) bool {
	entry, ok := NewEntry(earlier, time.Time{})
	return ok && (entry.claim != "" || entry.doubt)
}

// isRunning reports whether a worker may be sending the change. That can be so although
// the key has ended: a start that took over from a slow worker is not stopped by that
// worker's success. A start of an exclusive worker that another run finds has no worker any
// more, although that run's clock may be behind the start's.
func (e *Entry) isRunning(now time.Time) bool {
	return e.claim != "" && !e.exclusive && now.Before(e.Lease)
}

func (e *Entry) stateAt(now time.Time) State {
	switch {
	case e.ended:
		return StateEnded
	case e.isRunning(now):
		return StateRunning
	case e.claim != "" && e.mayHaveSent() || e.doubt:
		return StateInDoubt
	}
	return StateQueued
}

// mayHaveSent reports whether the change may have been sent for the start that runs. A sum
// is stored before it is sent.
func (e *Entry) mayHaveSent() bool { return e.Job.Add.IsZero() || e.prepared }

// add adds one event.
func (e *Entry) add(event *Event) {
	switch event.Kind {
	case Queued:
		if e.Job.Key == "" && event.Job != nil {
			e.Job = *event.Job
		}
	case Started:
		e.start(event)
	case Prepared:
		e.prepare(event)
	case Ended:
		e.end(event)
	case Settled:
		e.settle(event)
	}
}

func (e *Entry) start(event *Event) {
	if event.Job == nil {
		return // not from a Store: Decode refuses it
	}
	if e.Job.Key == "" {
		e.Job = *event.Job
	}
	if e.ended || !e.Job.sameChange(event.Job) || e.isRunning(event.At) {
		return
	}
	if e.claim != "" && e.mayHaveSent() {
		e.doubt = true // the worker before this one has crashed
	}
	if !e.doubt {
		// What an earlier run wanted to set was not made.
		e.Target, e.Expect, e.Before = event.Target, event.Expect, nil
		e.IdempotencyKey, e.FirstStart = event.IdempotencyKey, event.At
		e.SettledBy = ""
	}
	e.claim, e.prepared, e.Lease = event.Claim, false, event.Lease
	e.exclusive = !event.Lease.After(event.At)
	e.Starts++
}

// prepare adds the sums of the start that runs. After its lease they come too late: another
// worker may have concluded that nothing was sent.
func (e *Entry) prepare(event *Event) {
	if event.Claim != e.claim || !e.exclusive && !e.isRunning(event.At) || e.ended || e.doubt {
		return
	}
	e.prepared = true
	e.Target, e.Expect = event.Target, event.Expect
}

// end adds an end. One of an earlier start comes from a worker that was slower than its
// lease: only a success still counts, because a doubt about that start is already noted.
// It counts also after a person decided that the change was not made.
func (e *Entry) end(event *Event) {
	current := event.Claim == e.claim && e.claim != ""
	refuted := e.SettledBy != "" && e.Outcome == credit.Rejected && event.Outcome == credit.Applied
	if current {
		e.claim = ""
	}
	if e.ended && !refuted || !current && event.Outcome != credit.Applied {
		return
	}
	if refuted {
		e.SettledBy = ""
	}
	e.describeEnd(event)
	switch event.Outcome {
	case credit.Applied:
		e.ended, e.doubt, e.Outcome = true, false, credit.Applied
		return
	case credit.Unknown:
		e.doubt = true
	}
	if e.doubt {
		e.Outcome = outcomeInDoubt(event.Outcome)
		return
	}
	e.Outcome = event.Outcome
	e.ended = event.Outcome == credit.Rejected && !passes(event.ErrorKind)
}

func (e *Entry) describeEnd(event *Event) {
	e.EndedAt, e.ErrorKind, e.Error, e.lastEnd = event.At, event.ErrorKind, event.Error, event.Outcome
	e.Attempts += event.Attempts
	if event.RequestID != "" {
		e.RequestID = event.RequestID
	}
	if event.Before != nil && !e.doubt {
		e.Before = event.Before // a read after a doubt may show the change
	}
	e.Result, e.Resolved = event.Result, event.Resolved
	if event.KeyUsedUp {
		e.KeyUsedUp = true
		e.usedKeys++
	}
}

func (e *Entry) settle(event *Event) {
	if e.stateAt(event.At) != StateInDoubt {
		return
	}
	e.claim, e.doubt, e.KeyUsedUp, e.FirstStart = "", false, false, time.Time{}
	e.Outcome, e.EndedAt, e.SettledBy = event.Outcome, event.At, event.Actor
	e.ErrorKind, e.Error = "", "" // of the doubt
	e.ended = event.Outcome != credit.NotSent
}

// Err returns the error of a change that was not applied, as far as it was recorded:
// a [credit.Error] with the recorded outcome, kind and text. [credit.KindOf] returns the
// recorded kind. Err is nil if the change was applied and the vendor's answer did not
// contradict it, and before the first end.
func (e *Entry) Err() error {
	if e.Outcome == 0 || e.Outcome == credit.Applied && e.Error == "" {
		return nil
	}
	text := e.Error
	switch {
	case e.SettledBy != "":
		text = fmt.Sprintf("settled by %s as %s", e.SettledBy, e.Outcome)
	case e.State == StateInDoubt && text == "":
		text = "a worker ended between the request and its record"
	case e.State == StateInDoubt && e.lastEnd != credit.Unknown:
		text = "an earlier request may have made the change; the last run: " + text
	}
	return &credit.Error{
		Vendor: e.Job.Vendor, Op: "journal " + e.Job.Key, Kind: cmp.Or(e.ErrorKind, credit.ErrUnavailable), Outcome: e.Outcome,
		RequestID: e.RequestID, Attempts: e.Attempts,
		IdempotencyKey: e.IdempotencyKey, KeyUsedUp: e.KeyUsedUp, Err: &recordedError{text, e.ErrorKind},
	}
}

// A recordedError is the cause of an error of an earlier run. Its text is what is left
// of it.
type recordedError struct {
	text string
	kind credit.Kind
}

func (e *recordedError) Error() string { return e.text }

// Is reports whether target is the error that the kind stands for.
func (e *recordedError) Is(target error) bool {
	switch e.kind {
	case credit.KindCanceled:
		return target == context.Canceled
	case credit.KindTimeout:
		return target == context.DeadlineExceeded
	case credit.KindUnsupported:
		return target == errors.ErrUnsupported
	}
	return false
}
