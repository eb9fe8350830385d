package credittest_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/knox"
)

func knoxURL(fake *credittest.Server, id string) string {
	return fake.URL + "/credits/acme/" + url.PathEscape(id)
}

func TestKnoxOverHTTP(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	bearer := []string{"Authorization", "Bearer x"}
	at := knoxURL(fake, fake.Ref.ID)
	first := string(fake.Record(fake.Ref.ID))

	got := call(t, "GET", at+"?consistentRead=true", "", bearer...)
	if got.status != 200 || got.body != first {
		t.Errorf("the read gives %d %s", got.status, got.body)
	}

	least := `{"id":"` + fake.Ref.ID + `","contact_id":"c","quantity":0.01}`
	if got := call(t, "PUT", at, least, bearer...); got.status != 200 {
		t.Errorf("the least quantity gives %d %s", got.status, got.body)
	}

	// The record is replaced by the very bytes that were sent.
	sent := "{ \"id\":\"" + fake.Ref.ID + "\",\n\t\"contact_id\" : \"c\", \"quantity\":1.10, \"odd\":[1e400, \"<\\u0041>\"] }"
	got = call(t, "PUT", at, sent, bearer...)
	if got.status != 200 || got.body != sent {
		t.Errorf("the update gives %d %s", got.status, got.body)
	}
	if stored := string(fake.Record(fake.Ref.ID)); stored != sent {
		t.Errorf("stored is %s", stored)
	}
	if got := call(t, "GET", at, "", bearer...); got.body != sent {
		t.Errorf("the read gives %s", got.body)
	}
}

