package credittest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/nexudus"
)

const nexudusPath = "/api/billing/coworkerbookingcredits"

// minimal is an update with the required members only.
const minimal = `"Id":87654321,"CoworkerId":1414,"BusinessId":22,"TotalCredit":1.10`

func TestNexudusOverHTTP(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	first := fake.Record("87654321")
	cleared := []string{
		"TotalCredit", "1.10", "Description", "null", "CoworkerContractUniqueId", "null", "ValidFrom", "null", "ExpireDate", "null",
		"AppliesToCharges", "false", "CaneBeUsedForBookings", "false", "CaneBeUsedForEvents", "false", "IsUniversalCredit", "false", "UseCreditPrice", "false",
		"ElegiblePasses", "[]", "ElegibleProducts", "[]", "ElegibleResourceTypes", "[]", "ElegibleTariffs", "[]", "EventCategories", "[]",
		"UpdatedOn", `"now"`,
	}
	for _, test := range []struct {
		name, body string
		changes    []string
	}{
		{"members left out are cleared", `{` + minimal + `}`, nil},
		{"null clears", `{` + minimal + `,"Description":null,"ValidFrom":null,"ElegiblePasses":null}`, nil},
		{"a null boolean stays null", `{` + minimal + `,"UseCreditPrice":null}`, []string{"UseCreditPrice", "null"}},
		{
			"members in the request are stored",
			`{` + minimal + `,"Description":"","ValidFrom":"2026-02-01T00:00","ExpireDate":"2027-02-01","UseCreditPrice":true,"ElegiblePasses":[9,8],"CoworkerContractUniqueId":"x"}`,
			[]string{"Description", `""`, "ValidFrom", `"2026-02-01T00:00"`, "ExpireDate", `"2027-02-01"`, "UseCreditPrice", "true", "ElegiblePasses", "[9,8]", "CoworkerContractUniqueId", `"x"`},
		},
		{"undocumented members are ignored", `{` + minimal + `,"RemainingCredit":999,"SystemId":"mine","BusinessName":7,"LedgerReference":1,"TypeName":"x"}`, nil},
		{"commands keep other items", `{` + minimal + `,"AddedElegibleResourceTypes":[33,31],"RemovedElegibleResourceTypes":[32]}`, []string{"ElegibleResourceTypes", "[31,33]"}},
		{"commands apply after the list", `{` + minimal + `,"ElegibleResourceTypes":[1,2],"AddedElegibleResourceTypes":[3],"RemovedElegibleResourceTypes":[1]}`, []string{"ElegibleResourceTypes", "[2,3]"}},
		{"empty commands are ignored", `{` + minimal + `,"AddedElegibleResourceTypes":[],"RemovedElegibleResourceTypes":null}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := credittest.NewNexudus(t)
			got := call(t, "PUT", fake.URL+nexudusPath, test.body, "Authorization", "Bearer x")
			want := edited(t, first, append(cleared, test.changes...)...)
			holds(t, fake, "87654321", want, "UpdatedOn")
			response := timeless(t, got.body, "UpdatedOn")
			answer{status: got.status, body: response}.says(t, 200, `{"Status":200,"Message":"CoworkerBookingCredit was successfully updated.",
				"Value":{"Id":87654321},"OpenInDialog":false,"OpenInWindow":false,"RedirectURL":null,"JavaScript":null,
				"UpdatedOn":"now","UpdatedBy":"admin@example.com","Errors":null,"WasSuccessful":true}`)
			call(t, "GET", fake.URL+nexudusPath+"/87654321", "", "Authorization", "Basic x").says(t, 200, string(fake.Record("87654321")))
		})
	}
}

func TestNexudusRejects(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	before := string(fake.Record("87654321"))
	wrong := func(name, message, attempted string) string {
		return `{"Message":"` + name + `: ` + message + `","Value":null,"Errors":[{"AttemptedValue":` + attempted +
			`,"Message":"` + message + `","PropertyName":"` + name + `"}],"WasSuccessful":false}`
	}
	const noResource = `{"Message":"No HTTP resource was found that matches the request URI."}`
	for _, test := range []struct {
		name               string
		method, path, body string
		status             int
		want               string
	}{
		{"unknown", "GET", nexudusPath + "/1", "", 404, `"Not found"`},
		{"write of an unknown id", "PUT", nexudusPath, strings.Replace(`{`+minimal+`}`, "87654321", "1", 1), 404, `"Not found"`},
		{"another path", "GET", "/api/billing/other", "", 404, noResource},
		{"another method", "PATCH", nexudusPath, "{}", 404, noResource},
		{"invalid JSON", "PUT", nexudusPath, "{", 400, `{"Message":"The request is invalid."}`},
		{"no total", "PUT", nexudusPath, `{"Id":87654321,"CoworkerId":1,"BusinessId":1}`, 400, wrong("TotalCredit", "is a required field", "null")},
		{"an id of 0", "PUT", nexudusPath, `{"Id":87654321,"CoworkerId":0,"BusinessId":1,"TotalCredit":0}`, 400, wrong("CoworkerId", "is a required field", "0")},
		{"fractional id", "PUT", nexudusPath, `{"Id":87654321,"CoworkerId":1,"BusinessId":1.5,"TotalCredit":0}`, 400, wrong("BusinessId", "is not a valid number", "1.5")},
		{"a text as total", "PUT", nexudusPath, `{"Id":87654321,"CoworkerId":1,"BusinessId":1,"TotalCredit":"5"}`, 400, wrong("TotalCredit", "is not a valid number", `"5"`)},
		{"a number as text", "PUT", nexudusPath, `{` + minimal + `,"Description":5}`, 400, wrong("Description", "is not valid", "5")},
		{"malformed date", "PUT", nexudusPath, `{` + minimal + `,"ExpireDate":"soon"}`, 400, wrong("ExpireDate", "is not valid", `"soon"`)},
		{"a number as date", "PUT", nexudusPath, `{` + minimal + `,"ValidFrom":5}`, 400, wrong("ValidFrom", "is not valid", "5")},
		{"a text as flag", "PUT", nexudusPath, `{` + minimal + `,"UseCreditPrice":"yes"}`, 400, wrong("UseCreditPrice", "is not valid", `"yes"`)},
		{"a list of texts", "PUT", nexudusPath, `{` + minimal + `,"AddedElegiblePasses":["1"]}`, 400, wrong("AddedElegiblePasses", "is not valid", `["1"]`)},
		{"all errors are listed", "PUT", nexudusPath, `{"Id":87654321}`, 400, `{"Message":"CoworkerId: is a required field","Value":null,"WasSuccessful":false,"Errors":[
			{"AttemptedValue":null,"Message":"is a required field","PropertyName":"CoworkerId"},
			{"AttemptedValue":null,"Message":"is a required field","PropertyName":"BusinessId"},
			{"AttemptedValue":null,"Message":"is a required field","PropertyName":"TotalCredit"}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			call(t, test.method, fake.URL+test.path, test.body, "Authorization", "Bearer x").says(t, test.status, test.want)
		})
	}
	if got := call(t, "PUT", fake.URL+nexudusPath, `{`+minimal+`}`); got.status != 401 || got.body != "" {
		t.Errorf("without a token: %d %q", got.status, got.body)
	}
	if after := string(fake.Record("87654321")); after != before {
		t.Errorf("the record changed to %s", after)
	}
	for _, r := range fake.Requests() {
		if r.Applied {
			t.Errorf("%s %s %s counts as applied", r.Method, r.Path, r.Body)
		}
	}
}

func TestNexudusThroughTheClient(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	first := fake.Record("87654321")
	client := must(nexudus.New(credit.StaticToken("x"), credit.WithBaseURL(fake.URL)))(t)

	record := must(client.GetCoworkerBookingCredit(t.Context(), 87654321))(t)
	update := record.Update()
	update.TotalCredit = credit.MustParseDecimal("120.00")
	update.AddedElegiblePasses, update.ElegiblePasses = []int64{8}, nil
	result := must(client.UpdateCoworkerBookingCredit(t.Context(), update))(t)
	if result.Value.ID != 87654321 || result.UpdatedBy != "admin@example.com" {
		t.Errorf("the answer is %+v", result)
	}
	holds(t, fake, "87654321", edited(t, first, "TotalCredit", "120.00", "ElegiblePasses", "[7,8]", "UpdatedOn", `"now"`), "UpdatedOn")

	seed(t, fake, string(first))
	must(client.Updater().Update(t.Context(), fake.Ref, credit.Patch{
		Note:      credit.Clear[string](),
		Total:     credit.Set(credit.MustParseDecimal("80.5")),
		StartsAt:  credit.Clear[time.Time](),
		ExpiresAt: credit.Set(time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)),
	}, credit.WithVerify()))(t)
	holds(t, fake, "87654321", edited(t, first, "Description", "null", "TotalCredit", "80.5", "ValidFrom", "null",
		"ExpireDate", `"2028-01-01T00:00:00Z"`, "UpdatedOn", `"now"`), "UpdatedOn")
}

