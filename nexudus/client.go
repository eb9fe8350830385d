package nexudus

import (
	"context"
	"errors"
	"strconv"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

const (
	vendor  = "nexudus"
	baseURL = "https://spaces.nexudus.com"
)

// A Client calls the API of Nexudus. It is safe for concurrent use. Every call
// of a nil Client, or of one that New did not create, returns an error.
type Client struct {
	rest    *rest.Client
	updater credit.Updater
}

// New returns a client. Get tokens from [Password], usually. The error is a
// *[credit.InvalidError].
//
// The Token method of a custom source may block: each call waits for it until the
// call's context is done, and concurrent calls share one call of Token.
func New(tokens oauth2.TokenSource, opts ...credit.Option) (*Client, error) {
	c, err := rest.New(rest.Config{
		Vendor:      vendor,
		BaseURL:     baseURL,
		Auth:        rest.Tokens(tokens),
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

// UpdateCoworkerBookingCredit replaces the credit with the id update.ID by update,
// completely: an omitted member is cleared, and an empty list lifts a limit. Start
// from [CoworkerBookingCredit.Update]; see the package documentation. The result does
// not contain the record.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error], also if Nexudus rejects
// the update with a 200. A 409 is [credit.ErrRateLimited]. A response that does not
// say whether the update was successful, or names another record or none, is
// [credit.ErrMalformed] and [credit.Unknown]. Updates of one credit through one
// client are serialized.
//
// Source: https://learn.nexudus.com/rest-api/billing/put-coworkerbookingcredits
func (c *Client) UpdateCoworkerBookingCredit(ctx context.Context, update CoworkerBookingCreditUpdate, opts ...credit.CallOption) (*UpdateResult, error) {
	c = c.orZero()
	if err := update.validate(); err != nil {
		return nil, err
	}
	unlock, err := c.rest.Lock(ctx, &opUpdateCoworkerBookingCredit, strconv.FormatInt(update.ID, 10))
	if err != nil {
		return nil, err
	}
	defer unlock()
	call := rest.Call{Body: &update, Options: opts}
	if update.hasCommands() {
		call.Repeat = rest.Unsafe
	}
	return rest.Send(ctx, c.rest, &opUpdateCoworkerBookingCredit, call, func(result *rest.Result) (*UpdateResult, error) {
		return decodeUpdate(result, update.ID)
	})
}

var idFields = []string{"Id"}

// GetCoworkerBookingCredit reads one credit with all of its lists.
//
// Source: https://developers.nexudus.com/rest-api/billing/get-coworkerbookingcredits-by-id
func (c *Client) GetCoworkerBookingCredit(ctx context.Context, id int64, opts ...credit.CallOption) (*CoworkerBookingCredit, error) {
	c = c.orZero()
	v := rest.Validator{Vendor: vendor}
	v.Number("Id", id)
	if err := v.Err(); err != nil {
		return nil, err
	}
	idText := strconv.FormatInt(id, 10)
	call := rest.Call{IDs: []string{idText}, IDFields: idFields, Options: opts}
	return rest.Send(ctx, c.rest, &opGetCoworkerBookingCredit, call, func(result *rest.Result) (*CoworkerBookingCredit, error) {
		return rest.DecodeNamed(result, "Id", idText, func(c *CoworkerBookingCredit) bool { return c.ID == id })
	})
}

var errNoWasSuccessful = errors.New("the response does not say whether the update was successful")

// decodeUpdate decodes the response to an update. A 200 may be a rejection:
// WasSuccessful decides.
func decodeUpdate(result *rest.Result, id int64) (*UpdateResult, error) {
	if out := new(UpdateResult); result.DecodeFast(out) && out.WasSuccessful && out.Value.ID == id {
		return out, nil
	}
	successful, err := result.Member(result.Body, "WasSuccessful")
	switch {
	case err != nil:
		return nil, err
	case string(successful) == "false":
		status, err := result.Member(result.Body, "Status")
		if err != nil {
			return nil, err
		}
		return nil, result.Rejected(bodyDetails(result.Body, statusIn(status)))
	case string(successful) != "true":
		return nil, result.Malformed(errNoWasSuccessful)
	}
	value, err := result.Member(result.Body, "Value")
	if err != nil {
		return nil, err
	}
	want := strconv.FormatInt(id, 10)
	if err := result.CheckID(value, "Id", func(got string) bool { return got == want }); err != nil {
		return nil, err
	}
	out := new(UpdateResult)
	if err := result.DecodeApplied(result.Body, out); err != nil {
		return nil, err
	}
	return out, nil
}
