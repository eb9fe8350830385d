package flexprice

import (
	"context"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// The base URLs of Flexprice's regions, for [credit.WithBaseURL]. An account
// lives in one of them.
const (
	RegionUS    = "https://us.api.flexprice.io/v1" // the default
	RegionIndia = "https://api.cloud.flexprice.io/v1"
)

const vendor = "flexprice"

// A Client talks to Flexprice. It is safe for concurrent use and never
// changes after New. A nil Client refuses every call, and so does one that
// New did not make.
type Client struct{ rest *rest.Client }

// New returns a client that authenticates with an API key. The error is a
// *[credit.InvalidError].
func New(apiKey string, opts ...credit.Option) (*Client, error) {
	c, err := rest.New(rest.Config{
		Vendor:      vendor,
		BaseURL:     RegionUS,
		Auth:        rest.APIKey("apiKey", apiKey, "X-Api-Key", ""),
		DecodeError: classify,
	}, opts)
	if err != nil {
		return nil, err
	}
	return &Client{rest: c}, nil
}

// orZero returns c, or the zero Client for nil. The zero Client refuses every
// call with a *[credit.InvalidError].
func (c *Client) orZero() *Client {
	if c == nil {
		return new(Client)
	}
	return c
}

// UpdateCreditGrant changes a grant and returns it as the vendor answers: a new
// end date is not in it. What req leaves out stays as it is. An end date
// archives a plan's grant at once: see the package comment before setting one.
//
// A name that is empty, longer than 255 characters or holds a NUL character is
// refused before sending, and so is a NUL in the metadata: the server refuses
// the empty name, and answers each of the others with a 500.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]. An answer about
// another grant, or about none, is [credit.ErrMalformed] and [credit.Unknown].
// Updates of one grant through one client run one after the other.
//
// Source: https://docs.flexprice.io/api-reference/credit-grants/update-credit-grant
func (c *Client) UpdateCreditGrant(ctx context.Context, id string, req UpdateCreditGrantRequest, opts ...credit.CallOption) (*CreditGrant, error) {
	c = c.orZero()
	if err := req.validate(); err != nil {
		return nil, err
	}
	unlock, err := c.rest.Lock(ctx, &opUpdateCreditGrant, id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	grant, _, err := c.do(ctx, &opUpdateCreditGrant, id, rest.Call{Body: &req, DecodeError: req.classify, Options: opts})
	return grant, err
}

// GetCreditGrant reads one grant, archived ones too.
//
// Source: https://docs.flexprice.io/api-reference/credit-grants/get-credit-grant
func (c *Client) GetCreditGrant(ctx context.Context, id string, opts ...credit.CallOption) (*CreditGrant, error) {
	c = c.orZero()
	grant, _, err := c.do(ctx, &opGetCreditGrant, id, rest.Call{Options: opts})
	return grant, err
}

var idFields = []string{"id"}

// do returns the grant in the answer, and the answer itself.
func (c *Client) do(ctx context.Context, op *rest.Operation, id string, call rest.Call) (*CreditGrant, *rest.Result, error) {
	call.IDs, call.IDFields = []string{id}, idFields
	result, err := rest.Send(ctx, c.rest, op, call)
	if err != nil {
		return nil, nil, err
	}
	grant, err := decodeUpdate(result, id)
	return grant, result, err
}

func decodeUpdate(result *rest.Result, id string) (*CreditGrant, error) {
	return rest.DecodeNamed(result, "id", id, func(g *CreditGrant) bool { return g.ID == id })
}
