package credittest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/thoughtindustries"
)

func tiURL(fake *credittest.Server, id string) string {
	return fake.URL + "/incoming/v2/clients/creditBatches/" + id
}

func TestThoughtIndustriesOverHTTP(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	id, first := fake.Ref.ID, fake.Record(fake.Ref.ID)
	for _, step := range []struct {
		body    string
		changes []string
	}{
		{`{}`, nil},
		{`{"name":""}`, []string{"name", `""`}},
		{`{"currentBalance":0}`, []string{"name", `""`, "currentBalance", "0"}},
		{`{"expiresOn":"2027-01-01T02:00:00.1234+02:00","name":"<b>","startingBalance":7,"odd":1}`,
			[]string{"name", `"<b>"`, "currentBalance", "0", "expiresOn", `"2027-01-01T00:00:00.123Z"`}},
	} {
		got := call(t, "PUT", tiURL(fake, id), step.body, "Authorization", "Bearer k")
		want := edited(t, first, append([]string{"updatedAt", `"now"`}, step.changes...)...)
		holds(t, fake, id, want, "updatedAt")
		got.says(t, 200, `{"data":{"UpdateCreditBatch":`+string(fake.Record(id))+`}}`)
	}
}

func TestThoughtIndustriesRejects(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	before := string(fake.Record(fake.Ref.ID))
	at := tiURL(fake, fake.Ref.ID)
	refusal := func(message string) string { return `{"errors":[{"message":"` + message + `"}]}` }
	for _, test := range []struct {
		name              string
		method, url, body string
		status            int
		want              string
	}{
		{"unknown", "PUT", tiURL(fake, "none"), `{}`, 200, refusal("Credit batch not found")},
		{"invalid JSON", "PUT", at, ``, 400, refusal("The body is not a JSON object")},
		{"a fraction", "PUT", at, `{"name":"x","currentBalance":1.5}`, 422, refusal("currentBalance must be an integer")},
		{"negative balance", "PUT", at, `{"currentBalance":-1}`, 422, refusal("currentBalance must be an integer")},
		{"a text as balance", "PUT", at, `{"currentBalance":"1"}`, 422, refusal("currentBalance must be an integer")},
		{"null as balance", "PUT", at, `{"currentBalance":null}`, 422, refusal("currentBalance must be an integer")},
		{"null as expiry", "PUT", at, `{"expiresOn":null}`, 422, refusal("expiresOn must be an ISO 8601 timestamp")},
		{"a day", "PUT", at, `{"expiresOn":"2027-01-01"}`, 422, refusal("expiresOn must be an ISO 8601 timestamp")},
		{"null as name", "PUT", at, `{"name":null}`, 422, refusal("name must be a string")},
		{"another method", "GET", at, "", 405, refusal("Method not allowed")},
		{"a write to the list", "POST", fake.URL + "/incoming/v2/clients/c/creditBatches", "{}", 405, refusal("Method not allowed")},
		{"another path", "GET", fake.URL + "/incoming/v2/ping", "", 404, refusal("Not found")},
		{"a list without query", "GET", fake.URL + "/incoming/v2/clients/c/creditBatches", "", 400, refusal("clientId is required, and must be the one in the path")},
		{"a page 0", "GET", fake.URL + "/incoming/v2/clients/c/creditBatches?clientId=c&page=0", "", 400, refusal("page must be a whole number from 1 up")},
	} {
		t.Run(test.name, func(t *testing.T) {
			call(t, test.method, test.url, test.body, "Authorization", "Bearer k").says(t, test.status, test.want)
		})
	}
	if got := call(t, "PUT", at, `{}`); got.status != 401 || got.body != "" {
		t.Errorf("without a key: %d %q", got.status, got.body)
	}
	if after := string(fake.Record(fake.Ref.ID)); after != before {
		t.Errorf("the record changed to %s", after)
	}
	for _, r := range fake.Requests() {
		if r.Applied {
			t.Errorf("%s %s %s counts as applied", r.Method, r.Path, r.Body)
		}
	}
}

func TestThoughtIndustriesCountsCalls(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	for _, want := range []string{"119", "118"} {
		got := call(t, "PUT", tiURL(fake, "none"), `{}`)
		reset, err := strconv.ParseInt(got.header.Get("X-RateLimit-Reset"), 10, 64)
		if wait := time.Until(time.Unix(reset, 0)); err != nil || wait < 0 || wait > time.Minute {
			t.Errorf("the count restarts in %v", wait)
		}
		if got.header.Get("X-RateLimit-Limit") != "120" || got.header.Get("X-RateLimit-Remaining") != want {
			t.Errorf("headers are %v, want %s remaining", got.header, want)
		}
	}
}

