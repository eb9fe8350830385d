package transport

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/creditkit/creditkit/credit"
)

// A Client sends the calls of one vendor. It is safe for concurrent use and
// never changes after New.
type Client struct {
	vendor    string
	observers []observer
	sender    sender
	repeats   *retryablehttp.Client
	retry     credit.RetryPolicy
	quota     *retryQuota
	auth      Auth
	stale     *atomic.Pointer[string] // a token that was refused when no attempt was left to renew it
}

// New builds a client. The vendor's name goes into the log and the events.
func New(vendor string, cfg credit.Config, auth Auth) *Client {
	c := &Client{vendor: vendor, observers: cfg.Observers, sender: newSender(vendor, cfg), retry: cfg.Retry, auth: auth, stale: new(atomic.Pointer[string])}
	c.quota = &retryQuota{limit: int64(cfg.Retry.Quota) * oneRetry}
	c.repeats = &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: repeatTransport{c.sender}},
		RetryMax:     cfg.Retry.MaxAttempts - 1,
		CheckRetry:   c.checkRetry,
		Backoff:      retryWait,
		PrepareRetry: c.prepareRetry,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // bodies are read and closed by then
	}
	return c
}

// newSender stacks the layers of one attempt, the outermost last.
func newSender(vendor string, cfg credit.Config) sender {
	var s sender = network{next: baseTransport(cfg), timeout: attemptTimeout(cfg)}
	if cfg.Logger != nil {
		s = logged{next: s, logger: cfg.Logger, vendor: vendor}
	}
	if len(cfg.Observers) > 0 {
		s = observed{next: s}
	}
	return limited{next: s, limiter: cfg.Limiter}
}

func attemptTimeout(cfg credit.Config) time.Duration {
	var client time.Duration
	if cfg.HTTPClient != nil {
		client = cfg.HTTPClient.Timeout
	}
	return cmp.Or(cfg.AttemptTimeout, client, credit.DefaultAttemptTimeout)
}

// Do sends the call, repeats it where that is safe and useful, and records the
// result in the call.
func (c *Client) Do(call *Call) {
	call.client = c
	if len(c.observers) > 0 {
		call.start = time.Now()
	}
	c.do(call)
	call.current.Store(int32(call.Attempts)) //nolint:gosec // the limiter may have refused one more
}

func (c *Client) do(call *Call) {
	if call.Err() != nil {
		call.noteContextError()
		return
	}
	var stale string
	if refused := c.stale.Load(); refused != nil {
		stale = *refused
	}
	if err := c.authorize(call, call.Header, stale); err != nil {
		call.abort(err)
		return
	}
	c.sender.send(call)
	if c.repeats.RetryMax > 0 {
		c.runRetries(call)
	}
	c.returnQuota(call)
	if call.isUnauthorized() && c.canRenew(call) {
		refused := call.Secret // not the call's own field, which would keep all of the call
		c.stale.Store(&refused)
	}
}

// runRetries runs the further attempts of a call, if there are any, with
// go-retryablehttp.
func (c *Client) runRetries(call *Call) {
	if call.wait, call.retrying = c.shouldRetry(call); !call.retrying {
		return
	}
	// The request only carries the call: each attempt has its own.
	req := (&http.Request{Method: call.Method, URL: call.URL, Host: call.URL.Host, Header: http.Header{}}).WithContext(call)
	resp, err := c.repeats.Do(&retryablehttp.Request{Request: req})
	if err != nil {
		call.noteContextError()
		return
	}
	_ = resp.Body.Close() // it is empty
}

// repeatTransport is the transport of go-retryablehttp. The first attempt of a
// call is already made when go-retryablehttp starts with it.
//
// It has no CloseIdleConnections: go-retryablehttp calls it after each failed
// call.
type repeatTransport struct{ sender sender }

// RoundTrip returns an empty response, because go-retryablehttp's Backoff only
// receives the response, and finds the call through it.
func (t repeatTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if call := callOf(req.Context()); !call.retrying {
		t.sender.send(call)
	}
	return &http.Response{Status: "see the call", Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

func (c *Client) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	call := callOf(ctx)
	if call.retrying { // decided after the first attempt
		call.retrying = false
		return true, nil
	}
	wait, again := c.shouldRetry(call)
	call.wait = wait
	return again, nil
}

// retryWait returns the wait that shouldRetry decided on.
func retryWait(_, _ time.Duration, _ int, resp *http.Response) time.Duration {
	return callOf(resp.Request.Context()).wait
}

var errRechecked = errors.New("nothing more is to be sent")

// prepareRetry renews refused credentials and uses those that have changed since
// the last attempt.
func (c *Client) prepareRetry(req *http.Request) error {
	call := callOf(req.Context())
	if err := call.Err(); err != nil {
		call.noteContextError()
		return err
	}
	stale := ""
	if call.isUnauthorized() {
		stale, call.renewed = call.Secret, true
	}
	if call.Recheck != nil {
		if call.Confirmed, call.Stopped = call.Recheck(call.Outcome >= credit.Unknown); call.Confirmed || call.Stopped != nil {
			return errRechecked
		}
	}
	header := call.Header.Clone() // the previous attempt may still be writing it
	if err := c.authorize(call, header, stale); err != nil {
		call.abort(err)
		return err
	}
	call.Header = header
	return nil
}
