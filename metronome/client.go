package metronome

import (
	"context"
	"errors"
	"iter"

	"github.com/oapi-codegen/nullable"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

const (
	vendor  = "metronome"
	baseURL = "https://api.metronome.com"
)

// A Client calls the API of Metronome. It is safe for concurrent use. Every call
// of a nil Client, or of one that New did not create, returns an error.
type Client struct {
	rest    *rest.Client
	updater credit.Updater
}

// New returns a client that authenticates with a bearer token. The error is a
// *[credit.InvalidError].
func New(token string, opts ...credit.Option) (*Client, error) {
	c, err := rest.New(rest.Config{
		Vendor:      vendor,
		BaseURL:     baseURL,
		Auth:        rest.APIKey("token", token, "Authorization", "Bearer "),
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

// Nullable is a member that can be omitted, null, or a value. Its zero value is
// omitted; [Null] and [Value] return the others.
type Nullable[T any] = nullable.Nullable[T]

// Value returns a member with the value v.
func Value[T any](v T) Nullable[T] { return nullable.NewNullableWithValue(v) }

// Null returns a member that is null.
func Null[T any]() Nullable[T] { return nullable.NewNullNullable[T]() }

// EditCredit changes a credit. An omitted member stays unchanged; see the package
// documentation for the effect of null. The response does not contain the credit.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]. Metronome reports an
// unknown customer with a 400, which is [credit.ErrNotFound] here. A 409 is
// [credit.ErrConflict]: the credit's state does not allow the edit, the idempotency
// key was used for another edit, or an edit under the same key is still running. It is
// [credit.Rejected] only at the first attempt with a new key. Otherwise the call waits
// and sends the same edit again, and in the end it is [credit.Unknown]. The error of a
// 500 has KeyUsedUp set.
//
// Source: https://docs.metronome.com/api-reference/credits-and-commits/edit-a-credit
func (c *Client) EditCredit(ctx context.Context, req EditCreditRequest, opts ...credit.CallOption) (*EditCreditResponse, error) {
	c = c.orZero()
	if err := req.validate(); err != nil {
		return nil, err
	}
	return rest.Send(ctx, c.rest, &opEditCredit, rest.Call{Body: &req, Options: opts}, decodeUpdate)
}

var errNoID = errors.New("the response has no data.id")

// decodeUpdate decodes the response to an edit, which contains only an id.
func decodeUpdate(result *rest.Result) (*EditCreditResponse, error) {
	response := new(EditCreditResponse)
	if result.DecodeFast(response) && response.Data.ID != "" {
		return response, nil
	}
	data, err := result.Member(result.Body, "data")
	if err != nil {
		return nil, err
	}
	id, err := result.Member(data, "id")
	if err != nil {
		return nil, err
	}
	if response.Data.ID = rest.JSONString(id); response.Data.ID == "" {
		return nil, result.Malformed(errNoID)
	}
	return response, nil
}

// ListCustomerCredits iterates over a customer's credits. It requests pages of 25, or
// of req.Limit, and starts at req.NextPage if that is set. It stops after the first
// error. A list of more than 10,000 pages or 256 MiB ends with a
// [credit.ErrMalformed].
//
// Source: https://docs.metronome.com/api-reference/credits-and-commits/list-credits
func (c *Client) ListCustomerCredits(ctx context.Context, req ListCustomerCreditsRequest, opts ...credit.CallOption) iter.Seq2[*Credit, error] {
	c = c.orZero()
	return c.creditList(ctx, req, opts).Items()
}

// creditList returns the list of a customer's credits that req describes.
func (c *Client) creditList(ctx context.Context, req ListCustomerCreditsRequest, opts []credit.CallOption) rest.List[Credit] {
	return rest.List[Credit]{Fetch: func(cursor string, _ int) (rest.Page[Credit], error) {
		page := req // each iteration starts from the caller's request
		if cursor != "" {
			page.NextPage = &cursor
		}
		return c.creditPage(ctx, page, opts)
	}}
}

var errNoCredits = errors.New("the response has no list of credits")

func (c *Client) creditPage(ctx context.Context, req ListCustomerCreditsRequest, opts []credit.CallOption) (rest.Page[Credit], error) {
	if err := req.validate(); err != nil {
		return rest.Page[Credit]{}, err
	}
	return rest.Send(ctx, c.rest, &opListCustomerCredits, rest.Call{Body: &req, Options: opts}, decodePage)
}

func decodePage(result *rest.Result) (rest.Page[Credit], error) {
	page, err := rest.Decode[CustomerCreditPage](result)
	if err != nil {
		return rest.Page[Credit]{}, err
	}
	if page.Data == nil { // null or missing
		return rest.Page[Credit]{}, result.Malformed(errNoCredits)
	}
	// A next_page of null, or none, ends the list.
	return rest.Page[Credit]{Items: page.Data, Object: result.Body, Next: page.NextPage, Result: result}, nil
}

// GetCredit reads one credit with its balance, whether it belongs to the
// customer or to one of their contracts. Metronome has no call for one credit:
// GetCredit requests a list with that credit, and a list that ends without it is
// [credit.ErrNotFound].
func (c *Client) GetCredit(ctx context.Context, customerID, creditID string, opts ...credit.CallOption) (*Credit, error) {
	c = c.orZero()
	page, i, err := c.findCredit(ctx, customerID, creditID, opts)
	if err != nil {
		return nil, err
	}
	return &page.Items[i], nil
}

// findCredit returns the page with the credit, and the credit's index there. The
// credit is missing only if no page contains it.
func (c *Client) findCredit(ctx context.Context, customerID, creditID string, opts []credit.CallOption) (page rest.Page[Credit], place int, err error) {
	req := ListCustomerCreditsRequest{
		CustomerID:             customerID,
		CreditID:               &creditID,
		IncludeBalance:         new(true),
		IncludeContractCredits: new(true),
	}
	for page, err = range c.creditList(ctx, req, opts).Pages() {
		if err != nil {
			return page, 0, err
		}
		for i, found := range page.Items {
			if rest.SameUUID(found.ID, creditID) {
				return page, i, nil
			}
		}
	}
	return page, 0, page.Result.NotInList()
}
