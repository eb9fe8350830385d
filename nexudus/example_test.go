package nexudus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/nexudus"
)

// vendor is a fake of Nexudus for the examples.
func vendor(put string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/api/token":
			_, _ = io.WriteString(w, `{"access_token":"at","token_type":"bearer","expires_in":604799,"refresh_token":"rt"}`)
		case r.Method == http.MethodPut:
			_, _ = io.WriteString(w, put)
		default:
			_, _ = io.WriteString(w, `{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"RemainingCredit":12.50,
				"Description":"Welcome","ExpireDate":"2027-01-01T00:00:00","ElegibleResourceTypes":[7],"CaneBeUsedForBookings":true}`)
		}
	}))
}

const (
	yesAnswer = `{"Status":200,"Message":"CoworkerBookingCredit was successfully updated.","Value":{"Id":87654321},"WasSuccessful":true}`
	noAnswer  = `{"Message":"TotalCredit: must be above 0","Value":null,"WasSuccessful":false,
		"Errors":[{"AttemptedValue":-1,"Message":"must be above 0","PropertyName":"TotalCredit"}]}`
)

func ExamplePassword() {
	server := vendor(yesAnswer)
	defer server.Close()

	// Once per process, each process with a client id of its own.
	tokens := nexudus.Password{
		Email:    "billing@example.com",
		Password: "secret",
		ClientID: "billing-worker-1",
		BaseURL:  server.URL, // for this test; leave it out
	}.TokenSource(context.Background())

	client, err := nexudus.New(tokens, credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := client.GetCoworkerBookingCredit(context.Background(), 87654321)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(record.BusinessID, record.TotalCredit)
	// Output: 34 50.00
}

// Secrets do not print.
func ExamplePassword_Format() {
	fmt.Printf("%+v\n", nexudus.Password{Email: "billing@example.com", Password: "secret"})
	// Output: [redacted]
}

// A token that comes from elsewhere does as well.
func ExampleNew() {
	_, err := nexudus.New(credit.StaticToken("token"), credit.WithUserAgent("billing/1.0"))
	fmt.Println(err)
	_, err = nexudus.New(nexudus.Password{Email: "billing@example.com"}.TokenSource(context.Background()))
	fmt.Println(err)
	// Output:
	// <nil>
	// nexudus: invalid Password: is required; nothing was sent
}

func ExampleClient_GetCoworkerBookingCredit() {
	server := vendor(yesAnswer)
	defer server.Close()

	client, err := nexudus.New(credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := client.GetCoworkerBookingCredit(context.Background(), 87654321)
	if err != nil {
		fmt.Println(err)
		return
	}
	remaining, err := record.RemainingCredit.Get() // an error where it is null or missing
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(remaining, "of", record.TotalCredit, "does not expire:", record.ExpireDate.IsNull())
	// Output: 12.50 of 50.00 does not expire: false
}

// An update replaces the whole record, so it starts from the record.
func ExampleClient_UpdateCoworkerBookingCredit() {
	server := vendor(yesAnswer)
	defer server.Close()

	client, err := nexudus.New(credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := client.GetCoworkerBookingCredit(context.Background(), 87654321)
	if err != nil {
		fmt.Println(err)
		return
	}
	update := record.Update()
	update.TotalCredit = credit.NewDecimal(60)
	result, err := client.UpdateCoworkerBookingCredit(context.Background(), update)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Message)
	// Output: CoworkerBookingCredit was successfully updated.
}

// Nexudus rejects updates with a 200, too. Every error has the outcome of the change.
func ExampleClient_UpdateCoworkerBookingCredit_outcome() {
	server := vendor(noAnswer)
	defer server.Close()

	client, err := nexudus.New(credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.UpdateCoworkerBookingCredit(context.Background(), nexudus.CoworkerBookingCreditUpdate{
		ID: 87654321, CoworkerID: 12, BusinessID: 34, TotalCredit: credit.NewDecimal(-1),
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, credit.ErrInvalid), credit.OutcomeOf(err))
	// Output:
	// nexudus: UpdateCoworkerBookingCredit: HTTP 200 invalid: TotalCredit: must be above 0 [TotalCredit: must be above 0]; the change was not made
	// true rejected
}

// The lists, flags and dates of the record are filled in, null where they were
// null; whatever is not changed goes back.
func ExampleCoworkerBookingCredit_Update() {
	record := nexudus.CoworkerBookingCredit{
		ID: 87654321, CoworkerID: 12, BusinessID: 34, TotalCredit: credit.NewDecimal(50), ElegibleResourceTypes: nexudus.Value([]int64{7}),
		UseCreditPrice: nexudus.Null[bool](),
	}
	update := record.Update()
	update.Description = nexudus.Value("Welcome")
	fmt.Println(update.ElegibleResourceTypes.MustGet(), update.UseCreditPrice.IsNull(), update.Description.MustGet())
	// Output: [7] true Welcome
}

// The facade changes a credit in terms that are the same at every vendor. It reads the
// record and writes it back with the patch.
func ExampleClient_Updater() {
	server := vendor(yesAnswer)
	defer server.Close()

	client, err := nexudus.New(credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := client.Updater().Update(context.Background(), credit.Ref{ID: "87654321"}, credit.Patch{
		Total: credit.Set(credit.NewDecimal(60)),
	})
	if err != nil {
		fmt.Println(credit.OutcomeOf(err), err)
		return
	}
	fmt.Println(result.Changes())
	// Output: [{total 50.00 60}]
}
