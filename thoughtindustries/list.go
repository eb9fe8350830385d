package thoughtindustries

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"strconv"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsonenc"
	"github.com/creditkit/creditkit/internal/rest"
)

// ListCreditBatches walks a client's batches, page by page, those of one credit
// account or, with an empty creditAccountID, of all. It stops after the first
// error. There is no call for one batch.
//
// The vendor's pages tell of the paging in three ways. A cursor is used where
// there is one, else the page's number, which has been seen to bring the same
// entries again: a batch that comes twice is given once, and a page that brings
// nothing new although more is to follow is an error. So is a list of more than
// 10,000 pages or 256 MiB.
//
// Source: https://developer.thoughtindustries.com/docs/rest/credits/batch-list/
func (c *Client) ListCreditBatches(ctx context.Context, clientID, creditAccountID string, opts ...credit.CallOption) iter.Seq2[*CreditBatch, error] {
	c = c.orZero()
	return c.batches(ctx, clientID, creditAccountID, opts).Items()
}

// batches is the list of a client's batches.
func (c *Client) batches(ctx context.Context, clientID, creditAccountID string, opts []credit.CallOption) rest.List[CreditBatch] {
	return rest.List[CreditBatch]{
		Fetch: func(at string, number int) (rest.Page[CreditBatch], error) {
			return c.batchPage(ctx, clientID, creditAccountID, at, number, opts)
		},
		ID: func(batch *CreditBatch) string { return batch.ID },
	}
}

// rawBatch returns a batch of a page as it came.
func rawBatch(page json.RawMessage, id string) json.RawMessage {
	var list struct {
		CreditBatches []json.RawMessage `json:"creditBatches"`
	}
	_ = jsonenc.Unmarshal(page, &list) // it has been decoded before
	for _, batch := range list.CreditBatches {
		if rest.JSONString(rest.ParseObject(batch)["id"]) == id {
			return batch
		}
	}
	return nil
}

var errNoBatches = errors.New("the answer holds no list of batches with their ids")

const listName = "APICreditBatchesByClientAndCreditAccount"

// batchPage reads one page. At is the part of the query that selects it.
func (c *Client) batchPage(ctx context.Context, clientID, creditAccountID, at string, number int, opts []credit.CallOption) (rest.Page[CreditBatch], error) {
	var none rest.Page[CreditBatch]
	query := "clientId=" + url.QueryEscape(clientID)
	if creditAccountID != "" {
		query += "&creditAccountId=" + url.QueryEscape(creditAccountID)
	}
	result, err := rest.Send(ctx, c.rest, &opListCreditBatches, rest.Call{
		IDs:      []string{clientID},
		IDFields: []string{"clientId"},
		Query:    query + at,
		Options:  opts,
	})
	if err != nil {
		return none, err
	}
	page := new(CreditBatchPage)
	object, err := openEnvelope(result, listName)
	if err != nil {
		return none, err
	}
	if err := result.Decode(object, page); err != nil {
		return none, err
	}
	if !allHaveIDs(page.CreditBatches) {
		return none, result.Malformed(errNoBatches)
	}
	got := rest.Page[CreditBatch]{Items: page.CreditBatches, Object: object, Result: result}
	if page.PageInfo.HasMore {
		got.Next = nextPage(page.PageInfo, number+1)
	}
	return got, nil
}

// listed reports whether there is a list at all, empty or of batches: any other
// object would pass for an empty list.
func allHaveIDs(batches []CreditBatch) bool {
	for _, b := range batches {
		if b.ID == "" {
			return false
		}
	}
	return batches != nil
}

// nextPage is the part of the query that selects the next page. The vendor's
// pages differ on whether a cursor is a text or a number; where it is neither,
// the page's number selects it.
func nextPage(info PageInfo, number int) string {
	var digits json.Number
	_ = json.Unmarshal(info.Cursor, &digits) // stays empty where it is no number
	if cursor := cmp.Or(rest.JSONString(info.Cursor), digits.String()); cursor != "" {
		return "&cursor=" + url.QueryEscape(cursor)
	}
	return "&page=" + strconv.Itoa(number)
}
