package journal

import (
	"errors"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// ErrRunning is what errors.Is finds in a [RunningError].
var ErrRunning = errors.New("journal: another worker is running")

// A RunningError is the error of a Run that has sent nothing, because another worker
// runs the key, or runs another key of the same credit.
type RunningError struct {
	Key   string    // of the Run
	Other string    // the key that is running
	Until time.Time // the end of the other worker's lease
}

// Error implements error.
func (e *RunningError) Error() string {
	return fmt.Sprintf("journal: key %q was not run: key %q of the credit is running until %s at the latest",
		e.Key, e.Other, e.Until.UTC().Format(time.RFC3339))
}

// Is reports whether target is [ErrRunning].
func (e *RunningError) Is(target error) bool { return target == ErrRunning }

// Unwrap returns an error with the outcome: Unknown if the key itself is running, and
// NotSent if another key is.
func (e *RunningError) Unwrap() error {
	outcome := credit.NotSent
	if e.Other == e.Key {
		outcome = credit.Unknown
	}
	return &credit.Error{Vendor: "journal", Op: "run " + e.Key, Kind: credit.ErrUnavailable, Outcome: outcome}
}

// A JobError is the error of a key that stands for another change already. Nothing was
// sent: the outcome is NotSent, and errors.Is(err, credit.ErrConflict) is true.
type JobError struct {
	Key    string
	Stored Job // the job that the key stands for
}

// Error implements error.
func (e *JobError) Error() string {
	return fmt.Sprintf("journal: key %q stands for another change, of credit %q; nothing was sent", e.Key, e.Stored.Ref.ID)
}

// Unwrap returns an error with the outcome.
func (e *JobError) Unwrap() error {
	return &credit.Error{Vendor: "journal", Op: "run " + e.Key, Kind: credit.ErrConflict, Outcome: credit.NotSent}
}

// An UnresolvedError is the cause of the error of a Run that has read a credit whose change
// is in doubt, and could not decide by what it read. The outcome is Unknown. After a look
// at the credit, [Settle] decides.
type UnresolvedError struct {
	Key string
	// Resolution is what the read showed, nil if it failed. AsAsked does not decide where
	// the job adds to an amount and another key has changed the credit since: both can
	// have wanted to set the same sum.
	Resolution *credit.Resolution
	Err        error // of the read
}

// Error implements error.
func (e *UnresolvedError) Error() string {
	switch {
	case e.Resolution == nil:
		return fmt.Sprintf("the credit could not be read: %v", e.Err)
	case e.Resolution.Verdict == credit.AsAsked:
		return "the credit shows the sum, and another key changed the credit since: look at it, and settle the key"
	}
	return fmt.Sprintf("the credit does not show the change (%s): look at it, and settle the key", e.Resolution.Verdict)
}

// Unwrap returns the error of the read.
func (e *UnresolvedError) Unwrap() error { return e.Err }

// An UnrecordedError is the error of a change whose end could not be stored. The change
// has the outcome that [credit.OutcomeOf] returns. In the journal the key is in doubt;
// once the store works again, Run or [Settle] decides.
type UnrecordedError struct {
	Key     string
	Outcome credit.Outcome // of the change; Applied if it was made
	Err     error          // of the store
	Update  error          // of the change; nil if it was made
}

// Error implements error.
func (e *UnrecordedError) Error() string {
	text := fmt.Sprintf("journal: key %q: the outcome of the change is %q, and it could not be recorded: %v", e.Key, e.Outcome, e.Err)
	if e.Update != nil {
		text += fmt.Sprintf("; the change: %v", e.Update)
	}
	return text
}

// Unwrap returns an error with the outcome, and the errors of the store and the change.
func (e *UnrecordedError) Unwrap() []error {
	errs := []error{e.Err}
	if e.Update != nil {
		errs = append(errs, e.Update)
	}
	return append(errs, &credit.Error{Vendor: "journal", Op: e.Key, Kind: credit.ErrUnavailable, Outcome: e.Outcome, Err: e.Err})
}

// storeError is the error of a store that failed before anything was sent by this run.
// inDoubt reports that another run may have made the change.
func storeError(key, doing string, inDoubt bool, err error) error {
	outcome := credit.NotSent
	if inDoubt {
		outcome = credit.Unknown
	}
	return &credit.Error{Vendor: "journal", Op: doing + " " + key, Kind: credit.ErrUnavailable, Outcome: outcome, Err: err}
}
