package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A Call is one request on its way, and the record of its attempts. It is the
// context of its own attempts, so that the layers of the chain can find it
// without a lookup of their own. A Call is used once.
type Call struct {
	context.Context // the caller's
	*callFields
}

// callFields are all of a call but its context. They are behind a pointer because
// fmt follows one: for a verb that does not fit, it prints the fields of a Call
// in an unexported field, such as an http.Request's context, without calling a
// method.
type callFields struct {
	Op     string // the operation, for the log
	Method string
	URL    *url.URL
	Header http.Header // owned by the call; credentials are added to it
	Body   []byte      // nil for none; read by the network until its end

	Reads       bool  // nothing is written: a lost answer costs nothing
	Repeatable  bool  // may be sent again when nobody knows what became of it
	Throttle409 bool  // a 409 asks for patience
	Keyed       bool  // the request carries an idempotency key
	CallersKey  bool  // the key is the caller's: other requests may carry it
	Resend      []int // statuses that the vendor says to send again

	// Recheck, unless nil, runs before a repeat as long as an attempt may have
	// been applied. It may replace Body; with done the change is already made and
	// nothing more is sent, and with an error nothing more is sent either.
	Recheck func() (done bool, err error)

	// What came of it, once Do has returned.
	Answer    *Answer        // the last attempt's answer; nil if there was none
	Failure   error          // why there is no answer, or why it was not asked for again
	Attempts  int            // how often the request was tried
	Outcome   credit.Outcome // the most that the attempts may have changed
	Before    credit.Outcome // the same without the last attempt
	Secret    string         // the credential, to be masked in what the vendor says
	Confirmed bool           // Recheck found the change made
	Stopped   error          // the error of Recheck

	sent      bool          // the current attempt may have reached the vendor
	permanent bool          // the current attempt failed in a way that a retry cannot heal
	local     bool          // the failure is this side's: a limiter, a token
	wait      time.Duration // before the next attempt
	renewed   bool          // the credentials were renewed once
}

// NewCall returns a call without a request, whose fields the caller sets.
func NewCall(ctx context.Context) *Call {
	c := new(struct {
		Call
		callFields
	})
	c.Call = Call{Context: ctx, callFields: &c.callFields}
	return &c.Call
}

type callKey struct{}

// Value makes the call findable from the contexts of its attempts.
func (c *Call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

func callOf(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}

// begin starts an attempt.
func (c *Call) begin() {
	c.Attempts++
	c.Before = c.Outcome
	c.Answer, c.Failure, c.sent, c.permanent = nil, nil, false, false
}

// end notes what the attempt may have changed. Once that was unknown, no later
// refusal makes it less.
func (c *Call) end(o credit.Outcome) {
	c.Outcome = max(c.Outcome, o)
}

// fail notes an attempt that had no answer.
func (c *Call) fail(err error) {
	c.Failure = err
	if c.sent {
		c.end(credit.Unknown)
	} else {
		c.end(credit.NotSent)
	}
}

// stop notes a failure of this side: nothing more is sent. What the last
// answer said stays.
func (c *Call) stop(err error) {
	c.local = true
	c.Failure = err
	c.end(credit.NotSent)
}

// interrupted notes that the context ended between two attempts, or before the
// first, when the last attempt's own failure does not say so already.
func (c *Call) interrupted() {
	if c.Err() == nil || c.Failure != nil && errors.Is(c.Failure, c.Err()) {
		return
	}
	ended := Opaque(c.Err().Error(), errors.Join(c.Err(), context.Cause(c)))
	if c.Failure == nil {
		c.stop(ended)
		return
	}
	c.stop(Opaque(c.Failure.Error()+"; then "+ended.Error(), errors.Join(c.Failure, ended)))
}

// A Call is a context, and contexts are printed: by fmt, by handlers that add
// their context to a record, and by the contexts derived from one. The methods
// below show the operation and nothing else.

// String returns the call's operation.
func (c *Call) String() string { return "creditkit call of " + c.Op }

// Format writes what String returns, whatever the verb.
func (c *Call) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns what String returns.
func (c *Call) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns what String returns, for encoding/json and others.
func (c *Call) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