func TestNexudusSessions(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	grant := func(clientID string, form ...string) answer {
		f := url.Values{}
		for i := 0; i < len(form); i += 2 {
			f.Set(form[i], form[i+1])
		}
		header := []string{"Content-Type", "application/x-www-form-urlencoded"}
		if clientID != "" {
			header = append(header, "client_id", clientID)
		}
		return call(t, "POST", fake.URL+"/api/token", f.Encode(), header...)
	}
	signIn := []string{"grant_type", "password", "username", "me@example.com", "password", "p"}
	token := func(n string) string {
		return `{"access_token":"nexudus-token-` + n + `","token_type":"bearer","expires_in":604799,"refresh_token":"nexudus-refresh-` + n + `"}`
	}
	refresh := func(n string) []string {
		return []string{"grant_type", "refresh_token", "refresh_token", "nexudus-refresh-" + n}
	}
	const invalid = `{"error":"invalid_grant"}`

	grant("a", signIn...).says(t, 200, token("1"))
	grant("b", signIn...).says(t, 200, token("2"))
	grant("", signIn...).says(t, 200, token("3"))
	grant("", append(signIn, "client_id", "c")...).says(t, 200, token("4"))

	grant("a", refresh("1")...).says(t, 200, token("5"))
	grant("a", refresh("1")...).says(t, 400, invalid) // used up
	grant("", refresh("2")...).says(t, 400, invalid)  // no client id
	grant("a", refresh("2")...).says(t, 400, invalid) // another's
	grant("me@example.com", refresh("3")...).says(t, 200, token("6"))
	grant("c", refresh("4")...).says(t, 200, token("7"))

	grant("b", signIn...).says(t, 200, token("8"))
	grant("b", refresh("2")...).says(t, 400, invalid) // ended by the second sign-in
	grant("x", "grant_type", "refresh_token", "refresh_token", "").says(t, 400, invalid)
	grant("x", "grant_type", "password", "username", "me").says(t, 400, invalid)
	grant("x", "grant_type", "implicit").says(t, 400, `{"error":"unsupported_grant_type"}`)
	call(t, "POST", fake.URL+"/api/token", `{"grant_type":"password"}`, "Content-Type", "application/json").says(t, 400, `{"error":"unsupported_grant_type"}`)
	if got := call(t, "GET", fake.URL+"/api/token", ""); got.status != 404 {
		t.Errorf("a read of the endpoint gives %d", got.status)
	}
	if got := fake.TokensIssued(); got != 8 {
		t.Errorf("%d tokens", got)
	}
}

