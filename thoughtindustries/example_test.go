package thoughtindustries_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// vendor is a fake of Thought Industries for the examples.
func vendor(status int, answer string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
}

// An instance is named by what stands before .thoughtindustries.com, or by the
// domain of its own.
func ExampleNew() {
	for _, instance := range []string{"acme", "academy.acme.com", "https://acme.com/"} {
		_, err := thoughtindustries.New(instance, "ti_test_0123")
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// <nil>
	// thoughtindustries: invalid instance: must be a name such as acme, or a host such as academy.acme.com; nothing was sent
}

func ExampleClient_UpdateCreditBatch() {
	server := vendor(200, `{"data":{"UpdateCreditBatch":{
		"id":"3f0c2a52-8f4e-4d5e-9a53-0d1f5b7c2e11","name":"Spring 2027","currentBalance":250,
		"expiresOn":"2027-06-30T22:00:00.000Z","status":"active"}}}`)
	defer server.Close()

	client, err := thoughtindustries.New("acme", "ti_test_0123", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	id := "3f0c2a52-8f4e-4d5e-9a53-0d1f5b7c2e11"
	batch, err := client.UpdateCreditBatch(context.Background(), id, thoughtindustries.UpdateCreditBatchRequest{
		CurrentBalance: new(int64(250)), // sets the balance, and adds nothing to it
		ExpiresOn:      time.Date(2027, 6, 30, 22, 0, 0, 0, time.UTC),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(batch.Name, batch.CurrentBalance, batch.ExpiresOn, batch.Status)
	// Output: Spring 2027 250 2027-06-30T22:00:00.000Z active
}

// Did it happen? Every error says, also where the vendor's no has the status
// 200.
func ExampleClient_UpdateCreditBatch_outcome() {
	server := vendor(200, `{"errors":[{"message":"Credit batch not found"}]}`)
	defer server.Close()

	client, err := thoughtindustries.New("acme", "ti_test_0123", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.UpdateCreditBatch(context.Background(), "3f0c2a52", thoughtindustries.UpdateCreditBatchRequest{Name: new("Spring")})
	fmt.Println(err)
	fmt.Println(errors.Is(err, credit.ErrNotFound), credit.OutcomeOf(err))
	// Output:
	// thoughtindustries: UpdateCreditBatch: HTTP 200 not found: Credit batch not found; the change was not made
	// true rejected
}

// An update that sets the balance is not sent again when it is unknown what
// became of it.
func ExampleClient_UpdateCreditBatch_unknown() {
	server := vendor(503, "")
	defer server.Close()

	client, err := thoughtindustries.New("acme", "ti_test_0123", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.UpdateCreditBatch(context.Background(), "3f0c2a52", thoughtindustries.UpdateCreditBatchRequest{CurrentBalance: new(int64(0))})
	if e, ok := errors.AsType[*credit.Error](err); ok {
		fmt.Println(e.Outcome, "after", e.Attempts, "attempt")
	}
	// Output: unknown after 1 attempt
}

func ExampleClient_ListCreditBatches() {
	server := vendor(200, `{"data":{"APICreditBatchesByClientAndCreditAccount":{
		"creditBatches":[{"id":"3f0c2a52","name":"Spring","currentBalance":250},{"id":"9b1d7c40","name":"Autumn","currentBalance":0}],
		"pageInfo":{"perPage":25,"total":2,"hasMore":false}}}}`)
	defer server.Close()

	client, err := thoughtindustries.New("acme", "ti_test_0123", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range client.ListCreditBatches(context.Background(), "7d2f61aa", "") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.ID, batch.Name, batch.CurrentBalance)
	}
	// Output:
	// 3f0c2a52 Spring 250
	// 9b1d7c40 Autumn 0
}

// The facade changes a batch in terms that are the same at every vendor. A balance is
// not sent a second time where the first may have arrived.
func ExampleClient_Updater() {
	server := vendor(200, `{"data":{"UpdateCreditBatch":{"id":"3f0c2a52","name":"Spring 2027","currentBalance":250}}}`)
	defer server.Close()

	client, err := thoughtindustries.New("acme", "ti_test_0123", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	updater := client.Updater()
	patch := credit.Patch{Balance: credit.Set(credit.NewDecimal(250))}
	result, err := updater.Update(context.Background(), credit.Ref{ID: "3f0c2a52"}, patch)
	if err != nil {
		fmt.Println(credit.OutcomeOf(err), err)
		return
	}
	balance, _ := result.After.Balance.Get()
	fmt.Println(balance, updater.Support().Repeatable(patch))
	// Output: 250 false
}
