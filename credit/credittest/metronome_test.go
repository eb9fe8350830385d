package credittest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/metronome"
)

const (
	editPath = "/v2/contracts/credits/edit"
	listPath = "/v1/contracts/customerCredits/list"
	edit     = `"credit_id":"5e7e82cf-ccb7-428c-a96f-a8e4f67af822","customer_id":"4c91c473-fc12-445a-9c38-40421d47023f"`
	itemID   = "d5edbd32-c744-48cb-9475-a9bca0e6fa39"
	editDone = `{"data":{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"}}`
)

func schedule(items ...string) []string {
	return []string{"access_schedule", `{"access_type":"SPEND","credit_type":{"id":"2714e483-4ff1-48e4-9e25-ac732e8f24f2","name":"USD (cents)"},"schedule_items":[` + strings.Join(items, ",") + `]}`}
}

func item(id, amount, from, to string) string {
	return fmt.Sprintf(`{"id":%q,"amount":%s,"starting_at":%q,"ending_before":%q}`, id, amount, from, to)
}

func TestMetronomeOverHTTP(t *testing.T) {
	t.Parallel()
	const (
		from, to = "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"
		added    = "00000000-0000-4000-8000-000000000001"
	)
	for _, test := range []struct {
		name, body string
		changes    []string
	}{
		{"nothing", `{` + edit + `}`, nil},
		{"named members", `{` + edit + `,"name":"","description":"<b>","rate_type":"COMMIT_RATE","priority":1.10,"odd":1,"balance":7,"id":"x"}`,
			[]string{"name", `""`, "description", `"<b>"`, "rate_type", `"COMMIT_RATE"`, "priority", "1.10"}},
		{"null", `{` + edit + `,"priority":null,"applicable_product_ids":null}`, []string{"priority", "", "applicable_product_ids", ""}},
		{"empty values", `{` + edit + `,"applicable_product_ids":[]}`, []string{"applicable_product_ids", "[]"}},
		{"the product", `{` + edit + `,"product_id":"p"}`, []string{"product", `{"id":"p","name":"Credits"}`}},
		{"an item", `{` + edit + `,"access_schedule":{"update_schedule_items":[{"id":"` + itemID + `","amount":2.50,"ending_before":"2028-01-01T01:30:00+01:30","odd":1}]}}`,
			schedule(item(itemID, "2.50", from, "2028-01-01T00:00:00.000Z"))},
		{"items added and removed", `{` + edit + `,"access_schedule":{"add_schedule_items":[{"amount":5,"starting_at":"2026-06-01T00:00:00Z","ending_before":"2026-07-01T00:00:00Z"}],"remove_schedule_items":[{"id":"` + itemID + `"}]}}`,
			schedule(item(added, "5", "2026-06-01T00:00:00.000Z", "2026-07-01T00:00:00.000Z"))},
		{"schedule without items", `{` + edit + `,"access_schedule":{}}`, schedule(item(itemID, "1000", from, to))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := credittest.NewMetronome(t)
			want := edited(t, fake.Record(fake.Ref.ID), test.changes...)
			call(t, "POST", fake.URL+editPath, test.body, "Authorization", "Bearer x").says(t, 200, editDone)
			holds(t, fake, fake.Ref.ID, want)
			if !fake.Writes()[0].Applied {
				t.Error("the write does not count as applied")
			}
		})
	}
}

