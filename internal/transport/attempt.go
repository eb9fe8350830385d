package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

var (
	errNoResponse = errors.New("the HTTP transport gave neither an answer nor an error")
	errNotFinal   = errors.New("the answer has no final HTTP status")
)

// attempt makes one attempt within its time and reads the answer whole, so
// that the time bounds the body as well and the loop above sees a lost body.
type attempt struct {
	next    http.RoundTripper
	timeout time.Duration
}

func (a attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	call := callOf(req.Context())
	call.begin()
	ctx, cancel := a.bound(call)
	defer cancel()

	var trace connTrace
	resp, err := a.next.RoundTrip(call.outgoing(req, trace.withContext(ctx)))
	if err == nil {
		err = final(resp)
	}
	if err != nil {
		asked, notSent := trace.provesNotSent()
		if !asked {
			err = asProxyFuncError(a.next, req, err)
		}
		_, noProxy := errors.AsType[*proxyFuncError](err)
		call.sent = !notSent && !noProxy
		call.permanent = isPermanent(err, asked && notSent)
		call.fail(describe(ctx, call, err, a.timeout))
		return noAnswer(req), nil
	}
	call.Answer = readAnswer(resp)
	if call.Answer.BodyErr != nil {
		call.Answer.BodyErr = describe(ctx, call, call.Answer.BodyErr, a.timeout)
	}
	call.end(call.AnswerOutcome())
	resp.Body, resp.Request = http.NoBody, req
	return resp, nil
}

// outgoing is the request of one attempt. It has no GetBody: with one, net/http
// would send a write again by itself, over HTTP/2 after every
// RST_STREAM(PROTOCOL_ERROR), unseen by the loop that decides about repeats.
func (c *Call) outgoing(req *http.Request, ctx context.Context) *http.Request {
	out := req.WithContext(ctx)
	out.Header = c.Header
	if c.Body != nil {
		out.Body = io.NopCloser(bytes.NewReader(c.Body))
		out.ContentLength = int64(len(c.Body))
	}
	return out
}

// final refuses what is no answer to the request: nothing at all, or a switch
// to another protocol. A test's transport may leave the body out.
func final(resp *http.Response) error {
	if resp == nil {
		return errNoResponse
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	if resp.StatusCode < 200 {
		_ = resp.Body.Close() // nobody reads it
		return errNotFinal
	}
	return nil
}

// bound gives the attempt its own deadline, unless the caller's comes first.
func (a attempt) bound(call *Call) (context.Context, context.CancelFunc) {
	if deadline, ok := call.Deadline(); ok && time.Until(deadline) <= a.timeout {
		return call, func() {}
	}
	return context.WithTimeout(call, a.timeout)
}

// noAnswer stands for an attempt without an answer, whose failure is in the
// call. An error would do, but the loop asks for the wait before the next
// attempt with nothing but a response in its hand.
func noAnswer(req *http.Request) *http.Response {
	return &http.Response{Status: "no answer", Header: http.Header{}, Body: http.NoBody, Request: req}
}