func TestNexudusRenewsRejectedToken(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	tokens := nexudus.Password{Email: "me@example.com", Password: "p", ClientID: "w", BaseURL: fake.URL}.TokenSource(t.Context())
	client := must(nexudus.New(tokens, credit.WithBaseURL(fake.URL)))(t)
	fake.Queue(credittest.Respond(401, ""), credittest.Respond(400, `{"error":"invalid_grant"}`).OnToken().After(0))
	_, err := client.GetCoworkerBookingCredit(t.Context(), 87654321)
	if !errors.Is(err, credit.ErrUnauthorized) {
		t.Fatalf("a sign-in that is refused gives %v", err)
	}
	must(client.GetCoworkerBookingCredit(t.Context(), 87654321))(t)
	var paths []string
	for _, r := range fake.Requests() {
		paths = append(paths, r.Method+" "+r.Path)
	}
	want := "POST /api/token, POST /api/token, GET " + nexudusPath + "/87654321, POST /api/token, GET " + nexudusPath + "/87654321"
	if got := strings.Join(paths, ", "); got != want {
		t.Errorf("requests are %s", got)
	}
	if got := string(fake.Requests()[3].Body); !strings.Contains(got, "grant_type=refresh_token") {
		t.Errorf("the third request for a token is %s", got)
	}
	if len(fake.Writes()) != 0 || fake.TokensIssued() != 2 {
		t.Errorf("%d writes, %d tokens", len(fake.Writes()), fake.TokensIssued())
	}
}

