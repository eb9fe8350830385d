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
	"github.com/creditkit/creditkit/flexprice"
)

func flexURL(fake *credittest.Server, id string) string { return fake.URL + "/creditgrants/" + id }

const addonGrant = `{"id":"cg_addon","name":"Extra","scope":"ADDON","addon_id":"addon_1","status":"published","credits":"1"}`

func TestFlexpriceOverHTTP(t *testing.T) {
	t.Parallel()
	const far = "2999-01-01T00:00:00.123456Z"
	for _, test := range []struct {
		name, grant string
		body        string
		stored      []string // beside updated_at
		shown       []string // in the answer, where it differs from what is stored
	}{
		{"nothing", "", `{}`, nil, nil},
		{"null", "", `null`, nil, nil},
		{"nulls", "", `{"name":null,"metadata":null,"end_date":null}`, nil, nil},
		{"a name", "", `{"name":"<b>"}`, []string{"name", `"<b>"`}, nil},
		{"a blank name", "", `{"name":" "}`, []string{"name", `" "`}, nil},
		{"member name in another case", "", `{"NAME":"x"}`, []string{"name", `"x"`}, nil},
		{"repeated member", "", `{"name":"x","Name":"y"}`, []string{"name", `"y"`}, nil},
		{"data after the JSON value", "", `{"name":"x"} garbage`, []string{"name", `"x"`}, nil},
		{"unknown members", "", `{"credits":false,"expiration_type":"x","scope":1}`, nil, nil},
		{"255 characters", "", `{"name":"` + strings.Repeat("é", 255) + `"}`, []string{"name", `"` + strings.Repeat("é", 255) + `"`}, nil},
		{"metadata", "", `{"metadata":{"a":"1","b":null,"c":"\\u0000"}}`, []string{"metadata", `{"a":"1","b":"","c":"\\u0000"}`}, nil},
		{"no metadata", "", `{"metadata":{}}`, []string{"metadata", ""}, nil},
		{"a subscription's end", "", `{"name":"x","end_date":"2999-01-01T02:00:00.1234567+02:00"}`, []string{"name", `"x"`, "end_date", `"` + far + `"`}, []string{"end_date", ""}},
		{"an addon's end", "cg_addon", `{"end_date":"` + far + `"}`, []string{"end_date", `"` + far + `"`}, []string{"end_date", ""}},
		{"a plan's end", credittest.FlexpricePlanGrant, `{"name":"x","end_date":"` + far + `"}`, []string{"name", `"x"`, "status", `"archived"`}, []string{"status", `"published"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := credittest.NewFlexprice(t)
			seed(t, fake, addonGrant)
			id := fake.Ref.ID
			if test.grant != "" {
				id = test.grant
			}
			stored := edited(t, fake.Record(id), append([]string{"updated_at", `"now"`}, test.stored...)...)
			got := call(t, "PUT", flexURL(fake, id), test.body, "X-Api-Key", "k", "Content-Type", "text/odd")
			if got.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("the content type is %q", got.header.Get("Content-Type"))
			}
			holds(t, fake, id, stored, "updated_at")
			answer{got.status, nil, timeless(t, got.body, "updated_at")}.says(t, 200, edited(t, json.RawMessage(stored), test.shown...))
			call(t, "GET", flexURL(fake, id), "", "X-Api-Key", "k").says(t, 200, string(fake.Record(id)))
			if !fake.Writes()[0].Applied {
				t.Error("the write does not count as applied")
			}
		})
	}
}

func TestFlexpriceRejects(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	before := string(fake.Record(fake.Ref.ID))
	const (
		unreadable = `{"code":"validation_error","message":"Invalid request format","http_status_code":400}`
		database   = `{"code":"database_error","message":"Failed to update credit grant","http_status_code":500}`
		notFound   = `{"code":"not_found","message":"Credit grant not found","http_status_code":404,"details":{"id":"none"}}`
		past       = `{"code":"validation_error","message":"Please provide a valid end date","http_status_code":400,"details":{"end_date":"2020-01-01T00:00:00Z"}}`
	)
	grant := "/creditgrants/" + fake.Ref.ID
	for _, test := range []struct {
		name               string
		method, path, body string
		status             int
		want               string
	}{
		{"unknown", "GET", "/creditgrants/none", "", 404, notFound},
		{"write of an unknown id", "PUT", "/creditgrants/none", `{"name":""}`, 404, notFound},
		{"no body", "PUT", grant, "", 400, unreadable},
		{"invalid JSON", "PUT", grant, "{", 400, unreadable},
		{"a list", "PUT", grant, "[]", 400, unreadable},
		{"a number as name", "PUT", grant, `{"name":1}`, 400, unreadable},
		{"a number in metadata", "PUT", grant, `{"metadata":{"a":1}}`, 400, unreadable},
		{"a day", "PUT", grant, `{"end_date":"2999-01-01"}`, 400, unreadable},
		{"a time without a zone", "PUT", grant, `{"end_date":"2999-01-01T00:00:00"}`, 400, unreadable},
		{"a number as end", "PUT", grant, `{"end_date":32472144000}`, 400, unreadable},
		{"an end in the past", "PUT", "/creditgrants/none", `{"end_date":"2020-01-01T00:00:00Z"}`, 400, past},
		{"no name", "PUT", grant, `{"name":"","end_date":"2999-01-01T00:00:00Z"}`, 400, `{"code":"validation_error","message":"Please provide a name for the credit grant","http_status_code":400}`},
		{"256 characters", "PUT", grant, `{"name":"` + strings.Repeat("x", 256) + `"}`, 500, database},
		{"NUL in the name", "PUT", grant, `{"name":"a\u0000"}`, 500, database},
		{"NUL in a key", "PUT", grant, `{"metadata":{"a\u0000":"b"}}`, 500, database},
		{"NUL in a value", "PUT", grant, `{"metadata":{"a":"\u0000b"}}`, 500, database},
		{"another path", "GET", "/plans", "", 404, "404 page not found"},
		{"another method", "PATCH", grant, "{}", 404, "404 page not found"},
		{"a slash in the id", "GET", "/creditgrants/a%2Fb", "", 404, "404 page not found"},
		{"no id", "PUT", "/creditgrants/", "{}", 404, "404 page not found"},
		{"path with too many segments", "GET", grant + "/x", "", 404, "404 page not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := call(t, test.method, fake.URL+test.path, test.body, "X-Api-Key", "k")
			got.says(t, test.status, test.want)
			if got.header.Get("X-Request-Id") == "" {
				t.Error("the request id is missing")
			}
		})
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

func TestFlexpriceRequiresKey(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	for header, want := range map[string]string{
		"":         `{"error":"Unauthorized"}`,
		"Bearer k": `{"error":"Invalid token"}`,
		"k":        `{"error":"Invalid authorization header format"}`,
	} {
		got := call(t, "PUT", flexURL(fake, fake.Ref.ID), "{}", "Authorization", header, "X-Request-Id", "mine")
		got.says(t, 401, want)
		if got.header.Get("X-Request-Id") != "mine" {
			t.Errorf("the request id is %q", got.header.Get("X-Request-Id"))
		}
	}
}

// The server writes the name before it looks at the end date.
func TestFlexpriceAppliesPartOfUpdate(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	id := credittest.FlexpricePlanGrant
	seed(t, fake, edited(t, fake.Record(id), "status", `"archived"`))
	first := fake.Record(id)
	client := must(flexprice.New("key", credit.WithBaseURL(fake.URL)))(t)

	must(client.UpdateCreditGrant(t.Context(), id, flexprice.UpdateCreditGrantRequest{Name: new("still")}))(t)
	_, err := client.UpdateCreditGrant(t.Context(), id, flexprice.UpdateCreditGrantRequest{Name: new("half"), EndDate: time.Now().AddDate(1, 0, 0)})
	if !errors.Is(err, credit.ErrInvalid) || credit.OutcomeOf(err) != credit.Unknown || !strings.Contains(err.Error(), "Credit grant is already archived") {
		t.Errorf("an end of an archived grant gives %v", err)
	}
	holds(t, fake, id, edited(t, first, "name", `"half"`, "updated_at", `"now"`), "updated_at")
	if writes := fake.Writes(); !writes[1].Applied {
		t.Error("a partly applied update does not count as applied")
	}
}

func TestFlexpriceThroughTheClient(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	ref, first := fake.Ref, fake.Record(fake.Ref.ID)
	if at, err := url.Parse(fake.URL); err != nil || at.Path != "/v1" {
		t.Errorf("the address is %s", fake.URL)
	}
	client := must(flexprice.New("key", credit.WithBaseURL(fake.URL)))(t)

	var info credit.CallInfo
	grant := must(client.UpdateCreditGrant(t.Context(), ref.ID, flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{"a": "b"}}, credit.WithInfo(&info)))(t)
	if grant.Name != "Welcome" || grant.Metadata["a"] != "b" || grant.Credits.String() != "100.5" || info.RequestID == "" {
		t.Errorf("the answer is %+v, and its request id %q", grant, info.RequestID)
	}
	holds(t, fake, ref.ID, edited(t, first, "metadata", `{"a":"b"}`, "updated_at", `"now"`), "updated_at")

	end := time.Date(2999, 1, 1, 0, 0, 0, 1000, time.UTC)
	patch := credit.Patch{Name: credit.Set("n"), Metadata: credit.Clear[map[string]string](), ExpiresAt: credit.Set(end)}
	result := must(client.Updater().Update(t.Context(), ref, patch))(t)
	if len(result.NotReturned) != 1 || !result.After.ExpiresAt.IsZero() {
		t.Errorf("the answer tells %v, and leaves out %v", result.After.ExpiresAt, result.NotReturned)
	}
	holds(t, fake, ref.ID, edited(t, first, "name", `"n"`, "metadata", "", "end_date", `"2999-01-01T00:00:00.000001Z"`, "updated_at", `"now"`), "updated_at")
	must(client.Updater().Update(t.Context(), ref, patch, credit.WithVerify()))(t)

	// The facade keeps its hands off a plan's grant.
	plan := credit.Ref{ID: credittest.FlexpricePlanGrant}
	before := string(fake.Record(plan.ID))
	_, err := client.Updater().Update(t.Context(), plan, patch)
	if credit.OutcomeOf(err) != credit.NotSent || string(fake.Record(plan.ID)) != before {
		t.Errorf("an end of a plan's grant gives %v", err)
	}
}

func TestFlexpriceSeeds(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	for _, bad := range []string{`{}`, `{"id":"a"}`, `{"scope":"PLAN"}`, `[]`} {
		if fake.Seed(json.RawMessage(bad)) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestFlexpriceLists(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	const first = `{"id":"cg_a","scope":"ADDON","addon_id":"addon_1","status":"published"}`
	seed(t, fake, first)
	seed(t, fake, `{"id":"cg_b","scope":"ADDON","addon_id":"addon_1","status":"archived"}`)
	seed(t, fake, `{"id":"cg_c","scope":"SUBSCRIPTION","subscription_id":"subs_1","status":"archived"}`)
	list := func(total, items string) string {
		return `{"items":[` + items + `],"pagination":{"limit":0,"offset":0,"total":` + total + `}}`
	}
	for _, test := range []struct {
		path   string
		status int
		body   string
	}{
		{"/addons/addon_1/creditgrants", 200, list("1", first)},
		{"/addons/addon_2/creditgrants", 200, list("0", "")},
		{"/plans/addon_1/creditgrants", 200, list("0", "")},
		{"/plans/plan_01KQ3Z5T9M7X2W8V4N6B1C0PLA/creditgrants", 200, list("1", string(fake.Record(credittest.FlexpricePlanGrant)))},
		{"/subscriptions/" + credittest.FlexpriceSubscription, 200, `{"id":"` + credittest.FlexpriceSubscription + `","credit_grants":[` + string(fake.Record(fake.Ref.ID)) + `]}`},
		{"/subscriptions/subs_1", 200, `{"id":"subs_1"}`},
		{"/subscriptions/subs_2", 404, `{"code":"not_found","details":{"subscription_id":"subs_2"},"http_status_code":404,"message":"Subscription not found"}`},
	} {
		t.Run(test.path, func(t *testing.T) {
			call(t, "GET", fake.URL+test.path, "", "X-Api-Key", "k").says(t, test.status, test.body)
			call(t, "GET", fake.URL+test.path, "").says(t, 401, `{"error":"Unauthorized"}`)
		})
	}
}