func TestThoughtIndustriesThroughTheClient(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	ref, first := fake.Ref, fake.Record(fake.Ref.ID)
	client := must(thoughtindustries.New("acme", "key", credit.WithBaseURL(fake.URL)))(t)

	batch := must(client.UpdateCreditBatch(t.Context(), ref.ID, thoughtindustries.UpdateCreditBatchRequest{CurrentBalance: new(int64(250))}))(t)
	if batch.CurrentBalance.String() != "250" || batch.Name != "Spring training" || batch.AllocatedCredits.String() != "360.50" {
		t.Errorf("the answer is %+v", batch)
	}
	holds(t, fake, ref.ID, edited(t, first, "currentBalance", "250", "updatedAt", `"now"`), "updatedAt")

	// A learner redeems, and the next balance overwrites that.
	seed(t, fake, edited(t, fake.Record(ref.ID), "currentBalance", "240"))
	result := must(client.Updater().Update(t.Context(), ref, credit.Patch{
		Name:      credit.Set("Autumn"),
		Balance:   credit.Set(credit.NewDecimal(300)),
		ExpiresAt: credit.Set(time.Date(2028, 1, 1, 0, 0, 0, 5e6, time.UTC)),
	}, credit.WithVerify()))(t)
	holds(t, fake, ref.ID, edited(t, first, "currentBalance", "300", "name", `"Autumn"`,
		"expiresOn", `"2028-01-01T00:00:00.005Z"`, "updatedAt", `"now"`), "updatedAt")
	if balance, _ := result.After.Balance.Get(); balance.String() != "300" {
		t.Errorf("after it the balance is %s", balance)
	}

	_, err := client.UpdateCreditBatch(t.Context(), "none", thoughtindustries.UpdateCreditBatchRequest{})
	if !errors.Is(err, credit.ErrNotFound) || credit.OutcomeOf(err) != credit.Rejected {
		t.Errorf("an unknown batch gives %v", err)
	}
}

func TestThoughtIndustriesLists(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	for i := range 60 {
		client, account := "c1", "a1"
		if i%2 == 1 {
			account = "a2"
		}
		seed(t, fake, fmt.Sprintf(`{"id":"b%02d","clientId":%q,"creditAccountId":%q}`, i, client, account))
	}
	seed(t, fake, `{"id":"b00","clientId":"c1","creditAccountId":"a1","name":"again"}`) // keeps its place

	client := must(thoughtindustries.New("acme", "key", credit.WithBaseURL(fake.URL)))(t)
	ids := func(clientID, account string) string {
		var all []string
		for batch, err := range client.ListCreditBatches(t.Context(), clientID, account) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, batch.ID)
		}
		return strings.Join(all, " ")
	}
	for _, test := range []struct {
		client, account string
		count           int
		ends            string
	}{
		{"c1", "", 60, "b00 b59"}, {"c1", "a2", 30, "b01 b59"}, {"c1", "a3", 0, ""}, {"unknown", "", 0, ""}, {fake.Ref.Owner, "", 1, fake.Ref.ID},
	} {
		got := strings.Fields(ids(test.client, test.account))
		ends := strings.Join(got, " ")
		if len(got) > 1 {
			ends = got[0] + " " + got[len(got)-1]
		}
		if len(got) != test.count || ends != test.ends {
			t.Errorf("%s %s: %d batches, %q", test.client, test.account, len(got), ends)
		}
	}

	var answer struct {
		Data struct {
			Page struct {
				ClientID      string
				CreditBatches []struct{ ID string }
				PageInfo      json.RawMessage
			} `json:"APICreditBatchesByClientAndCreditAccount"`
		}
	}
	for _, query := range []string{"page=3", "cursor=50"} {
		got := call(t, "GET", fake.URL+"/incoming/v2/clients/c1/creditBatches?clientId=c1&"+query, "", "Authorization", "Bearer k")
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			t.Fatal(err)
		}
		page := answer.Data.Page
		if len(page.CreditBatches) != 10 || page.CreditBatches[0].ID != "b50" || page.ClientID != "c1" {
			t.Errorf("%s gives %s", query, got.body)
		}
		if want := `{"cursor":null,"hasMore":false,"perPage":25,"total":60}`; string(page.PageInfo) != want {
			t.Errorf("%s: the page's info is %s, want %s", query, page.PageInfo, want)
		}
	}
}

func TestThoughtIndustriesSeeds(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	for _, bad := range []string{`{}`, `{"id":"a"}`, `{"clientId":"a"}`, `[]`} {
		if fake.Seed(json.RawMessage(bad)) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
