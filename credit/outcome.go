package credit

import "cmp"

// An Outcome says whether a change happened. It is the first question about
// every error: see [OutcomeOf].
//
// An outcome speaks of the change alone. A read changes nothing, so a failed
// read is [NotSent], also when it was the first half of an update.
type Outcome int

// The outcomes. The zero Outcome is none of them: there was no error.
const (
	// NotSent: the change never left this process. It may be made again.
	NotSent Outcome = iota + 1
	// Rejected: the vendor answered no and changed nothing.
	Rejected
	// Unknown: the change was sent and no answer tells what became of it.
	// Read the credit before making the change again.
	Unknown
	// Applied: the vendor made the change, but something about its answer is
	// wrong. Do not make the change again.
	Applied
)

// String returns the outcome in words: "not sent", "rejected", "unknown" or
// "applied", and "none" for the zero value.
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Rejected:
		return "rejected"
	case Unknown:
		return "unknown"
	case Applied:
		return "applied"
	}
	return "none"
}

// OutcomeOf reports whether the change that err speaks of happened. It looks
// through wrapping. Of several errors that were joined, the one after which
// most may have changed counts.
//
// An error that says nothing of an outcome, such as a bare context.Canceled,
// gives [Unknown]: nothing proves that the change did not happen. A nil error
// has no outcome and gives 0.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return 0
	}
	return cmp.Or(outcomeIn(err), Unknown)
}

// outcomeIn is the outcome that err tells itself, else the greatest that an error
// below it tells, else 0.
func outcomeIn(err error) Outcome {
	switch e := any(err).(type) {
	case interface{ outcome() Outcome }:
		return cmp.Or(e.outcome(), Unknown)
	case interface{ Unwrap() error }:
		return outcomeIn(e.Unwrap())
	case interface{ Unwrap() []error }:
		var most Outcome
		for _, below := range e.Unwrap() {
			most = max(most, outcomeIn(below))
		}
		return most
	}
	return 0
}
