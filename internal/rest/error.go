package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
)

// fault makes the error of a call that did not end in a usable success.
func (c *Client) newError(op *Operation, call *transport.Call) *credit.Error {
	switch {
	case call.Response != nil && call.Response.Status < 300:
		return c.newResponseError(op, call, ErrorDetails{Kind: credit.ErrMalformed}) // its body broke off
	case call.Response != nil:
		return c.newResponseError(op, call, classify(op, call))
	}
	e := c.baseError(op, call, noResponseKind(op, call.Failure), call.Outcome)
	if refused, ok := errors.AsType[*oauth2.RetrieveError](call.Failure); ok && refused.Response != nil {
		e.RetryAfter, _ = transport.RetryAfter(refused.Response.Header, time.Now())
	}
	return e
}

// stopped makes the error of a call whose write may have been applied, and which
// was not repeated because of what the credit shows, or because it could not be
// read.
func (c *Client) newStoppedError(op *Operation, call *transport.Call) error {
	e := c.newError(op, call)
	e.Outcome = call.Outcome
	if changed, ok := errors.AsType[*credit.ChangedError](call.Stopped); ok {
		changed.Err = e
		return changed
	}
	text := "; before a repeat the credit could not be read: " + trimReadOutcome(call.Stopped)
	if e.Err != nil {
		text = e.Err.Error() + text
	}
	// The kind of the failed read is not that of the write: only an ended context
	// stays visible.
	e.Err = transport.Redacted(strings.TrimPrefix(text, "; "), errors.Join(e.Err, contextError(call.Stopped)))
	return e
}

// readProblem is the text of a failed read without its end, which says that nothing
// was sent or written: that speaks of the read, and an attempt was sent before it.
func trimReadOutcome(err error) string {
	text := err.Error()
	for _, end := range []string{"; no change was sent", "; nothing was written"} {
		text = strings.ReplaceAll(text, end, "")
	}
	return text
}

// contextError is the context's own error in err, or nil.
func contextError(err error) error {
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, ended) {
			return ended
		}
	}
	return nil
}

// refused makes the error of an answer that says no, or nothing usable.
func (c *Client) newResponseError(op *Operation, call *transport.Call, r ErrorDetails) *credit.Error {
	e := c.baseError(op, call, r.Kind, max(call.Before, cmp.Or(r.Outcome, call.ResponseOutcome())))
	e.KeyUsedUp = r.KeyUsedUp && e.IdempotencyKey != ""
	fillError(e, call, r)
	return e
}

func (c *Client) baseError(op *Operation, call *transport.Call, kind credit.Kind, o credit.Outcome) *credit.Error {
	if op.Mode == Read {
		o = credit.NotSent
	}
	return &credit.Error{
		Vendor:         c.vendor,
		Op:             op.ID,
		Kind:           kind,
		Outcome:        o,
		Attempts:       call.Attempts,
		Err:            call.Failure,
		IdempotencyKey: call.Header.Get(idempotencyHeader),
	}
}

// unanswered is the kind of a call that got no answer.
func noResponseKind(op *Operation, err error) credit.Kind {
	if _, ok := errors.AsType[*transport.TokenError](err); !ok {
		return credit.ErrUnavailable
	}
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok && invalid != nil {
		return credit.ErrInvalid
	}
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response != nil {
		return tokenErrorKind(op, refused.Response.StatusCode)
	}
	return credit.ErrUnavailable
}

// tokenKind is what a token endpoint means by a status. It speaks of the
// credentials alone: its 400 is no wrong member, its 404 no missing credit and
// its 409 no conflict (a throttle where the vendor throttles so), and an error
// in its 200 is a refusal as well.
func tokenErrorKind(op *Operation, status int) credit.Kind {
	switch kind := StandardKind(status); {
	case op.Conflict == ConflictThrottle && status == http.StatusConflict:
		return credit.ErrRateLimited
	case status < 300,
		kind == credit.ErrInvalid, kind == credit.ErrNotFound, kind == credit.ErrConflict:
		return credit.ErrUnauthorized
	default:
		return kind
	}
}

// classify returns the details of a response that is not a success.
func classify(op *Operation, call *transport.Call) ErrorDetails {
	if call.Response.Status < 400 {
		return redirectDetails(call.Response)
	}
	r := call.ErrorDetails()
	if op.Conflict == ConflictThrottle && call.Response.Status == http.StatusConflict {
		r.Kind = credit.ErrRateLimited
	}
	return r
}

// redirected names the place, but no path and no query: they may hold ids.
func redirectDetails(a *Response) ErrorDetails {
	r := ErrorDetails{Kind: credit.ErrMalformed, Message: "redirected, which is refused"}
	if resp := (&http.Response{Header: a.Header}); a.Header.Get("Location") != "" {
		if to, err := resp.Location(); err == nil && to.Host != "" {
			r.Message = fmt.Sprintf("redirected to host %s, which is refused: check the base URL", to.Host)
		}
	}
	return r
}

// maxFields is about how long the text of all fields may be. A vendor may name
// thousands, and an error is one line.
const maxFields = 4000

// describe fills an error from an answer and what it means.
func fillError(e *credit.Error, call *transport.Call, r ErrorDetails) {
	a := call.Response
	e.StatusCode = a.Status
	e.Code = sanitize(r.Code, call)
	e.Message = sanitize(r.Message, call)
	e.RequestID = requestID(call)
	e.RetryAfter, _ = transport.RetryDelay(a, r.RetryAfter)
	for length, i := 0, 0; i < len(r.Fields) && length < maxFields; i++ {
		f := credit.FieldError{Field: sanitize(r.Fields[i].Field, call), Message: sanitize(r.Fields[i].Message, call)}
		e.Fields = append(e.Fields, f)
		length += len(" [: ]") + len(f.Field) + len(f.Message)
	}
	if e.Err == nil {
		e.Err = a.BodyErr
	}
}

// requestID is the vendor's id of the last exchange, fit to be shown.
func requestID(call *transport.Call) string {
	return sanitize(transport.RequestID(call.Response.Header), call)
}
