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

// newError returns the error of a call without a usable successful response.
func (c *Client) newError(op *Operation, call *transport.Call) *credit.Error {
	switch {
	case call.Response != nil && call.Response.Status < 300:
		return c.newResponseError(op, call, ErrorDetails{Kind: credit.ErrMalformed}) // incomplete body
	case call.Response != nil:
		return c.newResponseError(op, call, classify(op, call))
	}
	e := c.baseError(op, call, noResponseKind(op, call.Failure), call.Outcome)
	if tokenErr, ok := errors.AsType[*oauth2.RetrieveError](call.Failure); ok && tokenErr.Response != nil {
		e.RetryAfter, _ = transport.RetryAfter(tokenErr.Response.Header, time.Now())
	}
	return e
}

// newStoppedError returns the error of a write that was not repeated, because the
// credit has changed or could not be read.
func (c *Client) newStoppedError(op *Operation, call *transport.Call) error {
	e := c.newError(op, call)
	e.Outcome = max(call.Outcome, call.Earlier)
	if changed, ok := errors.AsType[*credit.ChangedError](call.Stopped); ok {
		changed.Err = e
		return changed
	}
	text := "; before a repeat the credit could not be read: " + trimReadOutcome(call.Stopped)
	if e.Err != nil {
		text = e.Err.Error() + text
	}
	// The read's error must not match errors.Is as if it were the write's, except
	// for a context that has ended.
	e.Err = transport.Redacted(strings.TrimPrefix(text, "; "), errors.Join(e.Err, contextError(call.Stopped)))
	return e
}

// noteQuota adds to err that the call was not retried, if the quota did not allow it.
func noteQuota(call *transport.Call, err error) error {
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || !call.QuotaUsedUp {
		return err
	}
	text := "not retried: " + credit.ErrRetryQuota.Error()
	if e.Err != nil {
		text = e.Err.Error() + "; " + text
	}
	e.Err = transport.Redacted(text, errors.Join(e.Err, credit.ErrRetryQuota))
	return err
}

// trimReadOutcome returns the text of a failed read without "no change was sent"
// and "nothing was written", because an attempt of the write was sent before the
// read.
func trimReadOutcome(err error) string {
	text := err.Error()
	for _, end := range []string{"; no change was sent", "; nothing was written"} {
		text = strings.ReplaceAll(text, end, "")
	}
	return text
}

// contextError returns the context error in err's tree, or nil.
func contextError(err error) error {
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, ended) {
			return ended
		}
	}
	return nil
}

// newResponseError returns the error of a response with the details r.
func (c *Client) newResponseError(op *Operation, call *transport.Call, r ErrorDetails) *credit.Error {
	e := c.baseError(op, call, r.Kind, max(call.Before, cmp.Or(r.Outcome, call.ResponseOutcome())))
	e.KeyUsedUp = r.KeyUsedUp && e.IdempotencyKey != ""
	fillError(e, call, r)
	return e
}

// baseError returns an error with the fields that every failed call has.
func (c *Client) baseError(op *Operation, call *transport.Call, kind credit.Kind, o credit.Outcome) *credit.Error {
	if op.Reads {
		o = credit.NotSent
	}
	return &credit.Error{
		Vendor:         c.vendor,
		Op:             op.ID,
		Kind:           kind,
		Outcome:        max(o, call.Earlier),
		Attempts:       call.Attempts,
		Err:            call.Failure,
		IdempotencyKey: call.Header.Get(idempotencyHeader),
	}
}

// noResponseKind returns the kind of the error of a call without a response.
func noResponseKind(op *Operation, err error) credit.Kind {
	if _, ok := errors.AsType[*transport.TokenError](err); !ok {
		return credit.ErrUnavailable
	}
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok && invalid != nil {
		return credit.ErrInvalid
	}
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.Response != nil {
		return tokenErrorKind(op, e.Response.StatusCode)
	}
	return credit.ErrUnavailable
}

// tokenErrorKind returns the kind of a token endpoint's error response. A 400, a
// 404 and a 409 all mean wrong credentials, except for a 409 of a vendor that
// uses it for rate limiting. An error in a response with status 2xx means the
// same.
func tokenErrorKind(op *Operation, status int) credit.Kind {
	switch kind := StandardKind(status); {
	case op.Throttle409 && status == http.StatusConflict:
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
	if op.Throttle409 && call.Response.Status == http.StatusConflict {
		r.Kind = credit.ErrRateLimited
	}
	return r
}

// redirectDetails returns the details of a redirect. They name the host, but not
// the path and the query, which may contain ids.
func redirectDetails(a *Response) ErrorDetails {
	r := ErrorDetails{Kind: credit.ErrMalformed, Message: "redirected, which is refused"}
	if resp := (&http.Response{Header: a.Header}); a.Header.Get("Location") != "" {
		if to, err := resp.Location(); err == nil && to.Host != "" {
			r.Message = fmt.Sprintf("redirected to host %s, which is refused: check the base URL", to.Host)
		}
	}
	return r
}

// maxFields is the approximate limit of the text of all field errors together, in
// bytes, because a vendor may return thousands and an error is one line.
const maxFields = 4000

// fillError copies a response and its details into e, with the secrets masked.
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

// requestID returns the vendor's request id of the last response, safe to show.
func requestID(call *transport.Call) string {
	return sanitize(transport.RequestID(call.Response.Header), call)
}
