package nexudus_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

func TestListReadsPagesInTheOrderOfTheIDs(t *testing.T) {
	client, server := connect(t,
		scripttest.OK(`{"Records":[{"Id":1,"CoworkerId":7,"Description":null},{"Id":2,"CoworkerId":7}],"HasNextPage":true,"CurrentSortDirection":"ASC"}`),
		scripttest.OK(`{"Records":[{"Id":2,"CoworkerId":7},{"Id":3,"CoworkerId":7,"TotalCredit":1.10}],"TotalPages":2}`))
	var ids []int64
	for row, err := range client.ListCoworkerBookingCredits(t.Context(), 7) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, row.ID)
	}
	if !slices.Equal(ids, []int64{1, 2, 3}) {
		t.Errorf("got %v, want each row once", ids)
	}
	const rest = "&size=100&orderBy=Id&dir=1&CoworkerBookingCredit_Coworker=7"
	var queries []string
	for _, r := range server.Requests() {
		queries = append(queries, r.Method+" "+r.Path)
	}
	const path = "GET /api/billing/coworkerbookingcredits?"
	if diff := cmp.Diff([]string{path + "page=1" + rest, path + "page=2" + rest}, queries); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestListRefusesWhatIsNotSurelyTheList(t *testing.T) {
	for _, test := range []struct{ name, page, want string }{
		{"an object", `{}`, "no list of records"},
		{"null records", `{"Records":null}`, "no list of records"},
		{"a record without an id", `{"Records":[{"CoworkerId":7}]}`, "no list of records"},
		{"a null record", `{"Records":[null]}`, "no list of records"},
		{"a record of another coworker", `{"Records":[{"Id":1,"CoworkerId":8}]}`, "another coworker"},
		{"a page", `<html>`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, scripttest.OK(test.page))
			n := 0
			for row, err := range client.ListCoworkerBookingCredits(t.Context(), 7) {
				if n++; row != nil || !errors.Is(err, credit.ErrMalformed) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, %v", row, err)
				}
			}
			if n != 1 {
				t.Errorf("%d pairs, want one error", n)
			}
		})
	}
}

func TestListRefusesANegativeCoworker(t *testing.T) {
	client, server := connect(t)
	for _, err := range client.ListCoworkerBookingCredits(t.Context(), -1) {
		if _, ok := errors.AsType[*credit.InvalidError](err); !ok {
			t.Errorf("got %v", err)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A member that a row lacks is unknown, one that is null is empty, and there is no Raw
// that an update could start from.
func TestFindShowsOnlyWhatARowHas(t *testing.T) {
	client, _ := connect(t, scripttest.OK(`{"Records":[{"Id":1,"CoworkerId":7,"Description":null,"TotalCredit":100.50,"ValidFrom":"2026-01-01T00:00:00"}]}`))
	for got, err := range client.Updater().(credit.Finder).Find(t.Context(), credit.Query{Owner: "7"}) {
		if err != nil {
			t.Fatal(err)
		}
		if total, _ := got.Total.Get(); got.ID != "1" || got.Owner != "" || !got.Note.IsClear() || total.String() != "100.50" {
			t.Errorf("got %+v", got)
		}
		// ValidFrom has no zone, and the row lacks the other two.
		if !got.StartsAt.IsZero() || !got.Balance.IsZero() || !got.ExpiresAt.IsZero() || got.Raw != nil {
			t.Errorf("got %+v, want the fields that the row lacks to be unknown", got)
		}
	}
}

func TestFindRefusesAnOwnerThatIsNotANumber(t *testing.T) {
	for _, owner := range []string{"x", "0", "-7", "07", "7.0", "99999999999999999999"} {
		client, server := connect(t)
		n := 0
		for _, err := range client.Updater().(credit.Finder).Find(t.Context(), credit.Query{Owner: owner}) {
			n++
			if e, ok := errors.AsType[*credit.InvalidError](err); !ok || e.Field != "owner" {
				t.Errorf("%s: got %v", owner, err)
			}
		}
		if n != 1 || len(server.Requests()) > 0 {
			t.Errorf("%s: %d pairs and %d requests", owner, n, len(server.Requests()))
		}
	}
}
