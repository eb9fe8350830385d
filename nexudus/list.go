package nexudus

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strconv"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// ListCoworkerBookingCredits iterates over the booking credits of a coworker or, if
// coworkerID is 0, of all coworkers that the user may see. It requests pages of 100, in
// the order of the ids, and stops after the first error. A list that repeats a page, or
// has more than 10,000 pages or 256 MiB, ends with a [credit.ErrMalformed].
//
// A row lacks the lists of a record: read the record with
// [Client.GetCoworkerBookingCredit] before an update.
//
// Source: https://developers.nexudus.com/rest-api/billing/get-coworkerbookingcredits
func (c *Client) ListCoworkerBookingCredits(ctx context.Context, coworkerID int64, opts ...credit.CallOption) iter.Seq2[*CoworkerBookingCreditRow, error] {
	c = c.orZero()
	return func(yield func(*CoworkerBookingCreditRow, error) bool) {
		for row, err := range c.listRows(ctx, coworkerID, opts).Items() {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(&row.CoworkerBookingCreditRow, nil) {
				return
			}
		}
	}
}

// A listRow is a row of a list with its JSON.
type listRow struct {
	CoworkerBookingCreditRow

	raw json.RawMessage
}

// listRows returns the list of a coworker's credits, or of all if coworkerID is 0.
func (c *Client) listRows(ctx context.Context, coworkerID int64, opts []credit.CallOption) rest.List[listRow] {
	return rest.List[listRow]{
		Fetch: func(_ string, number int) (rest.Page[listRow], error) {
			return c.rowPage(ctx, coworkerID, number, opts)
		},
		ID: func(row *listRow) string { return strconv.FormatInt(row.ID, 10) },
	}
}

// rowsPerPage keeps a page far below the limit of a response. Nexudus allows 1,000.
const rowsPerPage = 100

var (
	errNoRecords     = errors.New("the response has no list of records with ids")
	errOtherCoworker = errors.New("the list has a record of another coworker")
)

func (c *Client) rowPage(ctx context.Context, coworkerID int64, number int, opts []credit.CallOption) (rest.Page[listRow], error) {
	if coworkerID < 0 {
		return rest.Page[listRow]{}, rest.Invalid(vendor, "CoworkerId", "must not be negative")
	}
	query := "page=" + strconv.Itoa(number) + "&size=" + strconv.Itoa(rowsPerPage) + "&orderBy=Id&dir=1"
	if coworkerID > 0 {
		query += "&CoworkerBookingCredit_Coworker=" + strconv.FormatInt(coworkerID, 10)
	}
	call := rest.Call{Query: query, Options: opts}
	return rest.Send(ctx, c.rest, &opListCoworkerBookingCredits, call, func(result *rest.Result) (rest.Page[listRow], error) {
		return decodePage(result, coworkerID, number)
	})
}

// decodePage decodes the page with the number. All rows must be of the coworker, unless
// that is 0.
func decodePage(result *rest.Result, coworkerID int64, number int) (rest.Page[listRow], error) {
	var none rest.Page[listRow]
	page, err := rest.Decode[CoworkerBookingCreditPage](result)
	if err != nil {
		return none, err
	}
	var raw struct {
		Records []json.RawMessage `json:"Records"`
	}
	if err := result.Into(&raw); err != nil {
		return none, err
	}
	if page.Records == nil { // null or missing
		return none, result.Malformed(errNoRecords)
	}
	rows := make([]listRow, len(page.Records))
	for i, row := range page.Records {
		switch {
		case row.ID <= 0:
			return none, result.Malformed(errNoRecords)
		case coworkerID > 0 && row.CoworkerID != coworkerID: // the filter was ignored
			return none, result.Malformed(errOtherCoworker)
		}
		rows[i] = listRow{row, raw.Records[i]}
	}
	got := rest.Page[listRow]{Items: rows, Object: result.Body, Result: result}
	if page.HasNextPage || int64(number) < page.TotalPages {
		got.Next = strconv.Itoa(number + 1)
	}
	return got, nil
}

// Find lists the credits of a coworker, or of all. A row lacks the lists of the record,
// so the records have no Raw.
func (d driver) Find(ctx context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return func(yield func(*credit.Record, error) bool) {
		coworkerID, err := validateQuery(q)
		if err != nil {
			yield(nil, err)
			return
		}
		for row, err := range d.client.listRows(ctx, coworkerID, nil).Items() {
			if err != nil {
				yield(nil, err)
				return
			}
			record, err := recordFromRow(row)
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// validateQuery returns the owner of q as a number, 0 if there is none.
func validateQuery(q credit.Query) (coworkerID int64, err error) {
	if q.Owner == "" {
		return 0, nil
	}
	coworkerID, err = strconv.ParseInt(q.Owner, 10, 64)
	if err != nil || coworkerID <= 0 || strconv.FormatInt(coworkerID, 10) != q.Owner {
		return 0, rest.Invalid(vendor, "owner", "must be a number above 0, the coworker's id")
	}
	return coworkerID, nil
}

// recordFromRow converts a row as Read converts a record.
func recordFromRow(row *listRow) (*credit.Record, error) {
	ref := credit.Ref{ID: strconv.FormatInt(row.ID, 10)}
	parsed, err := shape.ParseRow(row.raw, ref.ID)
	if err != nil {
		return nil, err
	}
	record := recordFrom(ref, parsed)
	record.Raw = nil
	return record, nil
}
