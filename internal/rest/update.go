package rest

import (
	"context"
	"errors"

	"github.com/creditkit/creditkit/credit"
)

// Update sends the write of a credit.Updater's update and records the request
// and the response in out. decode reads the successful response; the call ends with
// it, and its error is the call's. It is not called if there is no response to
// decode: after a dry run, which sends nothing, and if in.Recheck found the
// change already applied. Attempts accumulate in out across several calls.
func Update(ctx context.Context, c *Client, op *Operation, in Call, cfg credit.CallConfig, out *credit.Result, decode func(*Result) error) error {
	if c == nil {
		return errNoClient()
	}
	key, err := c.idempotencyKey(op, cfg)
	if err != nil {
		return err
	}
	x, err := c.build(ctx, op, in, key)
	if err != nil {
		return err
	}
	call := x.Call()
	out.Request = &credit.Request{Method: call.Method, Path: call.URL.RequestURI(), Body: call.Body}
	if cfg.DryRun {
		out.IdempotencyKey = cfg.IdempotencyKey // a generated key would be used by no write
		return nil
	}
	out.IdempotencyKey = key
	call.CallersKey = cfg.IdempotencyKey != ""
	err = c.sendUpdate(op, x, cfg, out, decode)
	c.transport.ReportCall(call, err)
	return err
}

// sendUpdate sends a write and records what it finds in out.
func (c *Client) sendUpdate(op *Operation, x *exchange, cfg credit.CallConfig, out *credit.Result, decode func(*Result) error) error {
	call := x.Call()
	result, err := c.send(op, x, cfg.Info)
	out.Request.Body = call.Body // a recheck may have replaced it
	out.Attempts += call.Attempts
	call.Attempts = out.Attempts
	if cfg.Info != nil {
		cfg.Info.Attempts, cfg.Info.Before = out.Attempts, out.Before
	}
	if err == ErrAlreadyApplied { //nolint:errorlint // never wrapped
		return nil
	}
	if err != nil {
		if e, ok := errors.AsType[*credit.Error](err); ok {
			e.Attempts = out.Attempts
		}
		return err
	}
	out.RequestID = result.RequestID()
	out.Raw = result.Body
	return decode(result)
}
