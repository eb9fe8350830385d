package knox

import (
	"context"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

const (
	vendor  = "knox"
	baseURL = "https://certifications.api.rhythmsoftware.com"
)

// A Client talks to Rhythm's certifications API for one tenant. It is safe
// for concurrent use and never changes after New. A nil Client refuses every
// call, and so does one that New did not make.
type Client struct {
	rest   *rest.Client
	tenant string
}

// New returns a client for a tenant, whose id stands in every path. tokens is
// usually made by [ClientCredentials]. The error is a *[credit.InvalidError].
//
// The Token method of a source of your own may block: each call waits for it
// until its context ends, and calls at the same time share one Token.
func New(tenant string, tokens oauth2.TokenSource, opts ...credit.Option) (*Client, error) {
	v := rest.Validator{Vendor: vendor}
	v.ID("tenant", tenant)
	if err := v.Err(); err != nil {
		return nil, err
	}
	c, err := rest.New(rest.Config{
		Vendor:      vendor,
		BaseURL:     baseURL,
		Auth:        rest.Tokens(tokens),
		DecodeError: classify,
	}, opts)
	if err != nil {
		return nil, err
	}
	return &Client{rest: c, tenant: tenant}, nil
}

// orZero returns c, or the zero Client for nil. The zero Client refuses every
// call with a *[credit.InvalidError].
func (c *Client) orZero() *Client {
	if c == nil {
		return new(Client)
	}
	return c
}

// UpdateCredit replaces the credit that record.ID names by record, all of it,
// and returns the credit as it is now. Start from a record that was read; see
// the package comment. The same replacement may be sent more than once.
//
// Refused before sending are records without what the vendor requires of every
// credit: its ids, date, origin, quantity and sys_ members. The links to an
// activity, an event or a registration may be empty, because a credit has only
// some of them.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]. An answer that does
// not show this credit is [credit.ErrMalformed] and [credit.Unknown]. Updates of
// one credit through one client run one after the other.
//
// Source: https://docs.api.rhythmsoftware.com/apis/certifications/certifications-v1/credits/updatecredit
func (c *Client) UpdateCredit(ctx context.Context, record Credit, opts ...credit.CallOption) (*Credit, error) {
	c = c.orZero()
	if err := record.validate(); err != nil {
		return nil, err
	}
	unlock, err := c.rest.Lock(ctx, &opUpdateCredit, record.ID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	call := c.call(record.ID)
	call.Body, call.Options = &record, opts
	return c.do(ctx, &opUpdateCredit, record.ID, call)
}

// GetCredit reads one credit, as it is after the last write. The vendor's pages
// do not list this call; its other records are read in this way.
func (c *Client) GetCredit(ctx context.Context, id string, opts ...credit.CallOption) (*Credit, error) {
	c = c.orZero()
	call := c.call(id)
	call.Query, call.Options = consistentRead, opts
	return c.do(ctx, &opGetCredit, id, call)
}

// current asks for the record after the last write, which the vendor's stores
// do not show otherwise.
const consistentRead = "consistentRead=true"

func (c *Client) call(id string) rest.Call {
	return rest.Call{IDs: []string{c.tenant, id}, IDFields: []string{"tenant", "id"}}
}

func (c *Client) do(ctx context.Context, op *rest.Operation, id string, call rest.Call) (*Credit, error) {
	result, err := rest.Send(ctx, c.rest, op, call)
	if err != nil {
		return nil, err
	}
	return rest.DecodeNamed(result, "id", id, func(c *Credit) bool { return c.ID == id })
}