func TestMetronomeRejects(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	before := string(fake.Record(fake.Ref.ID))
	invalid := func(message string) string { return `{"code":"InvalidArgument","message":"` + message + `"}` }
	items := func(list string) string { return `{` + edit + `,"name":"x","access_schedule":{` + list + `}}` }
	for _, test := range []struct {
		name               string
		method, path, body string
		status             int
		want               string
	}{
		{"another path", "POST", "/v1/other", "{}", 404, `{"message":"Not found"}`},
		{"another method", "GET", listPath, "", 404, `{"message":"Not found"}`},
		{"invalid JSON", "POST", editPath, "", 400, `{"message":"invalid JSON"}`},
		{"an unknown customer", "POST", editPath, `{"customer_id":"c"}`, 400, `{"code":"CustomerNotFound","message":"Customer not found"}`},
		{"an unknown credit", "POST", editPath, strings.Replace(`{`+edit+`}`, "5e7e", "0000", 1), 404, `{"message":"Credit not found"}`},
		{"null as name", "POST", editPath, `{` + edit + `,"name":null}`, 400, invalid("name must not be null")},
		{"null as schedule", "POST", editPath, `{` + edit + `,"access_schedule":null}`, 400, invalid("access_schedule must not be null")},
		{"malformed schedule", "POST", editPath, `{` + edit + `,"access_schedule":[]}`, 400, invalid("access_schedule is malformed")},
		{"update of an unknown item", "POST", editPath, items(`"update_schedule_items":[{"id":"x"}]`), 400, invalid("schedule item not found")},
		{"removal of an unknown item", "POST", editPath, items(`"remove_schedule_items":[{"id":"x"}]`), 400, invalid("schedule item not found")},
		{"time that is not on the hour", "POST", editPath, items(`"update_schedule_items":[{"id":"` + itemID + `","starting_at":"2026-01-01T11:30:00Z"}]`), 400, invalid("starting_at must be an RFC 3339 time on the hour")},
		{"period that ends before it begins", "POST", editPath, items(`"update_schedule_items":[{"id":"` + itemID + `","ending_before":"2026-01-01T00:00:00Z"}]`), 400, invalid("ending_before must be after starting_at")},
		{"no amount", "POST", editPath, items(`"add_schedule_items":[{"starting_at":"2026-01-01T00:00:00Z","ending_before":"2026-01-02T00:00:00Z"}]`), 400, invalid("amount must be a number")},
		{"invalid JSON for a list", "POST", listPath, "null", 400, `{"message":"invalid JSON"}`},
		{"list of an unknown customer", "POST", listPath, `{"customer_id":"c"}`, 404, `{"message":"Customer not found"}`},
		{"limit above 25", "POST", listPath, `{` + edit + `,"limit":26}`, 400, `{"message":"limit must be from 1 to 25"}`},
		{"malformed page", "POST", listPath, `{` + edit + `,"next_page":"-1"}`, 400, `{"message":"next_page is unknown"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			call(t, test.method, fake.URL+test.path, test.body, "Authorization", "Bearer x", "Idempotency-Key", "same").says(t, test.status, test.want)
		})
	}
	call(t, "POST", fake.URL+editPath, `{`+edit+`}`).says(t, 401, `{"message":"Unauthorized"}`)
	if after := string(fake.Record(fake.Ref.ID)); after != before {
		t.Errorf("the record changed to %s", after)
	}
	for _, r := range fake.Requests() {
		if r.Applied || r.Write != (r.Path == editPath) {
			t.Errorf("%s %s is %v and %v", r.Method, r.Path, r.Write, r.Applied)
		}
	}
}

func TestMetronomeStoresResponses(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	post := func(key, body string) answer {
		t.Helper()
		return call(t, "POST", fake.URL+editPath, body, "Authorization", "Bearer x", "Idempotency-Key", key)
	}
	add := `{` + edit + `,"access_schedule":{"add_schedule_items":[{"amount":5,"starting_at":"2026-06-01T00:00:00Z","ending_before":"2026-07-01T00:00:00Z"}]}}`
	other := `{` + edit + `,"name":"other"}`

	post("a", add).says(t, 200, editDone)
	once := string(fake.Record(fake.Ref.ID))
	post("a", add).says(t, 200, editDone)
	post("a", other).says(t, 409, `{"message":"Idempotency-Key was used with other parameters"}`)
	if got := string(fake.Record(fake.Ref.ID)); got != once {
		t.Errorf("after the second edit it is %s", got)
	}
	var applied []bool
	for _, r := range fake.Writes() {
		applied = append(applied, r.Applied)
	}
	if got := fmt.Sprint(applied); got != "[true false false]" {
		t.Errorf("applied are %s", got)
	}

	// A 500 is kept, whether it was made or not; what was refused before it
	// began is not.
	fake.Queue(credittest.Respond(500, `{"message":"first"}`))
	post("b", other).says(t, 500, `{"message":"first"}`)
	post("b", other).says(t, 500, `{"message":"first"}`)
	post("b", add).says(t, 409, `{"message":"Idempotency-Key was used with other parameters"}`)
	if got := string(fake.Record(fake.Ref.ID)); got != once {
		t.Errorf("after the failed edit it is %s", got)
	}
	made := credittest.Respond(500, `{"message":"made"}`)
	made.Applied = true
	fake.Queue(made)
	post("c", other).says(t, 500, `{"message":"made"}`)
	post("c", other).says(t, 500, `{"message":"made"}`)
	if !strings.Contains(string(fake.Record(fake.Ref.ID)), `"name":"other"`) {
		t.Error("the edit behind the 500 was not applied")
	}
	fake.Queue(credittest.Respond(503, `{"message":"busy"}`))
	post("d", other).says(t, 503, `{"message":"busy"}`)
	post("d", other).says(t, 200, editDone)
	post("e", strings.Replace(other, "5e7e", "0000", 1)).says(t, 404, `{"message":"Credit not found"}`)
	post("e", other).says(t, 200, editDone)

	// A fault in the place of a kept answer does not replace it.
	fake.Queue(credittest.Respond(500, `{"message":"late"}`))
	post("a", add).says(t, 500, `{"message":"late"}`)
	post("a", add).says(t, 200, editDone)
}

// The vendor did not act, so the key is free and no item has an id.
func TestMetronomePretendedEditLeavesNothing(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	add := func(amount string) {
		t.Helper()
		call(t, "POST", fake.URL+editPath, `{`+edit+`,"access_schedule":{"add_schedule_items":[{"amount":`+amount+`,
			"starting_at":"2026-06-01T00:00:00Z","ending_before":"2026-07-01T00:00:00Z"}]}}`,
			"Authorization", "Bearer x", "Idempotency-Key", "k").says(t, 200, editDone)
	}
	fake.Queue(credittest.Slow(0).NotApplied())
	add("1")
	add("2")
	record := string(fake.Record(fake.Ref.ID))
	if !strings.Contains(record, `"amount":2,`) || !strings.Contains(record, `"00000000-0000-4000-8000-000000000001"`) {
		t.Errorf("the record is %s", record)
	}
}

func TestMetronomeAppliesAnEditOnce(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	client := must(metronome.New("token", credit.WithBaseURL(fake.URL), soon()))(t)
	fake.Queue(credittest.LostAfter(), credittest.LostBefore(), credittest.Truncated())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{
				CreditID: fake.Ref.ID, CustomerID: fake.Ref.Owner,
				AccessSchedule: &metronome.AccessSchedule{AddScheduleItems: []metronome.AddScheduleItem{{
					Amount:     credit.NewDecimal(5),
					StartingAt: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), EndingBefore: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
				}}},
			}, credit.WithIdempotencyKey("the one"))
			if err != nil && credit.OutcomeOf(err) != credit.Applied { // an answer that was cut
				t.Error(err)
			}
		})
	}
	group.Wait()
	applied := 0
	for _, r := range fake.Writes() {
		if r.Applied {
			applied++
		}
	}
	record := string(fake.Record(fake.Ref.ID))
	if applied != 1 || strings.Count(record, "2026-06-01") != 1 {
		t.Errorf("applied %d times: %s", applied, record)
	}
}

func TestMetronomeThroughTheClient(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	first := fake.Record(fake.Ref.ID)
	client := must(metronome.New("token", credit.WithBaseURL(fake.URL)))(t)

	got := must(client.GetCredit(t.Context(), fake.Ref.Owner, fake.Ref.ID))(t)
	if got.Balance.String() != "750.50" || got.Product.Name != "Credits" {
		t.Errorf("the read gives %+v", got)
	}
	result := must(client.Updater().Update(t.Context(), fake.Ref, credit.Patch{
		Name:      credit.Set("n"),
		Note:      credit.Set(""),
		Total:     credit.Set(credit.MustParseDecimal("1200.50")),
		StartsAt:  credit.Set(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)),
		ExpiresAt: credit.Set(time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)),
		Priority:  credit.Clear[credit.Decimal](),
	}, credit.WithVerify()))(t)
	if result.IdempotencyKey == "" || fake.Writes()[0].Header.Get("Idempotency-Key") != result.IdempotencyKey {
		t.Errorf("the key is %q", result.IdempotencyKey)
	}
	holds(t, fake, fake.Ref.ID, edited(t, first, append(schedule(item(itemID, "1200.50", "2026-02-01T00:00:00.000Z", "2028-01-01T00:00:00.000Z")),
		"name", `"n"`, "description", `""`, "priority", "")...))

	_, err := client.GetCredit(t.Context(), "unknown", fake.Ref.ID)
	if !errors.Is(err, credit.ErrNotFound) {
		t.Errorf("an unknown customer gives %v", err)
	}
}

func TestMetronomeLists(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	for i := range 30 {
		seed(t, fake, fmt.Sprintf(`{"id":"c%02d","customer_id":"k","balance":1}`, i))
	}
	seed(t, fake, `{"id":"of a contract","customer_id":"k","contract":{"id":"x"}}`)
	for _, test := range []struct {
		query, want string
	}{
		{`"limit":2`, `{"data":[{"id":"c00"},{"id":"c01"}],"next_page":"2"}`},
		{`"limit":2,"next_page":"29"`, `{"data":[{"id":"c29"}],"next_page":null}`},
		{`"next_page":"99"`, `{"data":[],"next_page":null}`},
		{`"credit_id":"c07"`, `{"data":[{"id":"c07"}],"next_page":null}`},
		{`"credit_id":"none"`, `{"data":[],"next_page":null}`},
		{`"credit_id":"of a contract"`, `{"data":[],"next_page":null}`},
		{`"next_page":"30","include_contract_credits":true`, `{"data":[{"id":"of a contract","contract":{"id":"x"}}],"next_page":null}`},
		{`"credit_id":"c07","include_balance":true`, `{"data":[{"id":"c07","balance":1}],"next_page":null}`},
	} {
		call(t, "POST", fake.URL+listPath, `{"customer_id":"k",`+test.query+`}`, "Authorization", "Bearer x").says(t, 200, test.want)
	}
	client := must(metronome.New("token", credit.WithBaseURL(fake.URL)))(t)
	count := 0
	for _, err := range client.ListCustomerCredits(t.Context(), metronome.ListCustomerCreditsRequest{CustomerID: "k"}) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if count != 30 {
		t.Errorf("a walk gives %d credits", count)
	}
}

func TestMetronomeSeeds(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	for _, bad := range []string{`{}`, `{"id":"a"}`, `{"customer_id":"a"}`, `[]`} {
		if fake.Seed(json.RawMessage(bad)) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
