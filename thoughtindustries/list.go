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

// ListCreditBatches iterates over a client's batches: those of one credit account or,
// if creditAccountID is empty, all. It stops after the first error. The API has no
// call for one batch.
//
// The vendor's pages describe paging in three ways. A cursor is used if there is one,
// otherwise the page number, which has been observed to return the same entries again:
// duplicates are dropped, and a page without a new batch that is not the last is an
// error. So is a list of more than 10,000 pages or 256 MiB.
//
// Source: https://developer.thoughtindustries.com/docs/rest/credits/batch-list/
func (c *Client) ListCreditBatches(ctx context.Context, clientID, creditAccountID string, opts ...credit.CallOption) iter.Seq2[*CreditBatch, error] {
	c = c.orZero()
	return c.batches(ctx, clientID, creditAccountID, opts).Items()
}

// batches returns the list of a client's batches.
func (c *Client) batches(ctx context.Context, clientID, creditAccountID string, opts []credit.CallOption) rest.List[CreditBatch] {
	return rest.List[CreditBatch]{
		Fetch: func(cursor string, number int) (rest.Page[CreditBatch], error) {
			return c.batchPage(ctx, clientID, creditAccountID, cursor, number, opts)
		},
		ID: func(batch *CreditBatch) string { return batch.ID },
	}
}

// rawBatch returns the JSON of a batch of a page.
func rawBatch(page json.RawMessage, id string) json.RawMessage {
	var list struct {
		CreditBatches []json.RawMessage `json:"creditBatches"`
	}
	_ = jsonenc.Unmarshal(page, &list) // batchPage has decoded it before
	for _, batch := range list.CreditBatches {
		if rest.JSONString(rest.ParseObject(batch)["id"]) == id {
			return batch
		}
	}
	return nil
}

var errNoBatches = errors.New("the response has no list of batches with ids")

const listName = "APICreditBatchesByClientAndCreditAccount"

// batchPage reads one page. Cursor is the part of the query that selects it.
func (c *Client) batchPage(ctx context.Context, clientID, creditAccountID, cursor string, number int, opts []credit.CallOption) (rest.Page[CreditBatch], error) {
	query := "clientId=" + url.QueryEscape(clientID)
	if creditAccountID != "" {
		query += "&creditAccountId=" + url.QueryEscape(creditAccountID)
	}
	call := rest.Call{
		IDs:      []string{clientID},
		IDFields: []string{"clientId"},
		Query:    query + cursor,
		Options:  opts,
	}
	return rest.Send(ctx, c.rest, &opListCreditBatches, call, func(result *rest.Result) (rest.Page[CreditBatch], error) {
		return decodePage(result, number)
	})
}

// decodePage decodes the page with the number.
func decodePage(result *rest.Result, number int) (rest.Page[CreditBatch], error) {
	var none rest.Page[CreditBatch]
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

// allHaveIDs reports whether batches is a list, which may be empty, of batches
// with ids. Otherwise any object would count as an empty list.
func allHaveIDs(batches []CreditBatch) bool {
	for _, b := range batches {
		if b.ID == "" {
			return false
		}
	}
	return batches != nil
}

// nextPage returns the part of the query that selects the next page. The
// vendor's pages differ on whether a cursor is a string or a number; if it is
// neither, the page number is used.
func nextPage(info PageInfo, number int) string {
	var digits json.Number
	_ = json.Unmarshal(info.Cursor, &digits) // stays empty if it is not a number
	if cursor := cmp.Or(rest.JSONString(info.Cursor), digits.String()); cursor != "" {
		return "&cursor=" + url.QueryEscape(cursor)
	}
	return "&page=" + strconv.Itoa(number)
}
