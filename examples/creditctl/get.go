package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
)

func (p *program) get(ctx context.Context, cmd *cli.Command) answer {
	r := asked(cmd)
	if err := usage(checkCall(cmd)); err != nil {
		r.fail(err)
		return r
	}
	c, err := p.connect(ctx, cmd)
	if err != nil {
		r.fail(err)
		return r
	}
	defer c.close()
	r.ID, r.Owner = c.ref.ID, c.ref.Owner
	record, err := read(ctx, c)
	if err != nil {
		r.fail(err)
		if answered(err) {
			r.Outcome = credit.Rejected.String()
		}
		return r
	}
	r.Before, r.Outcome = recordOf(record), found
	return r
}

// found is the outcome of a get.
const found = "read"

func read(ctx context.Context, c *connection) (*credit.Record, error) {
	reader, ok := c.updater.(credit.Reader)
	if !ok {
		return nil, &credit.InvalidError{Field: "get", Reason: "the vendor cannot be read"}
	}
	return reader.Read(ctx, c.ref)
}

// answered reports whether it was the vendor that failed a read. To credit, which
// speaks of changes alone, every failed read is NotSent.
func answered(err error) bool {
	e, ok := errors.AsType[*credit.Error](err)
	return ok && e.StatusCode != 0 || holds[*credit.MalformedReadError](err)
}
