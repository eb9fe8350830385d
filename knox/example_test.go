package knox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/knox"
)

// vendor is a fake of Rhythm for the examples: it issues tokens, and answers
// with the record that it was sent, or with the one that it has.
func vendor() *httptest.Server {
	record := `{"id":"cr-1","contact_id":"con-1","type_id":"ceu","origin":"event registration","event_registration_id":"er-9",` +
		`"event_id":"ev-4","activity_id":"","course_registration_id":"","date":"2027-03-01","quantity":1.50,"notes":"pending",` +
		`"sys_created_at":"2027-03-01T09:00:00Z","sys_created_by_id":"u-1",` +
		`"sys_last_modified_at":"2027-03-01T09:00:00Z","sys_last_modified_by_id":"u-1","region":"EMEA"}`
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/oauth/token":
			_, _ = io.WriteString(w, `{"access_token":"jwt","token_type":"Bearer","expires_in":86400}`)
		case strings.HasSuffix(r.URL.Path, "/locked"):
			w.WriteHeader(http.StatusConflict)
		case r.Method == http.MethodPut:
			_, _ = io.Copy(w, r.Body)
		default:
			_, _ = io.WriteString(w, record)
		}
	}))
}

func ExampleClientCredentials() {
	server := vendor()
	defer server.Close()

	// Once per process: a tenant gets 1,000 tokens a month.
	tokens := knox.ClientCredentials{
		Domain:       server.URL, // acme.us.auth0.com
		ClientID:     "id",
		ClientSecret: "secret",
	}.TokenSource(context.Background())

	client, err := knox.New("acme", tokens, credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := client.GetCredit(context.Background(), "cr-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(record.ID, record.Quantity)
	// Output: cr-1 1.50
}

// Secrets do not print.
func ExampleClientCredentials_Format() {
	fmt.Printf("%+v\n", knox.ClientCredentials{Domain: "acme.us.auth0.com", ClientID: "id", ClientSecret: "secret"})
	// Output: [redacted]
}

// A token that comes from elsewhere does as well.
func ExampleNew() {
	_, err := knox.New("acme", credit.StaticToken("token"), credit.WithUserAgent("billing/1.0"))
	fmt.Println(err)
	_, err = knox.New("", credit.StaticToken("token"))
	fmt.Println(err)
	// Output:
	// <nil>
	// knox: invalid tenant: is empty; nothing was sent
}

func ExampleClient_GetCredit() {
	server := vendor()
	defer server.Close()

	client, err := knox.New("acme", credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := client.GetCredit(context.Background(), "cr-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(record.Date, record.Quantity, *record.Notes)
	fmt.Println(string(record.AdditionalProperties["region"]))
	// Output:
	// 2027-03-01 1.50 pending
	// "EMEA"
}

// An update replaces the whole record, so it starts from the record.
func ExampleClient_UpdateCredit() {
	server := vendor()
	defer server.Close()

	client, err := knox.New("acme", credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := client.GetCredit(context.Background(), "cr-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	record.Quantity = credit.MustParseDecimal("2.25")
	record.Notes = nil // left out
	record, err = client.UpdateCredit(context.Background(), *record)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(record.Quantity, record.Notes == nil, string(record.AdditionalProperties["region"]))
	// Output: 2.25 true "EMEA"
}

// Every error has the outcome of the change.
func ExampleClient_UpdateCredit_outcome() {
	server := vendor()
	defer server.Close()

	client, err := knox.New("acme", credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := client.GetCredit(context.Background(), "cr-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	record.ID = "locked"
	_, err = client.UpdateCredit(context.Background(), *record)
	fmt.Println(err)
	fmt.Println(errors.Is(err, credit.ErrConflict), credit.OutcomeOf(err))
	// Output:
	// knox: UpdateCredit: HTTP 409 conflict; the change was not made
	// true rejected
}

// The facade changes a credit in terms that are the same at every vendor. It reads the
// record and writes it back with the patch.
func ExampleClient_Updater() {
	server := vendor()
	defer server.Close()

	client, err := knox.New("acme", credit.StaticToken("token"), credit.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := client.Updater().Update(context.Background(), credit.Ref{ID: "cr-1"}, credit.Patch{
		Total: credit.Set(credit.MustParseDecimal("2.25")),
		Note:  credit.Clear[string](),
	})
	if err != nil {
		fmt.Println(credit.OutcomeOf(err), err)
		return
	}
	fmt.Println(result.Changes())
	// Output: [{note "pending" } {total 1.50 2.25}]
}