func TestNexudusSeeds(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	for _, bad := range []string{`{}`, `{"Id":0}`, `{"Id":"7"}`, `[]`} {
		if fake.Seed(json.RawMessage(bad)) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestNexudusLists(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	for i := range 30 {
		seed(t, fake, fmt.Sprintf(`{"Id":%d,"CoworkerId":7,"ElegiblePasses":[1],"AddedElegiblePasses":null,"CustomFields":null}`, i+1))
	}
	for _, test := range []struct {
		query       string
		first, last string // rows
		rows, pages int
		next        bool
	}{
		{"", `{"CoworkerId":7,"Id":1}`, `{"CoworkerId":7,"Id":25}`, 25, 2, true},
		{"?page=2&CoworkerBookingCredit_Coworker=7", `{"CoworkerId":7,"Id":26}`, `{"CoworkerId":7,"Id":30}`, 5, 2, false},
		{"?size=10&page=3&CoworkerBookingCredit_Coworker=7", `{"CoworkerId":7,"Id":21}`, `{"CoworkerId":7,"Id":30}`, 10, 3, false},
		{"?size=5000&page=x&CoworkerBookingCredit_Coworker=7", `{"CoworkerId":7,"Id":1}`, `{"CoworkerId":7,"Id":30}`, 30, 1, false},
		{"?page=9223372036854775807&CoworkerBookingCredit_Coworker=7", "", "", 0, 2, false},
		{"?CoworkerBookingCredit_Coworker=8", "", "", 0, 0, false},
	} {
		got := call(t, "GET", fake.URL+"/api/billing/coworkerbookingcredits"+test.query, "", "Authorization", "Bearer t")
		var page struct {
			Records     []json.RawMessage
			TotalPages  int
			HasNextPage bool
		}
		if err := json.Unmarshal([]byte(got.body), &page); err != nil {
			t.Fatal(err)
		}
		if got.status != 200 || len(page.Records) != test.rows || page.TotalPages != test.pages || page.HasNextPage != test.next {
			t.Errorf("%s: HTTP %d, %s", test.query, got.status, got.body)
			continue
		}
		if test.rows > 0 && (string(page.Records[0]) != test.first || string(page.Records[test.rows-1]) != test.last) {
			t.Errorf("%s: the rows are %s", test.query, page.Records)
		}
	}
	call(t, "GET", fake.URL+"/api/billing/coworkerbookingcredits", "").says(t, 401, "")
}
