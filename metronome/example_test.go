package metronome_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/metronome"
)

// vendor is a fake of Metronome for the examples.
func vendor(status int, answer string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
}

func ExampleClient_EditCredit() {
	server := vendor(200, `{"data":{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"}}`)
	defer server.Close()

	client, err := metronome.New("token", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.EditCredit(context.Background(), metronome.EditCreditRequest{
		CreditID:   "5e7e82cf-ccb7-428c-a96f-a8e4f67af822",
		CustomerID: "4c91c473-fc12-445a-9c38-40421d47023f",
		Name:       new("Trial 2027"),
		Priority:   metronome.Null[credit.Decimal](),
		AccessSchedule: &metronome.AccessSchedule{
			UpdateScheduleItems: []metronome.UpdateScheduleItem{{
				ID:           "d5edbd32-c744-48cb-9475-a9bca0e6fa39",
				Amount:       credit.MustParseDecimal("1250.50"), // cents, where the unit is US dollars
				EndingBefore: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
			}},
		},
	})
	fmt.Println(err)
	// Output: <nil>
}

// Every error has the outcome of the change.
func ExampleClient_EditCredit_outcome() {
	server := vendor(400, `{"code":"CustomerNotFound","message":"customer does not exist"}`)
	defer server.Close()

	client, err := metronome.New("token", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.EditCredit(context.Background(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"})
	fmt.Println(err)
	fmt.Println(errors.Is(err, credit.ErrNotFound), credit.OutcomeOf(err))
	// Output:
	// metronome: EditCredit: HTTP 400 not found (CustomerNotFound): customer does not exist; the change was not made
	// true rejected
}

func ExampleClient_ListCustomerCredits() {
	server := vendor(200, `{"data":[{"id":"5e7e82cf","name":"Trial","balance":12.50}],"next_page":null}`)
	defer server.Close()

	client, err := metronome.New("token", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	list := client.ListCustomerCredits(context.Background(), metronome.ListCustomerCreditsRequest{
		CustomerID:     "4c91c473-fc12-445a-9c38-40421d47023f",
		IncludeBalance: new(true),
	})
	for c, err := range list {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.ID, c.Name, c.Balance)
	}
	// Output: 5e7e82cf Trial 12.50
}

// Options change a client. A bad argument is an error of New.
func ExampleNew() {
	_, err := metronome.New("token", credit.WithUserAgent("billing/1.0"))
	fmt.Println(err)
	_, err = metronome.New("")
	fmt.Println(err)
	// Output:
	// <nil>
	// metronome: invalid token: is required; nothing was sent
}

func ExampleClient_GetCredit() {
	server := vendor(200, `{"data":[{"id":"5e7e82cf","name":"Trial","balance":12.50}],"next_page":null}`)
	defer server.Close()

	client, err := metronome.New("token", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := client.GetCredit(context.Background(), "4c91c473-fc12-445a-9c38-40421d47023f", "5e7e82cf")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Name, c.Balance)
	// Output: Trial 12.50
}

// The facade changes a credit in terms that are the same at every vendor. The Owner
// is the customer.
func ExampleClient_Updater() {
	server := vendor(200, `{"data":{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"}}`)
	defer server.Close()

	client, err := metronome.New("token", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	ref := credit.Ref{ID: "5e7e82cf", Owner: "4c91c473"}
	result, err := client.Updater().Update(context.Background(), ref, credit.Patch{Name: credit.Set("Trial 2027")})
	if err != nil {
		fmt.Println(credit.OutcomeOf(err), err)
		return
	}
	fmt.Println(result.Changes())
	// Output: [{name unknown "Trial 2027"}]
}
