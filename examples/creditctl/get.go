package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
)

func (p *program) runGet(ctx context.Context, cmd *cli.Command) output {
	r := reportFor(cmd)
	if err := newUsageError(checkCall(cmd)); err != nil {
		r.setError(err)
		return r
	}
	c, err := p.connect(ctx, cmd)
	if err != nil {
		r.setError(err)
		return r
	}
	defer c.close()
	r.ID, r.Owner = c.ref.ID, c.ref.Owner
	record, err := readCredit(ctx, c)
	if err != nil {
		r.setReadError(err)
		return r
	}
	r.Credit, r.Outcome = encodeRecord(record), outcomeRead
	return r
}

// setReadError sets the error of a command that only reads.
func (r *report) setReadError(err error) {
	r.setError(err)
	if hasResponse(err) {
		r.Outcome = credit.Rejected.String()
	}
}

// outcomeRead is the outcome of a get and of a resolve.
const outcomeRead = "read"

func readCredit(ctx context.Context, c *connection) (*credit.Record, error) {
	reader, ok := c.updater.(credit.Reader)
	if !ok {
		return nil, &credit.InvalidError{Field: "get", Reason: "the vendor does not support reads"}
	}
	return reader.Read(ctx, c.ref)
}

// hasResponse reports whether the vendor responded to a failed read. Package
// credit reports outcomes of changes, so there every failed read is NotSent.
func hasResponse(err error) bool {
	if e, ok := errors.AsType[*credit.Error](err); ok {
		return e.StatusCode != 0
	}
	_, ok := errors.AsType[*credit.MalformedReadError](err)
	return ok
}
