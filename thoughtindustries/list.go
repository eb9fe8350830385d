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
	"github.com/creditkit/creditkit/internal/rest"
)

// ListCreditBatches walks a client's batches, page by page, those of one credit
// account or, with an empty creditAccountID, of all. It stops after the first
// error. There is no call for one batch.
//
// The vendor's pages tell of the paging in three ways. A cursor is used where
// there is one, else the page's number, which has been seen to bring the same
// entries again: a batch that comes twice is given once, and a page that brings
// nothing new although more is to follow is an error.
//
// Source: https://developer.thoughtindustries.com/docs/rest/credits/batch-list/
func (c *Client) ListCreditBatches(ctx context.Context, clientID, creditAccountID string, opts ...credit.CallOption) iter.Seq2[*CreditBatch, error] {
	c = c.orZero()
	return func(yield func(*CreditBatch, error) bool) {
		for page, err := range c.batchPages(ctx, clientID, creditAccountID, opts) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, batch := range page.fresh {
				if !yield(batch, nil) {
					return
				}
			}
		}
	}
}

// listPage is one answer of a list.
type listPage struct {
	fresh  []*CreditBatch // those that have not come before
	result *rest.Result
	object json.RawMessage // the page without its envelope
}

// raw is a batch as it came.
func (p listPage) raw(id string) json.RawMessage {
	var list struct {
		CreditBatches []json.RawMessage `json:"creditBatches"`
	}
	_ = json.Unmarshal(p.object, &list) // it has been decoded before
	for _, batch := range list.CreditBatches {
		if rest.Text(rest.Members(batch)["id"]) == id {
			return batch
		}
	}
	return nil
}

// batchPages walks the pages. It stops after the first error.
func (c *Client) batchPages(ctx context.Context, clientID, creditAccountID string, opts []credit.CallOption) iter.Seq2[listPage, error] {
	return func(yield func(listPage, error) bool) {
		seen := map[string]bool{} // by id
		for number, position := 2, ""; ; number++ {
			page, got, err := c.batchPage(ctx, clientID, creditAccountID, position, opts)
			if err != nil {
				yield(listPage{}, err)
				return
			}
			got.fresh = unseen(page.CreditBatches, seen)
			if !yield(got, nil) || !page.PageInfo.HasMore {
				return
			}
			if len(got.fresh) == 0 {
				yield(listPage{}, got.result.Unusable(errNoProgress))
				return
			}
			position = after(page.PageInfo, number)
		}
	}
}

const listName = "APICreditBatchesByClientAndCreditAccount"

var (
	errNoBatches  = errors.New("the answer holds no list of batches with their ids")
	errNoProgress = errors.New("a page of the list brings nothing new: going on might never end")
)

// batchPage reads the page at a position, which is a piece of query.
func (c *Client) batchPage(ctx context.Context, clientID, creditAccountID, position string, opts []credit.CallOption) (*CreditBatchPage, listPage, error) {
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
		return nil, listPage{}, err
	}
	page := new(CreditBatchPage)
	object, err := openEnvelope(result, listName)
	if err != nil {
		return nil, listPage{}, err
	}
	if err := result.Decode(object, page); err != nil {
		return nil, listPage{}, err
	}
	if !listed(page.CreditBatches) {
		return nil, listPage{}, result.Unusable(errNoBatches)
	}
	return page, listPage{result: result, object: object}, nil
}

// listed reports whether there is a list at all, empty or of batches: any other
// object would pass for an empty list.
func listed(batches []CreditBatch) bool {
	for _, b := range batches {
		if b.ID == "" {
			return false
		}
	}
	return batches != nil
}

// unseen returns the batches that have not come before, and remembers them.
func unseen(batches []CreditBatch, seen map[string]bool) []*CreditBatch {
	var fresh []*CreditBatch
	for i := range batches {
		if b := &batches[i]; !seen[b.ID] {
			seen[b.ID] = true
			fresh = append(fresh, b)
		}
	}
	return fresh
}

// after is where the list goes on. Pages differ on whether a cursor is a text
// or a number; where it is neither, the next page's number counts.
func after(info PageInfo, number int) string {
	var digits json.Number
	_ = json.Unmarshal(info.Cursor, &digits) // stays empty where it is no number
	if cursor := cmp.Or(rest.Text(info.Cursor), digits.String()); cursor != "" {
		return "&cursor=" + url.QueryEscape(cursor)
	}
	return "&page=" + strconv.Itoa(number)
}
