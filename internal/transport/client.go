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
	loop           *retryablehttp.Client
	retry          credit.RetryPolicy
	auth           Auth
	bodyRetryAfter func(*Answer) time.Duration
	stale          *atomic.Pointer[string] // a token that was refused when no attempt was left to renew it
}

// New builds the chain. bodyRetryAfter reads how long a refusal's body asks to
// wait, 0 for not at all.
func New(vendor string, cfg credit.Config, auth Auth, bodyRetryAfter func(*Answer) time.Duration) *Client {
	c := &Client{retry: cfg.Retry, auth: auth, bodyRetryAfter: bodyRetryAfter, stale: new(atomic.Pointer[string])}
	c.loop = &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     chain(vendor, cfg),
			CheckRedirect: refuseRedirect,
		},
		RetryMax:     cfg.Retry.MaxAttempts - 1,
		CheckRetry:   c.checkRetry,
		Backoff:      takeWait,
		PrepareRetry: c.prepareRetry,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // bodies are read and closed by then
	}
	return c
}

// chain stacks the layers of one attempt, the outermost last.
func chain(vendor string, cfg credit.Config) http.RoundTripper {
	rt := base(cfg)
	rt = attempt{next: rt, timeout: attemptTimeout(cfg)}
	if cfg.Logger != nil {
		rt = logged{next: rt, logger: cfg.Logger, vendor: vendor}
	}
	return limited{next: rt, limiter: cfg.Limiter}
}

func attemptTimeout(cfg credit.Config) time.Duration {
	var client time.Duration
	if cfg.HTTPClient != nil {
		client = cfg.HTTPClient.Timeout
	}
	return cmp.Or(cfg.AttemptTimeout, client, credit.DefaultAttemptTimeout)
}

// A redirect would turn a PUT into a GET that reports success, and carry an
// API key to another host.
func refuseRedirect(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}

// Do sends the call until there is something to hand up, and leaves it in the
// call.
func (c *Client) Do(call *Call) {
	if call.Err() != nil {
		call.interrupted()
		return
	}
	var stale string
	if refused := c.stale.Load(); refused != nil {
		stale = *refused
	}
	if err := c.authorize(call, call.Header, stale); err != nil {
		call.stop(err)
		return
	}
	c.loopOver(call)
	if call.unauthorized() && c.renewable(call) {
		refused := call.Secret // not the call's own field, which would keep all of the call
		c.stale.Store(&refused)
	}
}

func (c *Client) loopOver(call *Call) {
	resp, err := c.loop.Do(&retryablehttp.Request{Request: call.request()})
	if err != nil {
		call.interrupted()
		return
	}
	_ = resp.Body.Close() // the attempt has read it
}

// request has no header and no body yet: net/http's client would copy them, for
// redirects that are never followed. Each attempt puts the call's own in.
func (c *Call) request() *http.Request {
	return (&http.Request{
		Method: c.Method,
		URL:    c.URL,
		Host:   c.URL.Host,
		Header: http.Header{},
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(c)
}

func (c *Client) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	call := callOf(ctx)
	wait, again := c.shouldRetry(call)
	call.wait = wait
	return again, nil
}

// takeWait hands the loop the wait that checkRetry decided on. The loop shows
// it a response alone, which is why a failed attempt has one too.
func takeWait(_, _ time.Duration, _ int, resp *http.Response) time.Duration {
	return callOf(resp.Request.Context()).wait
}

var errRechecked = errors.New("nothing more is to be sent")

// prepareRetry renews credentials that were refused, and takes over those that
// have changed since the last attempt.
func (c *Client) prepareRetry(req *http.Request) error {
	call := callOf(req.Context())
	if err := call.Err(); err != nil {
		call.interrupted()
		return err
	}
	stale := ""
	if call.unauthorized() {
		stale, call.renewed = call.Secret, true
	}
	if call.Recheck != nil && call.Outcome >= credit.Unknown {
		if call.Confirmed, call.Stopped = call.Recheck(); call.Confirmed || call.Stopped != nil {
			return errRechecked
		}
	}
	header := call.Header.Clone() // the previous attempt may still be writing it
	if err := c.authorize(call, header, stale); err != nil {
		call.stop(err)
		return err
	}
	call.Header = header
	return nil
}
