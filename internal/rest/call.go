package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
	"github.com/creditkit/creditkit/internal/typednil"
)

const idempotencyHeader = "Idempotency-Key"

// A Call holds the arguments of one call of an [Operation].
type Call struct {
	IDs         []string     // for the path's placeholders, in order
	IDFields    []string     // the names of the ids in an error
	Query       string       // URL-encoded
	Body        any          // sent as JSON; nil for none
	Repeat      Repeat       // replaces the operation's; 0 keeps that
	Recheck     Recheck      // before a repeat of a write; nil for none
	DecodeError ErrorDecoder // for this request; nil for the client's
	Options     []credit.CallOption
}

// A Recheck runs before a write is repeated; doubtful says that an attempt may have
// been applied. It returns the body to send now, nil for the same as before, or
// [ErrAlreadyApplied] if an attempt may have been applied and the credit shows the
// change. After any other error nothing more is sent.
type Recheck func(doubtful bool) (body []byte, err error)

// ErrAlreadyApplied is the error of a [Recheck] that found the change in the
// credit: the update has succeeded.
var ErrAlreadyApplied = errors.New("the credit shows the change already")

// Send makes a call and returns what decode makes of its successful response. The
// call ends with decode, whose error is the call's. The error is a
// *credit.InvalidError or a *credit.Error.
func Send[T any](ctx context.Context, c *Client, op *Operation, in Call, decode func(*Result) (T, error)) (out T, err error) {
	if c == nil {
		return out, errNoClient()
	}
	x, info, err := c.prepare(ctx, op, in)
	if err != nil {
		return out, err
	}
	result, err := c.send(op, x, info)
	if err == nil {
		out, err = decode(result)
	}
	c.transport.ReportCall(x.Call(), err)
	return out, err
}

// prepare validates the options and the arguments of a call and builds its request.
func (c *Client) prepare(ctx context.Context, op *Operation, in Call) (*exchange, *credit.CallInfo, error) {
	cfg, err := credit.NewCallConfig(c.vendor, in.Options...)
	if err != nil {
		return nil, nil, err
	}
	if cfg.DryRun || cfg.Verify || cfg.Record != nil || cfg.ReadsFirst() {
		return nil, nil, Invalid(c.vendor, "options", "WithDryRun, WithVerify, WithRecord, WithBefore and WithExpect are only for an Updater")
	}
	key, err := c.idempotencyKey(op, cfg)
	if err != nil {
		return nil, nil, err
	}
	x, err := c.build(ctx, op, in, key)
	if err != nil {
		return nil, nil, err
	}
	x.Call().CallersKey = cfg.IdempotencyKey != ""
	return x, cfg.Info, nil
}

// An exchange holds the state of one call in one allocation.
type exchange struct {
	transport.Exchange

	result Result
	url    url.URL
	key    [1]string // the idempotency key's header value
}

// errNoClient is the error for a vendor Client that New did not create.
func errNoClient() error { return Invalid("creditkit", "client", "must be created by New") }

func (c *Client) send(op *Operation, x *exchange, info *credit.CallInfo) (*Result, error) {
	call := x.Call()
	c.transport.Do(call)
	if info != nil {
		*info = callInfo(call)
	}
	switch {
	case call.Confirmed:
		return nil, ErrAlreadyApplied
	case call.Stopped != nil:
		return nil, c.newStoppedError(op, call)
	case call.Response == nil || call.Response.Status >= 300:
		return nil, c.newError(op, call)
	}
	r := &x.result
	*r = Result{Response: call.Response, client: c, op: op, call: call}
	if call.Response.BodyErr != nil {
		return nil, r.Malformed(call.Response.BodyErr)
	}
	if !op.isSuccess(call.Response.Status) {
		return nil, r.Malformed(errNoSuccess)
	}
	return r, nil
}

var errNoSuccess = errors.New("unexpected status of a success")

// isSuccess reports whether a response with the status can be a success. A read
// needs a 200, because a 206 is only a part and a 203 may be stale. A 204 has no
// body and counts only where the vendor documents it.
func (op *Operation) isSuccess(status int) bool {
	switch status {
	case http.StatusOK:
		return true
	case http.StatusCreated, http.StatusNonAuthoritativeInfo:
		return !op.Reads
	case http.StatusNoContent:
		return !op.Reads && slices.Contains(op.Statuses, status)
	}
	return false
}

func callInfo(call *transport.Call) credit.CallInfo {
	i := credit.CallInfo{Attempts: call.Attempts, IdempotencyKey: call.Header.Get(idempotencyHeader)}
	if call.Response != nil {
		i.StatusCode = call.Response.Status
		i.RequestID = requestID(call)
	}
	return i
}

// build validates the arguments and prepares the request, but does not send it.
func (c *Client) build(ctx context.Context, op *Operation, in Call, key string) (*exchange, error) {
	if typednil.Is(ctx) {
		return nil, Invalid(c.vendor, "ctx", "is nil")
	}
	check := Validator{Vendor: c.vendor}
	for i, id := range in.IDs {
		check.ID(in.IDFields[i], id)
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	x := new(exchange)
	header := c.headers(x, key)
	var body []byte
	if in.Body != nil {
		var err error
		if body, err = op.encode(c.vendor, in.Body); err != nil {
			return nil, err
		}
		header["Content-Type"] = jsonContent
	}
	repeat := cmp.Or(in.Repeat, op.Repeat)
	call := x.Init(ctx)
	call.Op = op.ID
	call.Method = op.Method
	c.setURL(&x.url, op.Path, in.IDs, in.Query)
	call.URL = &x.url
	call.Header = header
	call.Body = body
	call.Reads = op.Reads
	call.Repeatable = repeat == Safe || repeat == Keyed
	call.Throttle409 = op.Throttle409
	call.Keyed = key != ""
	call.Resend = op.Resend
	call.DecodeError = c.decodeError
	if in.DecodeError != nil {
		call.DecodeError = in.DecodeError
	}
	if in.Recheck != nil {
		call.Recheck = recheckOf(call, in.Recheck)
	}
	return x, nil
}

// recheckOf returns a recheck that replaces the call's body.
func recheckOf(call *transport.Call, recheck Recheck) func(doubtful bool) (done bool, err error) {
	return func(doubtful bool) (bool, error) {
		body, err := recheck(doubtful)
		switch {
		case errors.Is(err, ErrAlreadyApplied):
			return true, nil
		case err != nil:
			return false, err
		}
		if body != nil {
			call.Body = body
		}
		return false, nil
	}
}

// idempotencyKey returns the caller's key or a new one if the operation supports
// keys. A caller's key is an error if it does not.
func (c *Client) idempotencyKey(op *Operation, cfg credit.CallConfig) (string, error) {
	switch {
	case cfg.IdempotencyKey != "" && op.Repeat != Keyed:
		return "", Invalid(c.vendor, "WithIdempotencyKey", op.ID+" has no idempotency keys")
	case cfg.IdempotencyKey == "" && op.Repeat == Keyed:
		return rand.Text(), nil
	}
	return cfg.IdempotencyKey, nil
}

// headers returns the headers of a request. Requests share the slices of the
// constant values.
func (c *Client) headers(x *exchange, key string) http.Header {
	header := make(http.Header, 5) // these, Content-Type and the credentials
	header["Accept"], header["User-Agent"] = jsonContent, c.userAgent
	if key != "" {
		x.key[0] = key
		header[idempotencyHeader] = x.key[:]
	}
	return header
}
