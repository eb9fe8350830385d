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
