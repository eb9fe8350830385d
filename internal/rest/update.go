package rest

import (
	"context"
	"errors"

	"github.com/creditkit/creditkit/credit"
)

// Update sends the write of a credit.Updater's update and records the request
// and the response in out. It returns nil and no error if there is no response
// to decode: after a dry run, which sends nothing, and if in.Recheck found the
// change already applied. Attempts accumulate in out across several calls.
func Update(ctx context.Context, c *Client, op *Operation, in Call, cfg credit.CallConfig, out *credit.Result) (*Result, error) {
	if c == nil {
		return nil, errNoClient()
	}
	key, err := c.idempotencyKey(op, cfg)
	if err != nil {
		return nil, err
	}
	x, err := c.build(ctx, op, in, key)
	if err != nil {
		return nil, err
	}
	call := x.Call()
	out.Request = &credit.Request{Method: call.Method, Path: call.URL.RequestURI(), Body: call.Body}
	if cfg.DryRun {
		out.IdempotencyKey = cfg.IdempotencyKey // a generated key would be used by no write
		return nil, nil
	}
	out.IdempotencyKey = key
	call.CallersKey = cfg.IdempotencyKey != ""
	result, err := c.send(op, x, cfg.Info)
	out.Request.Body = call.Body // a recheck may have replaced it
	out.Attempts += call.Attempts
	call.Attempts = out.Attempts
	if cfg.Info != nil {
		cfg.Info.Attempts, cfg.Info.Before = out.Attempts, out.Before
	}
	if err == ErrAlreadyApplied { //nolint:errorlint // never wrapped
		return nil, nil
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
