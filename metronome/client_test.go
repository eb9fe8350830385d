package metronome_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/metronome"
)

const (
	creditID   = "5e7e82cf-ccb7-428c-a96f-a8e4f67af822"
	customerID = "4c91c473-fc12-445a-9c38-40421d47023f"
	itemID     = "d5edbd32-c744-48cb-9475-a9bca0e6fa39"

	edited = `{"data":{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"}}`
)

// connect returns a client of a scripted server that does not wait long
// between attempts.
func connect(t *testing.T, answers ...scripttest.Response) (*metronome.Client, *scripttest.Server) {
	t.Helper()
	server := scripttest.NewServer(t, answers...)
	client, err := metronome.New("mt-0123", credit.WithBaseURL(server.URL),
		credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// play returns a client of a script without a network, with the usual waits.
func play(t *testing.T, server *scripttest.Server, opts ...credit.Option) *metronome.Client {
	t.Helper()
	client, err := metronome.New("mt-0123", append(opts, credit.WithTransport(server))...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// The page's own example, byte for byte but for the order of members.
func TestEditCreditSendsThePagesExample(t *testing.T) {
	client, server := connect(t, scripttest.OK(edited))
	response, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{
		CreditID:   creditID,
		CustomerID: customerID,
		AccessSchedule: &metronome.AccessSchedule{
			UpdateScheduleItems: []metronome.UpdateScheduleItem{{
				ID:           itemID,
				EndingBefore: time.Date(2025, 3, 12, 0, 0, 0, 0, time.UTC),
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"; response.Data.ID != want {
		t.Errorf("data.id is %q, want %q", response.Data.ID, want)
	}
	sent := server.Only(t)
	want := `{"access_schedule":{"update_schedule_items":[{"ending_before":"2025-03-12T00:00:00Z","id":"d5edbd32-c744-48cb-9475-a9bca0e6fa39"}]},` +
		`"credit_id":"5e7e82cf-ccb7-428c-a96f-a8e4f67af822","customer_id":"4c91c473-fc12-445a-9c38-40421d47023f"}`
	if sent.Method != "POST" || sent.Path != "/v2/contracts/credits/edit" || sent.Body != want {
		t.Errorf("sent %s %s\n%s\nwant POST /v2/contracts/credits/edit\n%s", sent.Method, sent.Path, sent.Body, want)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer mt-0123",
		"Accept":        "application/json",
		"Content-Type":  "application/json",
		"User-Agent":    "creditkit/" + credit.Version,
	} {
		if got := sent.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
}

// What is left out, empty, null and zero are four things.
func TestEditCreditOnTheWire(t *testing.T) {
	at := time.Date(2027, 1, 1, 5, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		change func(*metronome.EditCreditRequest)
		want   string // what follows the two ids' members, sorted by the generator
	}{
		{
			name:   "nothing",
			change: func(*metronome.EditCreditRequest) {},
			want:   `{"credit_id":"c","customer_id":"u"}`,
		},
		{
			name: "every member",
			change: func(r *metronome.EditCreditRequest) {
				r.AccessSchedule = &metronome.AccessSchedule{
					AddScheduleItems: []metronome.AddScheduleItem{{
						Amount: credit.MustParseDecimal("12345678901234567.10"), StartingAt: at, EndingBefore: at.Add(time.Hour),
					}},
					UpdateScheduleItems: []metronome.UpdateScheduleItem{{ID: "i", Amount: credit.NewDecimal(0)}},
					RemoveScheduleItems: []metronome.RemoveScheduleItem{{ID: "j"}},
				}
				r.ApplicableContractIDs = metronome.Value([]string{"k"})
				r.ApplicableProductIDs = metronome.Value([]string{})
				r.ApplicableProductTags = metronome.Null[[]string]()
				r.Description = new("")
				r.HierarchyConfiguration = &metronome.HierarchyConfiguration{
					ChildAccess: metronome.ChildAccess{Type: metronome.ChildAccessTypeContractIDs, ContractIDs: []string{"l"}},
				}
				r.Name = new("n")
				r.Priority = metronome.Value(credit.MustParseDecimal("1.50"))
				r.ProductID = new("p")
				r.RateType = new(metronome.RateTypeList)
				r.Specifiers = metronome.Value([]metronome.Specifier{{
					ProductID:               new("q"),
					ProductTags:             []string{"r"},
					PricingGroupValues:      map[string]string{"s": "t"},
					PresentationGroupValues: map[string]string{},
					Exclude:                 []metronome.SpecifierExclusion{{ProductTags: []string{"v"}}},
				}})
			},
			want: `{"access_schedule":{"add_schedule_items":[{"amount":12345678901234567.10,"ending_before":"2027-01-01T06:00:00Z","starting_at":"2027-01-01T05:00:00Z"}],` +
				`"remove_schedule_items":[{"id":"j"}],"update_schedule_items":[{"amount":0,"id":"i"}]},` +
				`"applicable_contract_ids":["k"],"applicable_product_ids":[],"applicable_product_tags":null,` +
				`"credit_id":"c","customer_id":"u","description":"",` +
				`"hierarchy_configuration":{"child_access":{"contract_ids":["l"],"type":"CONTRACT_IDS"}},` +
				`"name":"n","priority":1.50,"product_id":"p","rate_type":"LIST_RATE",` +
				`"specifiers":[{"exclude":[{"product_tags":["v"]}],"presentation_group_values":{},"pricing_group_values":{"s":"t"},"product_id":"q","product_tags":["r"]}]}`,
		},
		{
			name: "null",
			change: func(r *metronome.EditCreditRequest) {
				r.ApplicableContractIDs = metronome.Null[[]string]()
				r.ApplicableProductIDs = metronome.Null[[]string]()
				r.Priority = metronome.Null[credit.Decimal]()
				r.Specifiers = metronome.Null[[]metronome.Specifier]()
			},
			want: `{"applicable_contract_ids":null,"applicable_product_ids":null,"credit_id":"c","customer_id":"u","priority":null,"specifiers":null}`,
		},
		{
			name: "empty lists",
			change: func(r *metronome.EditCreditRequest) {
				r.AccessSchedule = &metronome.AccessSchedule{AddScheduleItems: []metronome.AddScheduleItem{}}
			},
			want: `{"access_schedule":{"add_schedule_items":[]},"credit_id":"c","customer_id":"u"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(edited))
			req := metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}
			test.change(&req)
			if _, err := client.EditCredit(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			if got := server.Only(t).Body; got != test.want {
				t.Errorf("sent\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestEditCreditKeepsItsKeyOverAttempts(t *testing.T) {
	client, server := connect(t, scripttest.Response{Lost: true}, scripttest.Status(503, ""), scripttest.OK(edited), scripttest.OK(edited), scripttest.OK(edited))
	req := metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}
	for _, opts := range [][]credit.CallOption{nil, nil, {credit.WithIdempotencyKey("mine")}} {
		if _, err := client.EditCredit(t.Context(), req, opts...); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for _, r := range server.Requests() {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
	}
	if len(keys) != 5 || keys[0] == "" || keys[1] != keys[0] || keys[2] != keys[0] {
		t.Fatalf("keys %q, want the same on three attempts", keys)
	}
	if keys[3] == keys[0] || keys[4] != "mine" {
		t.Errorf("keys %q, want a new one for a new call, and the caller's", keys)
	}
}

// A replayed 500 heals by no repetition under the same key.
func TestEditCreditHandsUpA500(t *testing.T) {
	client, server := connect(t, scripttest.Status(500, `{"message":"boom"}`))
	_, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}, credit.WithIdempotencyKey("k"))
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || e.Outcome != credit.Unknown || e.IdempotencyKey != "k" || len(server.Requests()) != 1 {
		t.Errorf("error %+v after %d requests, want one request, Unknown and the key", err, len(server.Requests()))
	}
}

func TestListCustomerCreditsFollowsTheCursorInTheBody(t *testing.T) {
	client, server := connect(t,
		scripttest.OK(`{"data":[{"id":"1","type":"CREDIT","product":{"id":"p","name":"P"},"balance":10.50}],"next_page":"two"}`),
		scripttest.OK(`{"data":[{"id":"2"},{"id":"3"}],"next_page":null}`),
		scripttest.OK(`{"data":[{"id":"4"}],"next_page":null}`))
	var ids []string
	list := client.ListCustomerCredits(t.Context(), metronome.ListCustomerCreditsRequest{CustomerID: "u", Limit: new(int64(25))})
	for c, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID+"="+c.Balance.String())
	}
	if diff := cmp.Diff([]string{"1=10.50", "2=", "3="}, ids); diff != "" {
		t.Error(diff)
	}
	for c, err := range list { // a second walk starts at the beginning
		if err != nil || c.ID != "4" {
			t.Errorf("the second walk gives %v, %v", c, err)
		}
	}
	requests := server.Requests()
	if len(requests) != 3 || requests[2].Body != requests[0].Body || requests[0].Body != `{"customer_id":"u","limit":25}` || requests[1].Body != `{"customer_id":"u","limit":25,"next_page":"two"}` {
		t.Errorf("requests %+v", requests)
	}
	for _, r := range requests {
		if r.Path != "/v1/contracts/customerCredits/list" || r.Header.Get("Idempotency-Key") != "" {
			t.Errorf("read by %s with key %q", r.Path, r.Header.Get("Idempotency-Key"))
		}
	}
}

func TestListCustomerCreditsStops(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers []scripttest.Response
		kind    credit.Kind
	}{
		{"at an error", []scripttest.Response{scripttest.Status(403, `{"message":"no"}`)}, credit.ErrForbidden},
		{"at a cursor that comes back", []scripttest.Response{scripttest.OK(`{"data":[],"next_page":"a"}`), scripttest.OK(`{"data":[],"next_page":"a"}`)}, credit.ErrMalformed},
		{"at an answer without a list", []scripttest.Response{scripttest.OK(`{}`)}, credit.ErrMalformed},
		{"at a list of null", []scripttest.Response{scripttest.OK(`{"data":null,"next_page":"a"}`)}, credit.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, test.answers...)
			var errs []error
			for _, err := range client.ListCustomerCredits(t.Context(), metronome.ListCustomerCreditsRequest{CustomerID: "u"}) {
				errs = append(errs, err)
			}
			if len(errs) != 1 || !errors.Is(errs[0], test.kind) || credit.OutcomeOf(errs[0]) != credit.NotSent {
				t.Errorf("errors %v, want one %v with nothing sent", errs, test.kind)
			}
		})
	}
}

func TestGetCredit(t *testing.T) {
	client, server := connect(t,
		scripttest.OK(`{"data":[{"id":"c","access_schedule":{"schedule_items":[{"id":"i","amount":100,"starting_at":"2020-02-01T00:00:00.000Z","ending_before":"2020-03-01T00:00:00.000Z"}]}}],"next_page":null}`),
		scripttest.OK(`{"data":[],"next_page":null}`))
	got, err := client.GetCredit(t.Context(), "u", "c")
	if err != nil {
		t.Fatal(err)
	}
	want := []metronome.CreditScheduleItem{{
		ID: "i", Amount: credit.NewDecimal(100),
		StartingAt:   time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC),
		EndingBefore: time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, got.AccessSchedule.ScheduleItems); diff != "" {
		t.Error(diff)
	}
	if body := server.Requests()[0].Body; body != `{"credit_id":"c","customer_id":"u","include_balance":true,"include_contract_credits":true}` {
		t.Errorf("sent %s", body)
	}
	if _, err := client.GetCredit(t.Context(), "u", "c"); !errors.Is(err, credit.ErrNotFound) || credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("an empty list gives %v, want not found", err)
	}
}

func TestGetCreditOfAnAnswerWithoutAListIsMalformed(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"data":null}`, `{"data":null,"next_page":null}`, `{"Data":null}`, `{"Data":[]}`,
		`{"data":[{"id":"c"}],"data":[]}`, `{"data":[],"next_page":"a","next_page":null}`,
	} {
		client, _ := connect(t, scripttest.OK(body))
		_, err := client.GetCredit(t.Context(), "u", "c")
		if !errors.Is(err, credit.ErrMalformed) || errors.Is(err, credit.ErrNotFound) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%s gives %v, want malformed", body, err)
		}
	}
}

func TestExactMemberNamesWin(t *testing.T) {
	for _, body := range []string{`{"data":{"id":"x","ID":"y"}}`, `{"Data":{"id":"z"},"data":{"ID":"y","id":"x"}}`} {
		client, _ := connect(t, scripttest.OK(body))
		response, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u", Name: new("n")})
		if err != nil || response.Data.ID != "x" {
			t.Errorf("%s gives %+v, %v, want the id x", body, response, err)
		}
	}
	client, _ := connect(t, scripttest.OK(`{"data":[{"ID":"y","id":"c","Name":"z","name":"n"}]}`))
	if got, err := client.GetCredit(t.Context(), "u", "c"); err != nil || got.Name != "n" {
		t.Errorf("the credit is %+v, %v, want the name n", got, err)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, make := range map[string]func() (*metronome.Client, error){
		"an empty token":   func() (*metronome.Client, error) { return metronome.New("") },
		"a broken token":   func() (*metronome.Client, error) { return metronome.New("a\nb") },
		"plain http":       func() (*metronome.Client, error) { return metronome.New("t", credit.WithBaseURL("http://example.com")) },
		"a nil option":     func() (*metronome.Client, error) { return metronome.New("t", nil) },
		"an empty address": func() (*metronome.Client, error) { return metronome.New("t", credit.WithBaseURL("")) },
	} {
		client, err := make()
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if client != nil || !ok || invalid.Vendor != "metronome" {
			t.Errorf("%s gives %v, %v; want an InvalidError of metronome", name, client, err)
		}
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	client, server := connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.EditCredit(ctx, metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"})
	if !errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent || len(server.Requests()) != 0 {
		t.Errorf("error %v after %d requests", err, len(server.Requests()))
	}
}
