package drivertest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// sixthPageSize is the number of credits on a page of the sixth vendor.
const sixthPageSize = 2

// Find lists the credits of a holder, in pages.
func (d *sixth) Find(ctx context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return func(yield func(*credit.Record, error) bool) {
		seen := map[string]bool{}
		for cursor := ""; ; {
			page, x, err := d.page(ctx, q, cursor)
			if err != nil {
				if !d.has("hides a page that fails") {
					yield(nil, err)
				}
				return
			}
			for _, doc := range page.Credits {
				record := d.recordFrom(credit.Ref{ID: doc.text("id")}, doc)
				if d.has("shows another value in a row") {
					record.Note = credit.Clear[string]()
				}
				if d.has("loses the id of a row") {
					record.ID = ""
				}
				if !yield(record, nil) {
					if d.has("reads on after the loop ended") {
						_, _, _ = d.page(ctx, q, page.Next)
					}
					return
				}
			}
			if page.Next == "" || d.has("reads only the first page") {
				return
			}
			if seen[page.Next] && !d.has("follows a cursor that repeats") {
				yield(nil, d.fail(x, credit.ErrMalformed, credit.NotSent, errors.New("the cursor repeats")))
				return
			}
			seen[page.Next], cursor = true, page.Next
		}
	}
}

type sixthPage struct {
	Credits []object `json:"credits"`
	Next    string   `json:"next"`
}

func (d *sixth) page(ctx context.Context, q credit.Query, cursor string) (sixthPage, *exchange, error) {
	query := url.Values{"holder": {q.Owner}, "cursor": {cursor}}
	if d.has("finds the credits of others") {
		query.Del("holder")
	}
	x := &exchange{op: "Find", method: http.MethodGet, query: query.Encode(), repeats: true}
	var page sixthPage
	response, err := d.send(ctx, x)
	if err == nil && json.Unmarshal(response, &page) != nil {
		err = d.fail(x, credit.ErrMalformed, credit.NotSent, nil)
	}
	return page, x, err
}

// list is a page of the credits of a holder, in the order of their ids.
func (b sixthBackend) list(r *credittest.Request) credittest.Answer {
	query, err := url.ParseQuery(r.Query)
	start, _ := strconv.Atoi(query.Get("cursor"))
	if err != nil || start < 0 {
		return jsonAnswer(400, json.RawMessage(`{}`))
	}
	all := []object{}
	for _, id := range slices.Sorted(maps.Keys(b.credits)) {
		if c := b.credits[id]; query.Get("holder") == "" || c.text("holder") == query.Get("holder") {
			all = append(all, c)
		}
	}
	end, next := min(start+sixthPageSize, len(all)), ""
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return jsonAnswer(200, encode(sixthPage{all[min(start, end):end], next}))
}

// sixthLists describes the lists of the sixth vendor.
func sixthLists() *Lists {
	return &Lists{
		Owner: "h|1", Other: "h|2", PageSize: sixthPageSize,
		Plant: func(owner string, i int) (credit.Ref, json.RawMessage) {
			id := "d" + strconv.Itoa(i)
			record := object{"id": encode(id), "holder": encode(owner), "label": encode("planted"), "memo": encode("memo " + id), "amount": encode(i)}
			return credit.Ref{ID: id}, record.json()
		},
		Endless: `{"credits":[{"id":"c|1","label":"seed","amount":1}],"next":"1"}`,
	}
}
