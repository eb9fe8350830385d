package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
)

func (p *program) get(ctx context.Context, cmd *cli.Command) answer {
	r := reportFor(cmd)
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
		if hasAnswered(err) {
			r.Outcome = credit.Rejected.String()
		}
		return r
	}
	r.Credit, r.Outcome = encodeRecord(record), outcomeRead
	return r
}

// outcomeRead is the outcome of a get.
const outcomeRead = "read"

func read(ctx context.Context, c *connection) (*credit.Record, error) {
	reader, ok := c.updater.(credit.Reader)
	if !ok {
		return nil, &credit.InvalidError{Field: "get", Reason: "the vendor cannot be read"}
	}
	return reader.Read(ctx, c.ref)
}

// hasAnswered reports whether it was the vendor that failed a read. To package
// credit, whose outcomes are those of changes, every failed read is NotSent.
func hasAnswered(err error) bool {
	if e, ok := errors.AsType[*credit.Error](err); ok {
		return e.StatusCode != 0
	}
	_, ok := errors.AsType[*credit.MalformedReadError](err)
	return ok
}
