package flexprice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
)

// vendor is a fake of Flexprice for the examples.
func vendor(status int, answer string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
}

// An account belongs to one region. The default is the US.
func ExampleNew() {
	_, err := flexprice.New("sk_0123456789", credit.WithBaseURL(flexprice.RegionIndia))
	fmt.Println(err)
	_, err = flexprice.New("")
	fmt.Println(err)
	// Output:
	// <nil>
	// flexprice: invalid apiKey: is required; nothing was sent
}

func ExampleClient_UpdateCreditGrant() {
	server := vendor(200, `{"id":"cg_01JZX4QN","name":"Trial 2027","credits":"100.5","scope":"PLAN","status":"published"}`)
	defer server.Close()

	client, err := flexprice.New("sk_0123456789", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	grant, err := client.UpdateCreditGrant(context.Background(), "cg_01JZX4QN", flexprice.UpdateCreditGrantRequest{
		Name:     new("Trial 2027"),
		Metadata: map[string]string{}, // clears it: nil would leave it alone
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grant.Name, grant.Credits, grant.Metadata)
	// Output: Trial 2027 100.5 map[]
}

// Did it happen? Every error says. The server writes the end date after the
// name, so its no to both says nothing of the name.
func ExampleClient_UpdateCreditGrant_outcome() {
	server := vendor(400, `{"code":"validation_error","message":"Credit grant is already archived","http_status_code":400}`)
	defer server.Close()

	client, err := flexprice.New("sk_0123456789", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	date := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, req := range []flexprice.UpdateCreditGrantRequest{
		{EndDate: date},
		{EndDate: date, Name: new("Trial 2027")},
	} {
		_, err = client.UpdateCreditGrant(context.Background(), "cg_01JZX4QN", req)
		fmt.Println(errors.Is(err, credit.ErrInvalid), credit.OutcomeOf(err))
	}
	// Output:
	// true rejected
	// true unknown
}

func ExampleClient_GetCreditGrant() {
	server := vendor(200, `{"id":"cg_01JZX4QN","name":"Trial","credits":"100.5","scope":"SUBSCRIPTION","end_date":"2027-01-01T00:00:00Z"}`)
	defer server.Close()

	client, err := flexprice.New("sk_0123456789", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	grant, err := client.GetCreditGrant(context.Background(), "cg_01JZX4QN")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grant.Scope, grant.Credits, grant.EndDate.Format(time.DateOnly))
	if grant.Scope != flexprice.CreditGrantScopeSubscription {
		fmt.Println("an end date would archive this grant, or do nothing to what it gives")
	}
	// Output: SUBSCRIPTION 100.5 2027-01-01
}

// The facade changes a grant in terms that are the same at every vendor.
func ExampleClient_Updater() {
	server := vendor(200, `{"id":"cg_01JZX4QN","name":"Trial 2027","credits":"100.5","scope":"PLAN","status":"published"}`)
	defer server.Close()

	client, err := flexprice.New("sk_0123456789", credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := client.Updater().Update(context.Background(), credit.Ref{ID: "cg_01JZX4QN"}, credit.Patch{
		Name: credit.Set("Trial 2027"),
	})
	if err != nil {
		fmt.Println(credit.OutcomeOf(err), err)
		return
	}
	name, _ := result.After.Name.Get()
	fmt.Println(name)
	// Output: Trial 2027
}
