package thoughtindustries

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// ListCreditBatches walks a client's batches, page by page, those of one credit
// account or, with an empty creditAccountID, of all. It stops after the first
// error. There is no call for one batch.
//
// The vendor's pages tell of the paging in three ways. A cursor is used where
// there is one, else the page's number; a list that starts over is an error,
// after the batches that came twice.
//
// Source: https://developer.thoughtindustries.com/docs/rest/credits/batch-list/
func (c *Client) ListCreditBatches(ctx context.Context, clientID, creditAccountID string, opts ...credit.CallOption) iter.Seq2[*CreditBatch, error] {
	seen := map[string]bool{} // ids of batches, to notice a list that starts over
	number := 1
	return rest.Pages(func(position string) (rest.Page[CreditBatch], error) {
		if position == "" {
			clear(seen)
			number = 1
		}
		page, result, err := c.batchPage(ctx, clientID, creditAccountID, position, opts)
		if err != nil {
			return rest.Page[CreditBatch]{}, err
		}
		number++
		next := cmp.Or(cursor(page.PageInfo), "&page="+strconv.Itoa(number))
		switch {
		case !page.PageInfo.HasMore:
			next = ""
		case !remember(seen, page.CreditBatches):
			next = position // which Pages takes for what it is: the same place again
		}
		return rest.Page[CreditBatch]{Items: page.CreditBatches, Next: next, Result: result}, nil
	})
}

func (c *Client) batchPage(ctx context.Context, clientID, creditAccountID, position string, opts []credit.CallOption) (*CreditBatchPage, *rest.Result, error) {
	query := "clientId=" + url.QueryEscape(clientID)
	if creditAccountID != "" {
		query += "&creditAccountId=" + url.QueryEscape(creditAccountID)
	}
	result, err := rest.Send(ctx, c.rest, &opListCreditBatches, rest.Call{
		IDs:      []string{clientID},
		IDFields: []string{"clientId"},
		Query:    query + position,
		Options:  opts,
	})
	if err != nil {
		return nil, nil, err
	}
	inner, err := unwrap(result, "APICreditBatchesByClientAndCreditAccount")
	if err != nil {
		return nil, nil, err
	}
	page := new(CreditBatchPage)
	return page, result, result.Decode(inner, page)
}

// remember reports whether a page holds a batch that was not seen before.
func remember(seen map[string]bool, batches []CreditBatch) bool {
	before := len(seen)
	for _, b := range batches {
		seen[b.ID] = true
	}
	return len(seen) > before
}

// cursor is a page's cursor as a piece of query, and "" where there is none.
// Pages differ on whether it is a text or a number.
func cursor(info PageInfo) string {
	text := cmp.Or(rest.Text(info.Cursor), strings.Trim(string(bytes.TrimSpace(info.Cursor)), `"`))
	if text == "" || text == "null" {
		return ""
	}
	return "&cursor=" + url.QueryEscape(text)
}
