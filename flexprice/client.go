package flexprice

import (
	"context"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// The base URLs of Flexprice's regions, for [credit.WithBaseURL]. An account belongs
// to one of them.
const (
	RegionUS    = "https://us.api.flexprice.io/v1" // the default
	RegionIndia = "https://api.cloud.flexprice.io/v1"
)

const vendor = "flexprice"

// A Client calls the API of Flexprice. It is safe for concurrent use. Every call
// of a nil Client, or of one that New did not create, returns an error.
type Client struct {
	rest    *rest.Client
	updater credit.Updater
}

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
	client := &Client{rest: c}
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

// UpdateCreditGrant changes a grant and returns it as the vendor's response shows it:
// a new end date is not in it. An omitted member stays unchanged. An end date archives
// a plan's grant at once: see the package documentation before setting one.
//
// It returns an error, and sends nothing, for a name that is empty, longer than 255
// characters or contains a NUL character, and for a NUL in the metadata: the server
// rejects the empty name, and responds to each of the others with a 500.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]. A response with another
// grant, or none, is [credit.ErrMalformed] and [credit.Unknown]. Updates of one grant
// through one client are serialized.
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

// GetCreditGrant reads one grant, also if it is archived.
//
// Source: https://docs.flexprice.io/api-reference/credit-grants/get-credit-grant
func (c *Client) GetCreditGrant(ctx context.Context, id string, opts ...credit.CallOption) (*CreditGrant, error) {
	c = c.orZero()
	grant, _, err := c.do(ctx, &opGetCreditGrant, id, rest.Call{Options: opts})
	return grant, err
}

var idFields = []string{"id"}

// do sends a call and returns the grant in the response, and the response
// itself.
func (c *Client) do(ctx context.Context, op *rest.Operation, id string, call rest.Call) (*CreditGrant, *rest.Result, error) {
	call.IDs, call.IDFields = []string{id}, idFields
	var response *rest.Result
	grant, err := rest.Send(ctx, c.rest, op, call, func(result *rest.Result) (*CreditGrant, error) {
		response = result
		return decodeUpdate(result, id)
	})
	return grant, response, err
}

// decodeUpdate decodes the grant in a response.
func decodeUpdate(result *rest.Result, id string) (*CreditGrant, error) {
	return rest.DecodeNamed(result, "id", id, func(g *CreditGrant) bool { return g.ID == id })
}