func TestKnoxRejects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name               string
		method, path, body string
		noToken            bool
		status             int
		want               string
	}{
		{"no token", "PUT", "", `{}`, true, 401, `{"message":"Unauthorized"}`},
		{"unknown", "GET", "/credits/acme/none", "", false, 404, `{"message":"Credit not found"}`},
		{"write of an unknown id", "PUT", "/credits/acme/none", `{}`, false, 404, `{"message":"Credit not found"}`},
		{"another path", "GET", "/credits/acme", "", false, 403, `{"message":"Forbidden"}`},
		{"path with too many segments", "GET", "/credits/acme/a/b", "", false, 403, `{"message":"Forbidden"}`},
		{"another method", "DELETE", "", "", false, 405, `{"message":"Method not allowed"}`},
		{"invalid JSON", "PUT", "", `{`, false, 400, `{"message":"The body is not a JSON object"}`},
		{"null", "PUT", "", `null`, false, 400, `{"message":"The body is not a JSON object"}`},
		{"another id", "PUT", "", `{"id":"other","contact_id":"c","quantity":1}`, false, 400, `{"message":"id is not the one in the path"}`},
		{"no id", "PUT", "", `{"contact_id":"c","quantity":1}`, false, 400, `{"message":"id is not the one in the path"}`},
		{"no owner", "PUT", "", `{"id":"ID","contact_id":"","quantity":1}`, false, 400, `{"message":"contact_id is required"}`},
		{"quantity below 0.01", "PUT", "", `{"id":"ID","contact_id":"c","quantity":0.009}`, false, 400, `{"message":"quantity must be a number of at least 0.01"}`},
		{"a text as quantity", "PUT", "", `{"id":"ID","contact_id":"c","quantity":"1"}`, false, 400, `{"message":"quantity must be a number of at least 0.01"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := credittest.NewKnox(t)
			before := string(fake.Record(fake.Ref.ID))
			at := knoxURL(fake, fake.Ref.ID)
			if test.path != "" {
				at = fake.URL + test.path
			}
			var header []string
			if !test.noToken {
				header = []string{"Authorization", "Bearer x"}
			}
			call(t, test.method, at, strings.ReplaceAll(test.body, `"ID"`, `"`+fake.Ref.ID+`"`), header...).says(t, test.status, test.want)
			if after := string(fake.Record(fake.Ref.ID)); after != before {
				t.Errorf("the record changed to %s", after)
			}
			if r := fake.Requests()[0]; r.Applied {
				t.Error("the request counts as applied")
			}
		})
	}
}

func TestKnoxRejectsLockedCredit(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	client := must(knox.New("acme", credit.StaticToken("x"), credit.WithBaseURL(fake.URL)))(t)
	record := must(client.GetCredit(t.Context(), fake.Ref.ID))(t)
	record.SysLocked = new(true)
	must(client.UpdateCredit(t.Context(), *record))(t)
	record.SysLocked = new(false)
	_, err := client.UpdateCredit(t.Context(), *record)
	if !errors.Is(err, credit.ErrConflict) || credit.OutcomeOf(err) != credit.Rejected {
		t.Errorf("a locked record gives %v", err)
	}
	if !strings.Contains(string(fake.Record(fake.Ref.ID)), `"sys_locked":true`) {
		t.Error("the record is not locked any more")
	}
}

func TestKnoxThroughTheClient(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	first := fake.Record(fake.Ref.ID)
	client := must(knox.New("acme", credit.StaticToken("x"), credit.WithBaseURL(fake.URL)))(t)

	record := must(client.GetCredit(t.Context(), fake.Ref.ID))(t)
	record.Quantity = credit.MustParseDecimal("2.250")
	record.Notes = nil
	after := must(client.UpdateCredit(t.Context(), *record))(t)
	if after.Quantity.String() != "2.250" || after.Notes != nil {
		t.Errorf("the answer holds %s and %v", after.Quantity, after.Notes)
	}
	holds(t, fake, fake.Ref.ID, edited(t, first, "quantity", "2.250", "notes", ""))

	seed(t, fake, string(first))
	result := must(client.Updater().Update(t.Context(), fake.Ref, credit.Patch{
		Note:      credit.Clear[string](),
		Total:     credit.Set(credit.MustParseDecimal("3.00")),
		StartsAt:  credit.Set(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)),
		ExpiresAt: credit.Set(time.Date(2029, 4, 1, 0, 0, 0, 0, time.UTC)),
	}, credit.WithVerify()))(t)
	holds(t, fake, fake.Ref.ID, edited(t, first, "quantity", "3.00", "notes", "", "date", `"2026-04-01"`, "expiration_date", `"2029-04-01"`))
	// What is not named keeps its very spelling.
	for _, kept := range []string{`"rate": 1.10`, `12345678901234567890`, `"score": 1.10`} {
		if !strings.Contains(string(fake.Record(fake.Ref.ID)), kept) {
			t.Errorf("%s is gone from %s", kept, fake.Record(fake.Ref.ID))
		}
	}
	if total, _ := result.After.Total.Get(); total.String() != "3.00" {
		t.Errorf("after it the total is %s", total)
	}
	if writes := fake.Writes(); len(writes) != 2 || !writes[1].Applied {
		t.Errorf("%d writes arrived", len(writes))
	}
}

func TestKnoxIssuesTokens(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	tokens := knox.ClientCredentials{Domain: fake.URL, ClientID: "id", ClientSecret: "secret"}.TokenSource(t.Context())
	client := must(knox.New("acme", tokens, credit.WithBaseURL(fake.URL), soon()))(t)
	fake.Queue(credittest.RateLimited(0)) // for the read, not for the token
	_, err := client.GetCredit(t.Context(), "none")
	if !errors.Is(err, credit.ErrNotFound) {
		t.Fatal(err)
	}
	must(client.GetCredit(t.Context(), fake.Ref.ID))(t)

	requests := fake.Requests()
	if r := requests[0]; !r.Token || r.Write || r.Applied || r.Path != "/oauth/token" {
		t.Errorf("the first request is %+v", r)
	}
	for _, r := range requests[1:] {
		if r.Token || r.Header.Get("Authorization") != "Bearer knox-token-1" {
			t.Errorf("%s %s with %q", r.Method, r.Path, r.Header.Get("Authorization"))
		}
	}
	if len(requests) != 4 || len(fake.Writes()) != 0 || fake.TokensIssued() != 1 {
		t.Errorf("%d requests, %d writes, %d tokens", len(requests), len(fake.Writes()), fake.TokensIssued())
	}
}

func TestKnoxTokenEndpoint(t *testing.T) {
	t.Parallel()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {"s"},
		"audience": {"https://api.rhythmsoftware.com"},
	}
	without := func(name, value string) string {
		f := url.Values{}
		for n, v := range form {
			f[n] = v
		}
		f.Set(name, value)
		return f.Encode()
	}
	for _, test := range []struct {
		name                  string
		method, body, content string
		status                int
		want                  string
	}{
		{"valid", "POST", form.Encode(), "application/x-www-form-urlencoded", 200, `{"access_token":"knox-token-1","token_type":"Bearer","expires_in":86400}`},
		{"JSON", "POST", `{}`, "application/json", 403, `{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}`},
		{"another grant", "POST", without("grant_type", "password"), "application/x-www-form-urlencoded", 403, `{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}`},
		{"no secret", "POST", without("client_secret", ""), "application/x-www-form-urlencoded", 401, `{"error":"access_denied","error_description":"Unauthorized"}`},
		{"another audience", "POST", without("audience", "https://x"), "application/x-www-form-urlencoded", 403, `{"error":"access_denied","error_description":"Service not found"}`},
		{"a read", "GET", "", "", 404, `{"error":"not_found","error_description":"Not found"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := credittest.NewKnox(t)
			call(t, test.method, fake.URL+"/oauth/token", test.body, "Content-Type", test.content).says(t, test.status, test.want)
			want := 0
			if test.status == 200 {
				want = 1
			}
			if got := fake.TokensIssued(); got != want {
				t.Errorf("%d tokens, want %d", got, want)
			}
		})
	}
}

func TestKnoxSeeds(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	for _, bad := range []string{`{}`, `{"id":7}`, `[]`, `null`, ``} {
		if fake.Seed(json.RawMessage(bad)) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	seed(t, fake, `{"id":"a/b", "n":1.10}`)
	call(t, "GET", knoxURL(fake, "a/b"), "", "Authorization", "Bearer x").says(t, 200, `{"id":"a/b","n":1.10}`)
	if fake.Record("none") != nil {
		t.Error("a record that is not there is not nil")
	}
}
