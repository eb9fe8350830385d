package credit

import (
	"context"
	"time"

	"github.com/creditkit/creditkit/internal/opcontext"
)

// An Operation identifies what a context belongs to: an attempt of a call, or a
// token request.
type Operation struct {
	Vendor string // "metronome"
	// Name is the vendor's operation, such as "EditCredit", as in Error.Op. It is
	// "Token" for a token request.
	Name string
	// Write reports that the operation changes a credit. Reads and token requests
	// do not.
	Write bool
	// Attempt counts the attempts of one call from 1. A Limiter sees the number of
	// the attempt that it delays. In an event of a call it is the number of attempts
	// that were made, 0 if nothing was sent. It counts the token requests that
	// belong together, such as a rejected refresh and the sign-in after it.
	Attempt int
}

// OperationFrom returns the operation that ctx belongs to. It works with the context
// of a [Limiter], of a request in a transport ([WithTransport], [WithHTTPClient]), of
// a log record ([WithLogger]), and of an observer ([WithObserver]). It also works in
// the HTTP client of a token source of this module: there the name is "Token". ok is
// false for any other context.
func OperationFrom(ctx context.Context) (op Operation, ok bool) {
	if holder, ok := ctx.Value(opcontext.Key{}).(interface{ Operation() Operation }); ok {
		return holder.Operation(), true
	}
	return Operation{}, false
}

// ContextWithOperation returns ctx with an operation for [OperationFrom]. The clients of
// this module need no call of it: it is for a client of a further vendor, and for
// tests of a Limiter or a transport.
func ContextWithOperation(ctx context.Context, op Operation) context.Context {
	return context.WithValue(ctx, opcontext.Key{}, heldOperation(op))
}

type heldOperation Operation

func (o heldOperation) Operation() Operation { return Operation(o) }

// An EventKind is what an [Event] reports the end of.
type EventKind string

// The kinds of events.
const (
	EventAttempt EventKind = "attempt" // one request of a call and its response
	EventCall    EventKind = "call"    // one call with all its attempts and waits
	EventToken   EventKind = "token"   // one request for a token
)

// An Event reports the end of an attempt, a call or a token request. It holds no
// credential, query or body. The texts of its error are those of an [Error], with the
// vendor's message: only there can the id of a credit occur, if the vendor quotes it.
type Event struct {
	Operation
	Kind EventKind
	// Start is when the attempt, the call or the token request began. The wait for a
	// [Limiter] is part of a call and not of an attempt.
	Start    time.Time
	Duration time.Duration
	// StatusCode is the HTTP status of the response, of a call that of its last
	// response. It is 0 if there was none.
	StatusCode int
	// RequestID is the vendor's id of that response, if it sent one. A token request
	// has none.
	RequestID string
	// Outcome of a call is that of Err, 0 without one. Outcome of an attempt is
	// what this attempt may have changed, by itself; it is 0 for a complete response
	// with a status below 300, because only the call decides whether that is a success.
	// Reads and token requests change nothing: they are 0 or NotSent.
	Outcome Outcome
	// Err of a call is the error that it returns. Err of an attempt is set if there was
	// no complete response; a response that refuses the request is in StatusCode.
	Err error
}

// WithObserver calls observe at the end of each attempt, each call and each token
// request, for metrics and traces; package otelcredit makes those of OpenTelemetry.
// Observers of several WithObserver options are all called, in their order. A client
// without an observer does no work for them.
//
// A call is one operation of the vendor. An Update of an [Updater] is one call that
// writes, and a call for each read that it needs; a read before a repeat of the write
// comes between two attempts of it. Measure Update itself for the whole, with what it
// finds after its calls, such as a [MismatchError]. Each page of a list is a call. What is refused before a call begins, by an [InvalidError] and the like,
// has no event. A call that ends before its first attempt, because of a context, a
// Limiter or a token, has an event with Attempt 0 and Outcome [NotSent].
//
// A token request is reported to the client whose call caused it, possibly after
// that call has returned. The token requests of a caller's own token source are not
// reported.
//
// observe runs while the call waits, and goroutines call it at the same time, so it
// must be fast and safe for concurrent use. A panic in it reaches the caller of the
// call, as a panic in a transport does; the result of the call is then lost. Its
// context is that of the call, which may have ended, with [OperationFrom]. Do not
// keep the context: it holds the call's memory.
func WithObserver(observe func(ctx context.Context, e Event)) Option {
	return func(c *Config) error {
		if observe == nil {
			return &InvalidError{Field: "WithObserver", Reason: "is nil"}
		}
		c.Observers = append(c.Observers, observe)
		return nil
	}
}
