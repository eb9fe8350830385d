package metronome_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// A page without the credit does not show that the credit does not exist, as long
// as another page follows.
func TestGetCreditReadsTheListToItsEnd(t *testing.T) {
	const id = "5e7e82cf-ccb7-428c-a96f-a8e4f67af822"
	client, server := connect(t,
		scripttest.OK(`{"data":[],"next_page":"two"}`), scripttest.OK(`{"data":[{"id":"`+id+`"}],"next_page":null}`),
		scripttest.OK(`{"data":[],"next_page":"two"}`), scripttest.OK(`{"data":[],"next_page":null}`),
	)
	found, err := client.GetCredit(t.Context(), "c", id)
	if err != nil || found.ID != id {
		t.Errorf("got %v, %v", found, err)
	}
	if _, err := client.GetCredit(t.Context(), "c", id); !errors.Is(err, credit.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	if requests := server.Requests(); len(requests) != 4 || !strings.Contains(requests[1].Body, `"next_page":"two"`) {
		t.Errorf("the requests are %+v", requests)
	}
}

func TestFindListsTheCreditsOfContractsAndBalances(t *testing.T) {
	const row = `{"id":"a","contract":{"id":"k"},"balance":1.10, "more":12345678901234567890}`
	client, server := connect(t, scripttest.OK(`{"data":[`+row+`],"next_page":"two"}`), scripttest.OK(`{"data":[{"name":"no id"}],"next_page":null}`))
	var found []*credit.Record
	var end error
	for record, err := range client.Updater().(credit.Finder).Find(t.Context(), credit.Query{Owner: "c"}) {
		if err != nil {
			end = err
			continue
		}
		found = append(found, record)
	}
	if len(found) != 1 || found[0].ID != "a" || found[0].Owner != "c" || string(found[0].Raw) != row {
		t.Errorf("got %+v", found)
	}
	if !errors.Is(end, credit.ErrMalformed) {
		t.Errorf("a credit without an id gives %v", end)
	}
	const want = `{"customer_id":"c","include_balance":true,"include_contract_credits":true}`
	if requests := server.Requests(); len(requests) != 2 || requests[0].Body != want {
		t.Errorf("the requests are %+v", requests)
	}
}
