package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
	"github.com/creditkit/creditkit/internal/typednil"
)

const idempotencyKey = "Idempotency-Key"

// A Call is what one call adds to its operation.
type Call struct {
	IDs      []string // fill the path's placeholders, in order
	IDFields []string // what the ids are called in an error
	Query    string   // encoded
	Body     any      // sent as JSON; nil for none
	Repeat   Repeat   // of this very request, where it differs from the operation's
	Recheck  Recheck  // nil where a repeat needs no read before it
	Explain  Explain  // how a refusal of this very request is read; nil for the client's
	Options  []credit.CallOption
}

// A Recheck reads the credit again before a write is repeated of which an
// attempt may have been applied. It returns the body to send now, or Confirmed
// where the credit shows the change already. With an error nothing more is sent.
type Recheck func() (body []byte, err error)

// Confirmed is the error of a [Recheck] that found the change made. [Change]
// returns it, and the update has succeeded.
var Confirmed = errors.New("the credit shows the change")

// Send makes a call and returns the success undecoded.
func Send(ctx context.Context, c *Client, op *Operation, in Call) (*Result, error) {
	if c == nil {
		return nil, notMade()
	}
	cfg, err := credit.NewCallConfig(c.vendor, in.Options...)
	if err != nil {
		return nil, err
	}
	if cfg.DryRun || cfg.Verify || cfg.Record != nil {
		return nil, Invalid(c.vendor, "options", "WithDryRun, WithVerify and WithRecord belong to the Updater")
	}
	key, err := c.key(op, cfg)
	if err != nil {
		return nil, err
	}
	call, err := c.build(ctx, op, in, key)
	if err != nil {
		return nil, err
	}
	op = op.explainedBy(in.Explain)
	call.CallersKey = cfg.IdempotencyKey != ""
	return c.send(op, call, cfg.Info)
}

// notMade refuses the zero Client of a vendor package.
func notMade() error { return Invalid("creditkit", "client", "was not made by New") }

func (c *Client) send(op *Operation, call *transport.Call, told *credit.CallInfo) (*Result, error) {
	c.transport.Do(call)
	if told != nil {
		*told = info(call)
	}
	switch {
	case call.Confirmed:
		return nil, Confirmed
	case call.Stopped != nil:
		return nil, c.stopped(op, call)
	case call.Answer == nil || call.Answer.Status >= 300:
		return nil, c.fault(op, call)
	}
	r := &Result{Answer: call.Answer, client: c, op: op, call: call}
	if call.Answer.BodyErr != nil {
		return nil, r.Unusable(call.Answer.BodyErr)
	}
	if !op.isSuccess(call.Answer.Status) {
		return nil, r.Unusable(errNoSuccess)
	}
	return r, nil
}

// explainedBy is the operation with another way to read its refusals.
func (op *Operation) explainedBy(explain Explain) *Operation {
	if explain == nil {
		return op
	}
	own := *op
	own.explain = explain
	return &own
}

var errNoSuccess = errors.New("the status is not one of a success of this call")

// isSuccess reports whether an answer with the status can be a success. A read
// is whole with a 200 alone: a 206 is a part, and others may be stale. A 204 has
// no body to read and counts where the vendor documents it.
func (op *Operation) isSuccess(status int) bool {
	switch status {
	case http.StatusOK:
		return true
	case http.StatusCreated, http.StatusNonAuthoritativeInfo:
		return op.Mode != Read
	case http.StatusNoContent:
		return op.Mode != Read && slices.Contains(op.Statuses, status)
	}
	return false
}

func info(call *transport.Call) credit.CallInfo {
	i := credit.CallInfo{Attempts: call.Attempts, IdempotencyKey: call.Header.Get(idempotencyKey)}
	if call.Answer != nil {
		i.StatusCode = call.Answer.Status
		i.RequestID = requestID(call)
	}
	return i
}

// build checks the arguments and prepares the request. Nothing is sent yet.
func (c *Client) build(ctx context.Context, op *Operation, in Call, key string) (*transport.Call, error) {
	if typednil.Is(ctx) {
		return nil, Invalid(c.vendor, "ctx", "is nil")
	}
	check := Check{Vendor: c.vendor}
	for i, id := range in.IDs {
		check.ID(in.IDFields[i], id)
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	header := c.headers(key)
	var body []byte
	if in.Body != nil {
		var err error
		if body, err = op.encode(c.vendor, in.Body); err != nil {
			return nil, err
		}
		header["Content-Type"] = jsonContent
	}
	repeat := cmp.Or(in.Repeat, op.Repeat)
	call := transport.NewCall(ctx)
	call.Op = op.ID
	call.Method = op.Method
	call.URL = c.url(expand(op.Path, in.IDs), in.Query)
	call.Header = header
	call.Body = body
	call.Reads = op.Mode == Read
	call.Repeatable = repeat == Safe || repeat == Keyed
	call.Throttle409 = op.Conflict == ConflictThrottle
	call.Keyed = key != ""
	call.Resend = op.Resend
	if in.Recheck != nil {
		call.Recheck = func() (bool, error) {
			body, err := in.Recheck()
			switch {
			case errors.Is(err, Confirmed):
				return true, nil
			case err != nil:
				return false, err
			}
			call.Body = body
			return false, nil
		}
	}
	return call, nil
}

// key picks the idempotency key, the caller's or a new one, where the operation
// knows such keys.
func (c *Client) key(op *Operation, cfg credit.CallConfig) (string, error) {
	switch {
	case cfg.IdempotencyKey != "" && op.Repeat != Keyed:
		return "", Invalid(c.vendor, "WithIdempotencyKey", op.ID+" has no idempotency keys")
	case cfg.IdempotencyKey == "" && op.Repeat == Keyed:
		return rand.Text(), nil
	}
	return cfg.IdempotencyKey, nil
}

// headers shares the values that all requests have in common.
func (c *Client) headers(key string) http.Header {
	header := http.Header{"Accept": jsonContent, "User-Agent": c.userAgent}
	if key != "" {
		header[idempotencyKey] = []string{key}
	}
	return header
}
