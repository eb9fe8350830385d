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

// A Client talks to Metronome. It is safe for concurrent use and never
// changes after New. A nil Client refuses every call, and so does one that
// New did not make.
type Client struct{ rest *rest.Client }

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

// Nullable is a member that can be left out, null, or a value: its zero value
// leaves it out, [Null] and [Value] make the others.
type Nullable[T any] = nullable.Nullable[T]

// Value sends v.
func Value[T any](v T) Nullable[T] { return nullable.NewNullableWithValue(v) }

// Null sends null.
func Null[T any]() Nullable[T] { return nullable.NewNullNullable[T]() }

// EditCredit changes a credit. What req leaves out stays as it is; see the
// package comment for what null does. The answer says nothing of the credit.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]. Metronome tells an
// unknown customer by a 400, which is [credit.ErrNotFound] here. A 409 is
// [credit.ErrConflict]: the credit's state forbids the edit, the idempotency key
// was used for another one, or an edit under the same key is still running. Only
// with a fresh key and at the first attempt is it [credit.Rejected]; otherwise the
// call waits and sends the same edit again, and in the end is [credit.Unknown].
// A 500 has Error.KeyUsedUp set.
//
// Source: https://docs.metronome.com/api-reference/credits-and-commits/edit-a-credit
func (c *Client) EditCredit(ctx context.Context, req EditCreditRequest, opts ...credit.CallOption) (*EditCreditResponse, error) {
	c = c.orZero()
	if err := req.validate(); err != nil {
		return nil, err
	}
	result, err := rest.Send(ctx, c.rest, &opEditCredit, rest.Call{Body: &req, Options: opts})
	if err != nil {
		return nil, err
	}
	return decodeUpdate(result)
}

var errNoID = errors.New("the answer has no data.id")

func decodeUpdate(result *rest.Result) (*EditCreditResponse, error) {
	data, err := result.Member(result.Body, "data")
	if err != nil {
		return nil, err
	}
	id, err := result.Member(data, "id")
	if err != nil {
		return nil, err
	}
	response := &EditCreditResponse{}
	if response.Data.ID = rest.JSONString(id); response.Data.ID == "" {
		return nil, result.Malformed(errNoID)
	}
	return response, nil
}

// ListCustomerCredits walks a customer's credits, page by page, 25 at a time
// unless req.Limit says less. It stops after the first error. A NextPage in req
// is where it starts. A list of more than 10,000 pages or 256 MiB ends with a
// [credit.ErrMalformed].
//
// Source: https://docs.metronome.com/api-reference/credits-and-commits/list-credits
func (c *Client) ListCustomerCredits(ctx context.Context, req ListCustomerCreditsRequest, opts ...credit.CallOption) iter.Seq2[*Credit, error] {
	c = c.orZero()
	list := rest.List[Credit]{Fetch: func(cursor string, _ int) (rest.Page[Credit], error) {
		page := req // each walk starts from the caller's request
		if cursor != "" {
			page.NextPage = &cursor
		}
		return c.creditPage(ctx, page, opts)
	}}
	return list.Items()
}

var errNoCredits = errors.New("the answer has no list of credits")

func (c *Client) creditPage(ctx context.Context, req ListCustomerCreditsRequest, opts []credit.CallOption) (rest.Page[Credit], error) {
	if err := req.validate(); err != nil {
		return rest.Page[Credit]{}, err
	}
	result, err := rest.Send(ctx, c.rest, &opListCustomerCredits, rest.Call{Body: &req, Options: opts})
	if err != nil {
		return rest.Page[Credit]{}, err
	}
	page, err := rest.Decode[CustomerCreditPage](result)
	if err != nil {
		return rest.Page[Credit]{}, err
	}
	if page.Data == nil { // an empty list is one; null and a missing member are not
		return rest.Page[Credit]{}, result.Malformed(errNoCredits)
	}
	// A next_page of null, or none, ends the list.
	return rest.Page[Credit]{Items: page.Data, Object: result.Body, Next: page.NextPage, Result: result}, nil
}

// GetCredit reads one credit with its balance, whether it belongs to the
// customer or to a contract of theirs. Metronome has no call for one credit:
// this is a list of one, and an empty list is [credit.ErrNotFound].
func (c *Client) GetCredit(ctx context.Context, customerID, creditID string, opts ...credit.CallOption) (*Credit, error) {
	c = c.orZero()
	page, i, err := c.findCredit(ctx, customerID, creditID, opts)
	if err != nil {
		return nil, err
	}
	return &page.Items[i], nil
}

// find returns the page with the credit, and its place there.
func (c *Client) findCredit(ctx context.Context, customerID, creditID string, opts []credit.CallOption) (page rest.Page[Credit], place int, err error) {
	req := ListCustomerCreditsRequest{
		CustomerID:             customerID,
		CreditID:               &creditID,
		IncludeBalance:         new(true),
		IncludeContractCredits: new(true),
	}
	page, err = c.creditPage(ctx, req, opts)
	if err != nil {
		return page, 0, err
	}
	for i, found := range page.Items {
		if rest.SameUUID(found.ID, creditID) {
			return page, i, nil
		}
	}
	return page, 0, page.Result.NotInList()
}
