package rest

import (
	"context"

	"github.com/creditkit/creditkit/credit"
)

// Change makes the one write of an update through the facade, and notes it in
// out. A dry run is noted and not made: the Result is then nil, as it is with
// an error.
func Change(ctx context.Context, c *Client, op *Operation, in Call, cfg credit.CallConfig, out *credit.Result) (*Result, error) {
	key, err := c.key(op, cfg)
	if err != nil {
		return nil, err
	}
	call, err := c.build(ctx, op, in, key)
	if err != nil {
		return nil, err
	}
	out.Vendor = c.vendor
	out.IdempotencyKey = key
	out.Request = &credit.Request{Method: call.Method, Path: call.URL.RequestURI(), Body: call.Body}
	if cfg.DryRun {
		out.DryRun = true
		return nil, nil
	}
	result, err := c.send(op, call, cfg.Info)
	if err != nil {
		return nil, err
	}
	out.Attempts = result.Attempts()
	out.RequestID = result.RequestID()
	out.Raw = result.Body
	return result, nil
}
