package transport

import (
	"cmp"
	"context"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/redact"
)

type observer = func(context.Context, credit.Event)

// report calls the observers one after the other.
func (c *Client) report(ctx context.Context, e credit.Event) {
	for _, observe := range c.observers {
		observe(ctx, e)
	}
}

// observed reports each attempt.
type observed struct{ next sender }

func (o observed) send(call *Call) {
	start := time.Now()
	o.next.send(call)
	e := call.event(credit.EventAttempt, start)
	e.Err, e.Outcome = call.attemptError(), call.attemptOutcome()
	call.client.report(call, e)
}

// event returns an event of the call with what the last response says.
func (c *Call) event(kind credit.EventKind, start time.Time) credit.Event {
	e := credit.Event{Operation: c.Operation(), Kind: kind, Start: start, Duration: time.Since(start)}
	if c.Response != nil {
		e.StatusCode = c.Response.Status
		e.RequestID = redact.Text(RequestID(c.Response.Header), c.Secret, c.Body)
	}
	return e
}

// attemptError returns why the last attempt has no complete response, or nil.
func (c *Call) attemptError() error {
	if c.Response != nil {
		return c.Response.BodyErr
	}
	return c.Failure
}

// attemptOutcome returns what the last attempt may have changed, regardless of the
// attempts before it.
func (c *Call) attemptOutcome() credit.Outcome {
	switch r := c.Response; {
	case r != nil && r.Status < 300 && r.BodyErr == nil:
		return 0
	case c.Reads, r == nil && !c.sent:
		return credit.NotSent
	case r == nil:
		return credit.Unknown
	}
	return cmp.Or(c.ErrorDetails().Outcome, c.ResponseOutcome())
}

// ReportCall reports the end of a call, after Do, to the observers. err is what
// the call returns.
func (c *Client) ReportCall(call *Call, err error) {
	if len(c.observers) == 0 {
		return
	}
	e := call.event(credit.EventCall, call.start)
	e.Err, e.Outcome = err, credit.OutcomeOf(err)
	c.report(call, e)
}

// ReportUnsent reports a call that ended before Do.
func (c *Client) ReportUnsent(ctx context.Context, op credit.Operation, start time.Time, err error) {
	if len(c.observers) > 0 {
		e := credit.Event{Operation: op, Kind: credit.EventCall, Start: start, Duration: time.Since(start), Outcome: credit.OutcomeOf(err), Err: err}
		c.report(credit.ContextWithOperation(ctx, op), e)
	}
}
