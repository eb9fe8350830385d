package thoughtindustries

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

const vendor = "thoughtindustries"

// A Client calls the API of one instance of Thought Industries. It is safe for
// concurrent use. Every call of a nil Client, or of one that New did not create,
// returns an error.
type Client struct {
	rest    *rest.Client
	updater credit.Updater
}

// New returns a client for an instance: its name before .thoughtindustries.com
// ("acme"), or a full host, such as its own domain ("academy.acme.com").
// [credit.WithBaseURL] replaces both. The error is a *[credit.InvalidError].
func New(instance, apiKey string, opts ...credit.Option) (*Client, error) {
	host, err := hostOf(instance)
	if err != nil {
		return nil, err
	}
	c, err := rest.New(rest.Config{
		Vendor:      vendor,
		BaseURL:     "https://" + host,
		Auth:        rest.APIKey("apiKey", apiKey, "Authorization", "Bearer "),
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

// UpdateCreditBatch changes a batch and returns it. An omitted member is assumed to
// stay unchanged. A balance is set, not added to, and overwrites what was redeemed in
// the meantime. For a 204 it returns a batch with only its ID.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]; a 200 with a list of
// errors is one too. Updates of one batch through one client run one after the other.
//
// Source: https://developer.thoughtindustries.com/docs/rest/credits/update-batch/
func (c *Client) UpdateCreditBatch(ctx context.Context, id string, req UpdateCreditBatchRequest, opts ...credit.CallOption) (*CreditBatch, error) {
	c = c.orZero()
	call := updateCall(id, req)
	call.Options = opts
	unlock, err := c.lock(ctx, id)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return rest.Send(ctx, c.rest, &opUpdateCreditBatch, call, func(result *rest.Result) (*CreditBatch, error) {
		batch, _, err := decodeUpdate(result, id)
		return batch, err
	})
}

var idFields = []string{"id"}

// lock waits for the other updates of a batch through this client. Without it, the repeat
// of an update whose response was lost could undo a later update of the same member.
func (c *Client) lock(ctx context.Context, id string) (unlock func(), err error) {
	return c.rest.Lock(ctx, &opUpdateCreditBatch, strings.ToLower(id)) // as SameUUID compares
}

// updateCall returns the call of an update. It is safe to repeat unless it sets
// the balance.
func updateCall(id string, req UpdateCreditBatchRequest) rest.Call {
	call := rest.Call{IDs: []string{id}, IDFields: idFields}
	if req.CurrentBalance == nil {
		call.Repeat = rest.Safe // setting the name and the expiry twice has no further effect
	}
	if !req.ExpiresOn.IsZero() {
		req.ExpiresOn = req.ExpiresOn.UTC() // the vendor's pages show no zone but Z
	}
	call.Body = &req
	return call
}

// decodeUpdate decodes the response to an update. The JSON of the batch is a part
// of the response. A 204 has no body and gives a batch with only its ID, and no JSON.
func decodeUpdate(result *rest.Result, id string) (*CreditBatch, json.RawMessage, error) {
	if result.Status == http.StatusNoContent {
		return &CreditBatch{ID: id}, nil, nil
	}
	sameID := func(got string) bool { return rest.SameUUID(got, id) }
	if batch, text := scanBatch(result.Body); batch != nil && sameID(batch.ID) {
		return batch, text, nil
	}
	object, err := openEnvelope(result, updateName)
	if err != nil {
		return nil, nil, err
	}
	if err := result.CheckID(object, "id", sameID); err != nil {
		return nil, nil, err
	}
	batch := new(CreditBatch)
	if err := result.DecodeApplied(object, batch); err != nil {
		return nil, nil, err
	}
	return batch, object, nil
}
