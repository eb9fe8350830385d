package credit

import (
	"cmp"
	"log/slog"
)

// An Outcome says whether a change was made. See [OutcomeOf].
//
// It is about the change alone. A read changes nothing, so the outcome of a failed read
// is [NotSent], also if the read was part of an update.
type Outcome int

// The outcomes. The zero Outcome means that there was no error.
const (
	// NotSent: the change was not sent. It can be sent at any time.
	NotSent Outcome = iota + 1
	// Rejected: the vendor refused the change and changed nothing.
	Rejected
	// Unknown: the change was sent, and no response says whether it was made. Read
	// the credit before sending the change again.
	Unknown
	// Applied: the vendor reported the change as made, and something else is wrong.
	// Do not send the change again.
	Applied
)

// String returns "not sent", "rejected", "unknown" or "applied", and "none" for the zero
// value.
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

// MarshalText returns the text of String, for JSON, logs and keys of maps. The zero
// Outcome is "none". A number that is not an Outcome is an error.
func (o Outcome) MarshalText() ([]byte, error) {
	return encodeWord("outcome", o, 0, NotSent, Rejected, Unknown, Applied)
}

// UnmarshalText accepts the texts of String, exactly. Any other text is an error and
// leaves o unchanged.
func (o *Outcome) UnmarshalText(text []byte) error {
	return decodeWord("outcome", text, o, 0, NotSent, Rejected, Unknown, Applied)
}

// UnmarshalJSON accepts a JSON string with a text that UnmarshalText accepts. Any other
// JSON value, null included, is an error and leaves o unchanged.
func (o *Outcome) UnmarshalJSON(data []byte) error { return decodeJSONWord(data, o.UnmarshalText) }

// LogValue returns the text of String.
func (o Outcome) LogValue() slog.Value { return slog.StringValue(o.String()) }

// OutcomeOf returns the outcome recorded in err or in the errors that it wraps. For
// joined errors it returns the worst outcome, in the order NotSent, Rejected, Unknown,
// Applied.
//
// For an error without an outcome, such as context.Canceled, it returns [Unknown],
// because nothing proves that the change was not made. For nil it returns 0.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return 0
	}
	return cmp.Or(outcomeIn(err), Unknown)
}

// outcomeIn returns the outcome of err itself, or else the worst outcome of the errors
// that it wraps, or 0.
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
