package rest

import (
	"context"
	"errors"

	"github.com/creditkit/creditkit/credit"
)

// Change makes the one write of an update through the facade, and notes it in
// out. A dry run is noted and not made: the Result is then nil, as it is with
// an error. A change that is made anew, with the same out, counts the attempts
// of all its writes.
func Change(ctx context.Context, c *Client, op *Operation, in Call, cfg credit.CallConfig, out *credit.Result) (*Result, error) {
	if c == nil {
		return nil, notMade()
	}
	key, err := c.key(op, cfg)
	if err != nil {
		return nil, err
	}
	call, err := c.build(ctx, op, in, key)
	if err != nil {
		return nil, err
	}
	out.Request = &credit.Request{Method: call.Method, Path: call.URL.RequestURI(), Body: call.Body}
	if cfg.DryRun {
		out.IdempotencyKey = cfg.IdempotencyKey // a fresh one is used by no write
		return nil, nil
	}
	out.IdempotencyKey = key
	result, err := c.send(op, call, cfg.Info)
	out.Attempts += call.Attempts
	call.Attempts = out.Attempts
	if cfg.Info != nil {
		cfg.Info.Attempts = out.Attempts
	}
	if err != nil {
		if e, ok := errors.AsType[*credit.Error](err); ok {
			e.Attempts = out.Attempts
		}
		return nil, err
	}
	out.RequestID = result.RequestID()
	out.Raw = result.Body
	return result, nil
}
