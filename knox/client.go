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

// A Client calls Rhythm's certifications API for one tenant. It is safe for
// concurrent use. Every call of a nil Client, or of one that New did not create,
// returns an error.
type Client struct {
	rest    *rest.Client
	tenant  string
	updater credit.Updater
}

// New returns a client for a tenant, whose id is part of every path. Get tokens from
// [ClientCredentials], usually. The error is a *[credit.InvalidError].
//
// The Token method of a custom source may block: each call waits for it until the
// call's context is done, and concurrent calls share one call of Token.
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
	client := &Client{rest: c, tenant: tenant}
	client.updater = credit.NewUpdater(driver{client})
	return client, nil
}

// orZero returns c, or the zero Client if c is nil. The zero Client returns a
// *[credit.InvalidError] from every call.
func (c *Client) orZero() *Client {
	if c == nil {
		return new(Client)
	}
	return c
}

// UpdateCredit replaces the credit with the id record.ID by record, completely, and
// returns the credit as it is now. Start from a record that was read; see the package
// documentation. The same replacement may be sent more than once.
//
// It returns an error, and sends nothing, for a record without the members that the
// vendor requires of every credit: its ids, date, origin, quantity and sys_ members.
// The links to an activity, an event or a registration may be empty, because a credit
// has only some of them.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]. A response that does not
// contain this credit is [credit.ErrMalformed] and [credit.Unknown]. Updates of one
// credit through one client are serialized.
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
// do not document this call; other records of the API are read in the same way.
func (c *Client) GetCredit(ctx context.Context, id string, opts ...credit.CallOption) (*Credit, error) {
	c = c.orZero()
	call := c.call(id)
	call.Query, call.Options = consistentRead, opts
	return c.do(ctx, &opGetCredit, id, call)
}

// consistentRead is the query that requests the record as it is after the last
// write. Without it the vendor may return an older one.
const consistentRead = "consistentRead=true"

func (c *Client) call(id string) rest.Call {
	return rest.Call{IDs: []string{c.tenant, id}, IDFields: []string{"tenant", "id"}}
}

func (c *Client) do(ctx context.Context, op *rest.Operation, id string, call rest.Call) (*Credit, error) {
	return rest.Send(ctx, c.rest, op, call, func(result *rest.Result) (*Credit, error) {
		return rest.DecodeNamed(result, "id", id, func(c *Credit) bool { return c.ID == id })
	})
}
