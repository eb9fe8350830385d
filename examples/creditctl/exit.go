package main

import (
	"errors"
	"strings"

	"github.com/creditkit/creditkit/credit"
)

// The exit codes. Those of errors follow from the outcome, which is also in the
// JSON.
const (
	exitSuccess      = 0
	exitDiffers      = 1 // of doctor and probe: the vendor differs from the spec or from an assumption, or probe stopped
	exitUsage        = 2
	exitNotSent      = 3
	exitRejected     = 4
	exitUnknown      = 5
	exitApplied      = 6
	exitOutputFailed = 7 // success, but standard output could not be written
)

func (r *report) exitCode() int {
	switch {
	case r.isUnresolved():
		return exitUnknown
	case r.err == nil:
		return exitSuccess
	case r.Kind == kindUsage:
		return exitUsage
	}
	switch r.Outcome {
	case credit.NotSent.String():
		return exitNotSent
	case credit.Rejected.String():
		return exitRejected
	case credit.Applied.String():
		return exitApplied
	}
	return exitUnknown
}

// A usageError is an invalid command line. Nothing was sent.
type usageError string

func (e usageError) Error() string { return string(e) }

// newUsageError joins the messages into a usageError. It returns nil if there
// are none.
func newUsageError(messages []string) error {
	if len(messages) == 0 {
		return nil
	}
	return usageError(strings.Join(messages, "; "))
}

// kindUsage is the kind of a usageError.
const kindUsage = "usage"

// kindOf is credit.KindOf with the additional kind of a usageError.
func kindOf(err error) string {
	if isUsage(err) {
		return kindUsage
	}
	return string(credit.KindOf(err))
}

// outcomeOf is credit.OutcomeOf, where a usageError is NotSent.
func outcomeOf(err error) credit.Outcome {
	if isUsage(err) {
		return credit.NotSent
	}
	return credit.OutcomeOf(err)
}

func isUsage(err error) bool {
	_, ok := errors.AsType[usageError](err)
	return ok
}
