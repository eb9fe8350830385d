package thoughtindustries

import (
	"context"
	"regexp"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

const vendor = "thoughtindustries"

// A Client talks to one instance. It is safe for concurrent use and never
// changes after New. A nil Client refuses every call, and so does one that
// New did not make.
type Client struct {
	rest    *rest.Client
	updater credit.Updater
}

// New returns a client for an instance: its name before .thoughtindustries.com
// ("acme"), or a full host, such as a domain of its own ("academy.acme.com").
// [credit.WithBaseURL] takes the place of both. The error is a
// *[credit.InvalidError].
func New(instance, apiKey string, opts ...credit.Option) (*Client, error) {
	host, err := host(instance)
	if err != nil {
		return nil, err
	}
	auth, err := rest.APIKey(vendor, "apiKey", apiKey, "Authorization", "Bearer ")
	if err != nil {
		return nil, err
	}
	c, err := rest.New(rest.Setup{Vendor: vendor, BaseURL: "https://" + host, Auth: auth, Explain: explain}, opts)
	if err != nil {
		return nil, err
	}
	client := &Client{rest: c}
	client.updater = credit.NewUpdater(driver{client})
	return client, nil
}

// orZero returns c, or the zero Client for nil. The zero Client refuses every
// call with a *[credit.InvalidError].
func (c *Client) orZero() *Client {
	if c == nil {
		return new(Client)
	}
	return c
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

func host(instance string) (string, error) {
	switch {
	case !hostName.MatchString(instance):
		return "", rest.Invalid(vendor, "instance", "must be a name such as acme, or a host such as academy.acme.com")
	case strings.Contains(instance, "."):
		return instance, nil
	}
	return instance + ".thoughtindustries.com", nil
}

// UpdateCreditBatch changes a batch and returns it. What req leaves out is
// taken to stay as it is. A balance is set, not added to, and overwrites what
// was redeemed meanwhile. A 204 gives a batch with nothing but its ID.
//
// Errors are a *[credit.InvalidError] or a *[credit.Error]; a 200 with a list
// of errors is one too.
//
// Source: https://developer.thoughtindustries.com/docs/rest/credits/update-batch/
func (c *Client) UpdateCreditBatch(ctx context.Context, id string, req UpdateCreditBatchRequest, opts ...credit.CallOption) (*CreditBatch, error) {
	c = c.orZero()
	call := updateCall(id, req)
	call.Options = opts
	result, err := rest.Send(ctx, c.rest, &opUpdateCreditBatch, call)
	if err != nil {
		return nil, err
	}
	return updated(result, id)
}

func updateCall(id string, req UpdateCreditBatchRequest) rest.Call {
	call := rest.Call{IDs: []string{id}, IDFields: []string{"id"}}
	if req.CurrentBalance == nil {
		call.Repeat = rest.Safe // the same name and expiry twice are the same as once
	}
	if !req.ExpiresOn.IsZero() {
		req.ExpiresOn = req.ExpiresOn.UTC() // the vendor shows no other zone than Z
	}
	call.Body = &req
	return call
}
