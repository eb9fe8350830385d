package main

import (
	"errors"
	"strings"

	"github.com/creditkit/creditkit/credit"
)

// The exit codes. Those of errors follow from the outcome, so that a shell
// script and a reader of the JSON learn the same.
const (
	exitDone       = 0
	exitUsage      = 2
	exitNotSent    = 3
	exitRejected   = 4
	exitUnknown    = 5
	exitApplied    = 6
	exitUnreported = 7 // exitDone, but standard output could not be written
)

func (r *report) exitCode() int {
	switch {
	case r.err == nil:
		return exitDone
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

// A usageError is a command line that is wrong. Nothing has been sent.
type usageError string

func (e usageError) Error() string { return string(e) }

// usage returns nil where nothing is wrong.
func usage(wrong []string) error {
	if len(wrong) == 0 {
		return nil
	}
	return usageError(strings.Join(wrong, "; "))
}

// kindUsage is the kind of a usageError.
const kindUsage = "usage"

// kindOf is credit.KindOf, with one more kind.
func kindOf(err error) string {
	if isUsage(err) {
		return kindUsage
	}
	return string(credit.KindOf(err))
}

// outcomeOf is credit.OutcomeOf, but a usageError is NotSent.
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
