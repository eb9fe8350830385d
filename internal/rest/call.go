package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
)

const idempotencyKey = "Idempotency-Key"

// A Call is what one call adds to its operation.
type Call struct {
	IDs      []string // fill the path's placeholders, in order
	IDFields []string // what the ids are called in an error
	Query    string   // encoded
	Body     any      // sent as JSON; nil for none
	Repeat   Repeat   // of this very request, where it differs from the operation's
	Options  []credit.CallOption
}

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
	return c.send(op, call, cfg.Info)
}

// notMade refuses the zero Client of a vendor package.
func notMade() error { return Invalid("creditkit", "client", "was not made by New") }

func (c *Client) send(op *Operation, call *transport.Call, told *credit.CallInfo) (*Result, error) {
	c.transport.Do(call)
	if told != nil {
		*told = info(call)
	}
	if call.Answer == nil || call.Answer.Status >= 300 {
		return nil, c.fault(op, call)
	}
	r := &Result{Answer: call.Answer, client: c, op: op, call: call}
	if call.Answer.BodyErr != nil {
		return nil, r.Unusable(call.Answer.BodyErr)
	}
	return r, nil
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
	if ctx == nil {
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
		if body, err = encode(c.vendor, in.Body); err != nil {
			return nil, err
		}
		header["Content-Type"] = jsonContent
	}
	repeat := cmp.Or(in.Repeat, op.Repeat)
	return &transport.Call{
		Context:     ctx,
		Op:          op.ID,
		Method:      op.Method,
		URL:         c.url(expand(op.Path, in.IDs), in.Query),
		Header:      header,
		Body:        body,
		Reads:       op.Mode == Read,
		Repeatable:  repeat == Safe || repeat == Keyed,
		Throttle409: op.Conflict == ConflictThrottle,
		Resend:      op.Resend,
	}, nil
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
