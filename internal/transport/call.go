package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/opcontext"
)

// A Call is one request and the record of its attempts. It is also the context
// that the limiter, the log and the credentials get, so that code that is given
// the context finds the call. A Call is used once.
type Call struct {
	context.Context // the caller's
	*callFields
}

// callFields are all of a call but its context. They are behind a pointer because
// fmt follows one: for a verb that does not fit, it prints the fields of a Call
// in an unexported field without calling a method.
type callFields struct {
	Op     string // the operation, for the log
	Method string
	URL    *url.URL
	Header http.Header // owned by the call; credentials are added to it
	Body   []byte      // nil for none; read by the network until its end

	Reads       bool  // nothing is written: a lost response costs nothing
	Repeatable  bool  // may be sent again after an attempt with an unknown outcome
	Throttle409 bool  // a 409 means too many calls
	Keyed       bool  // the request carries an idempotency key
	CallersKey  bool  // the key is the caller's: other requests may carry it
	Resend      []int // statuses that the vendor says to send again

	// DecodeError reads responses whose status is 400 or more, each at most once.
	// It may be nil.
	DecodeError ErrorDecoder

	// Recheck, unless nil, runs before each repeat; doubtful says that an attempt
	// may have been applied. It may replace Body; with done the change is already
	// made and nothing more is sent, and with an error nothing more is sent either.
	Recheck func(doubtful bool) (done bool, err error)

	// The result, once Do has returned.
	Response  *Response      // the last attempt's response; nil if there was none
	Failure   error          // why there is no response, or why there was no further attempt
	Attempts  int            // how often the request was tried
	Outcome   credit.Outcome // the most that the attempts may have changed
	Before    credit.Outcome // the same without the last attempt
	Secret    string         // the credential, to be masked in the vendor's texts
	Stopped   error          // the error of Recheck
	Confirmed bool           // Recheck found the change made

	sent         bool          // the current attempt may have reached the vendor
	permanent    bool          // the current attempt failed in a way that a retry cannot heal
	localFailure bool          // the client caused the failure: a limiter, a token
	retrying     bool          // the first attempt is made, and go-retryablehttp repeats it
	renewed      bool          // the credentials were renewed once
	wait         time.Duration // before the next attempt
	client       *Client       // whose Do was called
	start        time.Time     // of Do; zero without observers
	current      atomic.Int32  // number of the attempt that runs or waits for the limiter
	details      *ErrorDetails // of Response; nil until they are needed

	first attempt // most calls need no other
}

// An Exchange holds a call with its first request, its context, its trace and its
// response in one piece of memory. It must not leave this module: fmt prints its
// fields where it is in an unexported field. The call may.
type Exchange struct {
	call   Call
	fields callFields
}

// Init returns the call of e without a request. The caller sets its fields.
func (e *Exchange) Init(ctx context.Context) *Call {
	e.call = Call{Context: ctx, callFields: &e.fields}
	return &e.call
}

// Call returns the call that Init returned.
func (e *Exchange) Call() *Call { return &e.call }

type callKey struct{}

// Value makes the call available from the contexts of its attempts, and to
// credit.OperationFrom.
func (c *Call) Value(key any) any {
	if key == (callKey{}) || key == (opcontext.Key{}) {
		return c
	}
	return c.Context.Value(key)
}

// Operation is for credit.OperationFrom. A log handler may call it later, from
// another goroutine.
func (c *Call) Operation() credit.Operation { return c.operation(int(c.current.Load())) }

// operation returns the call's operation with the number of an attempt.
func (c *Call) operation(attempt int) credit.Operation {
	op := credit.Operation{Name: c.Op, Write: !c.Reads, Attempt: attempt}
	if c.client != nil {
		op.Vendor = c.client.vendor
	}
	return op
}

func callOf(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}

// begin starts an attempt and returns its memory.
func (c *Call) begin() *attempt {
	a := &c.first
	if c.Attempts > 0 {
		a = new(attempt) // the previous one may still be used by its transport
	}
	c.Attempts++
	c.Before = c.Outcome
	c.Response, c.Failure, c.details, c.sent, c.permanent = nil, nil, nil, false, false
	return a
}

// end records what the attempt may have changed. Once that was unknown, no later
// refusal makes it less.
func (c *Call) end(o credit.Outcome) {
	c.Outcome = max(c.Outcome, o)
}

// fail records an attempt without a response.
func (c *Call) fail(err error) {
	c.Failure = err
	if c.sent {
		c.end(credit.Unknown)
	} else {
		c.end(credit.NotSent)
	}
}

// abort records a client-side failure and ends the call. The last response stays.
func (c *Call) abort(err error) {
	c.localFailure = true
	c.Failure = err
	c.end(credit.NotSent)
}

// noteContextError records that the context ended between two attempts or before
// the first, unless the last attempt's failure already says so.
func (c *Call) noteContextError() {
	if c.Err() == nil || c.Failure != nil && errors.Is(c.Failure, c.Err()) {
		return
	}
	ended := Redacted(c.Err().Error(), errors.Join(c.Err(), context.Cause(c)))
	if c.Failure == nil {
		c.abort(ended)
		return
	}
	c.abort(Redacted(c.Failure.Error()+"; then "+ended.Error(), errors.Join(c.Failure, ended)))
}

// Contexts are printed: by fmt, by log handlers that add their context to a record,
// and by derived contexts. The methods below print the operation and nothing else.

// String returns the call's operation.
func (c *Call) String() string { return "creditkit call of " + c.Op }

// Format writes what String returns, whatever the verb.
func (c *Call) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns what String returns.
func (c *Call) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns what String returns, for encoding/json and others.
func (c *Call) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Format writes what the call's String returns, whatever the verb.
func (e *Exchange) Format(f fmt.State, verb rune) { e.call.Format(f, verb) }
