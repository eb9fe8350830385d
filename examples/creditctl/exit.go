package main

import "github.com/creditkit/creditkit/credit"

// The exit codes. Those of errors follow from the outcome, so that a shell
// script and a reader of the JSON learn the same.
const (
	exitDone     = 0
	exitUsage    = 2
	exitNotSent  = 3
	exitRejected = 4
	exitUnknown  = 5
	exitApplied  = 6
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

// outcomeOf knows besides that a wrong command line sends nothing.
func outcomeOf(err error) credit.Outcome {
	if holds[usageError](err) {
		return credit.NotSent
	}
	return credit.OutcomeOf(err)
}
