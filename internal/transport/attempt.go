package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

var (
	errNoResponse = errors.New("the HTTP transport returned neither a response nor an error")
	errNotFinal   = errors.New("the response has no final HTTP status")
)

// An attempt is the memory of one attempt: its request, context, trace and
// response. Attempts share none of it, so that a transport that still uses an
// earlier one cannot touch a later one.
type attempt struct {
	call     *Call
	number   int // from 1
	request  http.Request
	body     bytes.Reader
	trace    connTrace
	context  attemptContext
	response Response

	contextState
}

// A sender makes one attempt of a call and records the result in the call.
type sender interface{ send(call *Call) }

// network sends an attempt within its timeout and reads the whole response, so
// that the timeout covers the body and a lost body can be retried.
type network struct {
	next    http.RoundTripper
	timeout time.Duration
}

func (n network) send(call *Call) {
	a := call.begin()
	a.prepare(call, n.timeout)
	defer a.end()
	resp, err := n.next.RoundTrip(&a.request)
	if err == nil {
		err = checkResponse(resp)
	}
	if err != nil {
		n.fail(a, err)
		return
	}
	a.response.read(resp)
	if a.response.BodyErr != nil {
		a.response.BodyErr = describe(a, a.response.BodyErr, n.timeout)
	}
	call.Response = &a.response
	call.end(call.ResponseOutcome())
}

// fail records an attempt without a response.
func (n network) fail(a *attempt, err error) {
	requestedConn, notSent := a.trace.provesNotSent()
	if !requestedConn {
		err = asProxyFuncError(n.next, &a.request, err)
	}
	_, noProxy := errors.AsType[*proxyFuncError](err)
	a.call.sent = !notSent && !noProxy
	a.call.permanent = isPermanent(err, requestedConn && notSent)
	a.call.fail(describe(a, err, n.timeout))
}

// prepare builds the request of one attempt. It has no GetBody: with one, net/http
// would send a write again by itself, over HTTP/2 after every
// RST_STREAM(PROTOCOL_ERROR), without a decision of this package.
func (a *attempt) prepare(call *Call, timeout time.Duration) {
	a.call, a.number = call, call.Attempts
	a.begin(call.Context, &a.trace, timeout)
	a.context.attempt = a
	a.request = *(&http.Request{
		Method: call.Method,
		URL:    call.URL,
		Host:   call.URL.Host,
		Header: call.Header,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(&a.context)
	if call.Body != nil {
		a.body.Reset(call.Body)
		// net/http writes header and body at once for this type of body only.
		a.request.Body = io.NopCloser(&a.body)
		a.request.ContentLength = int64(len(call.Body))
	}
}

// checkResponse returns an error for no response at all, and for one without a
// final status. A missing body, as of a test's transport, becomes an empty one.
func checkResponse(resp *http.Response) error {
	if resp == nil {
		return errNoResponse
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	if resp.StatusCode < 200 {
		_ = resp.Body.Close() // the body is not used
		return errNotFinal
	}
	return nil
}
