package nexudus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/nexudus"
)

const token = "bearer-0123456789"

// updated is the page's example answer, byte for byte.
const updated = `{
  "Status": 200,
  "Message": "CoworkerBookingCredit was successfully updated.",
  "Value": {
    "Id": 87654321
  },
  "OpenInDialog": false,
  "OpenInWindow": false,
  "RedirectURL": null,
  "JavaScript": null,
  "UpdatedOn": "2025-01-15T10:30:00Z",
  "UpdatedBy": "admin@example.com",
  "Errors": null,
  "WasSuccessful": true
}`

// least is the page's example request, with numbers in place of its zeros, in
// the order in which the generator writes the members.
const least = `{"BusinessId":34,"CoworkerId":12,"Id":87654321,"TotalCredit":50.00}`

// leastUpdate is least, changed.
func leastUpdate(change func(*nexudus.CoworkerBookingCreditUpdate)) nexudus.CoworkerBookingCreditUpdate {
	u := nexudus.CoworkerBookingCreditUpdate{
		ID: 87654321, CoworkerID: 12, BusinessID: 34, TotalCredit: credit.MustParseDecimal("50.00"),
	}
	if change != nil {
		change(&u)
	}
	return u
}

// connect returns a client of a scripted server that does not wait long
// between attempts.
func connect(t *testing.T, answers ...scripttest.Response) (*nexudus.Client, *scripttest.Server) {
	t.Helper()
	server := scripttest.NewServer(t, answers...)
	client, err := nexudus.New(credit.StaticToken(token), credit.WithBaseURL(server.URL),
		credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// play returns a client of a script without a network, with the usual waits.
func play(t *testing.T, answers ...scripttest.Response) (*nexudus.Client, *scripttest.Server) {
	t.Helper()
	server := scripttest.NewTransport(t, answers...)
	client, err := nexudus.New(credit.StaticToken(token), credit.WithTransport(server))
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestUpdateSendsThePagesExample(t *testing.T) {
	client, server := connect(t, scripttest.OK(updated))
	got, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil))
	if err != nil {
		t.Fatal(err)
	}
	on, err := credit.ParseLocalTime("2025-01-15T10:30:00Z")
	if err != nil {
		t.Fatal(err)
	}
	want := nexudus.UpdateResult{
		Status:        200,
		Message:       "CoworkerBookingCredit was successfully updated.",
		Value:         nexudus.UpdateResultValue{ID: 87654321},
		RedirectURL:   json.RawMessage("null"),
		JavaScript:    json.RawMessage("null"),
		UpdatedOn:     on,
		UpdatedBy:     "admin@example.com",
		Errors:        json.RawMessage("null"),
		WasSuccessful: true,
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("the page's example answer decodes as (-want +got)\n%s", diff)
	}
	sent := server.Only(t)
	if sent.Method != "PUT" || sent.Path != "/api/billing/coworkerbookingcredits" || sent.Body != least {
		t.Errorf("sent %s %s\n%s\nwant PUT /api/billing/coworkerbookingcredits\n%s", sent.Method, sent.Path, sent.Body, least)
	}
	for name, want := range map[string]string{
		"Authorization":   "Bearer " + token,
		"Accept":          "application/json",
		"Content-Type":    "application/json",
		"User-Agent":      "creditkit/" + credit.Version,
		"Idempotency-Key": "",
	} {
		if got := sent.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
}

func localTime(t *testing.T, text string) (l credit.LocalTime) {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(quoted, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

// What is left out, empty and zero are three things.
func TestUpdateOnTheWire(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*nexudus.CoworkerBookingCreditUpdate)
		want   string
	}{
		{
			"every member",
			func(u *nexudus.CoworkerBookingCreditUpdate) {
				*u = nexudus.CoworkerBookingCreditUpdate{
					ID: 9007199254740993, CoworkerID: 2, BusinessID: 3,
					TotalCredit:              credit.MustParseDecimal("12345678901234567890.10"),
					RemainingCredit:          nexudus.Value(credit.MustParseDecimal("1.50")),
					Description:              nexudus.Value("a"),
					ValidFrom:                nexudus.Value(localTime(t, "2025-01-15T10:30:00Z")),
					ExpireDate:               nexudus.Value(localTime(t, "2026-01-15T10:30:00")),
					CaneBeUsedForBookings:    nexudus.Value(true),
					CaneBeUsedForEvents:      nexudus.Value(true),
					IsUniversalCredit:        nexudus.Value(true),
					UseCreditPrice:           nexudus.Value(true),
					AppliesToCharges:         nexudus.Value(true),
					CoworkerContractUniqueID: nexudus.Value("b"),
					ElegibleResourceTypes:    nexudus.Value([]int64{1}), AddedElegibleResourceTypes: []int64{2}, RemovedElegibleResourceTypes: []int64{3},
					ElegibleProducts: nexudus.Value([]int64{4}), AddedElegibleProducts: []int64{5}, RemovedElegibleProducts: []int64{6},
					ElegibleTariffs: nexudus.Value([]int64{7}), AddedElegibleTariffs: []int64{8}, RemovedElegibleTariffs: []int64{9},
					EventCategories: nexudus.Value([]int64{10}), AddedEventCategories: []int64{11}, RemovedEventCategories: []int64{12},
					ElegiblePasses: nexudus.Value([]int64{13}), AddedElegiblePasses: []int64{14}, RemovedElegiblePasses: []int64{15, 9007199254740993},
				}
			},
			`{"AddedElegiblePasses":[14],"AddedElegibleProducts":[5],"AddedElegibleResourceTypes":[2],"AddedElegibleTariffs":[8],"AddedEventCategories":[11],` +
				`"AppliesToCharges":true,"BusinessId":3,"CaneBeUsedForBookings":true,"CaneBeUsedForEvents":true,"CoworkerContractUniqueId":"b","CoworkerId":2,` +
				`"Description":"a","ElegiblePasses":[13],"ElegibleProducts":[4],"ElegibleResourceTypes":[1],"ElegibleTariffs":[7],"EventCategories":[10],` +
				`"ExpireDate":"2026-01-15T10:30:00","Id":9007199254740993,"IsUniversalCredit":true,"RemainingCredit":1.50,` +
				`"RemovedElegiblePasses":[15,9007199254740993],"RemovedElegibleProducts":[6],"RemovedElegibleResourceTypes":[3],"RemovedElegibleTariffs":[9],"RemovedEventCategories":[12],` +
				`"TotalCredit":12345678901234567890.10,"UseCreditPrice":true,"ValidFrom":"2025-01-15T10:30:00Z"}`,
		},
		{
			"empty lists",
			func(u *nexudus.CoworkerBookingCreditUpdate) {
				empty := nexudus.Value([]int64{})
				u.ElegibleResourceTypes, u.AddedElegibleResourceTypes, u.RemovedElegibleResourceTypes = empty, []int64{}, []int64{}
				u.ElegibleProducts, u.ElegibleTariffs, u.EventCategories, u.ElegiblePasses = empty, empty, empty, empty
			},
			`{"AddedElegibleResourceTypes":[],"BusinessId":34,"CoworkerId":12,` +
				`"ElegiblePasses":[],"ElegibleProducts":[],"ElegibleResourceTypes":[],"ElegibleTariffs":[],"EventCategories":[],` +
				`"Id":87654321,"RemovedElegibleResourceTypes":[],"TotalCredit":50.00}`,
		},
		{
			"flags that are off",
			func(u *nexudus.CoworkerBookingCreditUpdate) {
				off := nexudus.Value(false)
				u.CaneBeUsedForBookings, u.CaneBeUsedForEvents, u.IsUniversalCredit, u.UseCreditPrice, u.AppliesToCharges = off, off, off, off, off
			},
			`{"AppliesToCharges":false,"BusinessId":34,"CaneBeUsedForBookings":false,"CaneBeUsedForEvents":false,"CoworkerId":12,` +
				`"Id":87654321,"IsUniversalCredit":false,"TotalCredit":50.00,"UseCreditPrice":false}`,
		},
		{
			"empty texts",
			func(u *nexudus.CoworkerBookingCreditUpdate) {
				u.Description, u.CoworkerContractUniqueID = nexudus.Value(""), nexudus.Value("")
			},
			`{"BusinessId":34,"CoworkerContractUniqueId":"","CoworkerId":12,"Description":"","Id":87654321,"TotalCredit":50.00}`,
		},
		{
			"amounts of zero",
			func(u *nexudus.CoworkerBookingCreditUpdate) {
				u.TotalCredit, u.RemainingCredit = credit.NewDecimal(0), nexudus.Value(credit.MustParseDecimal("0.00"))
			},
			`{"BusinessId":34,"CoworkerId":12,"Id":87654321,"RemainingCredit":0.00,"TotalCredit":0}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			update := leastUpdate(test.change)
			client, server := connect(t, scripttest.OK(strings.Replace(updated, "87654321", fmt.Sprint(update.ID), 1)))
			if _, err := client.UpdateCoworkerBookingCredit(t.Context(), update); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, server.Only(t).Body); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// record is a credit with all that the pages show of one.
const record = `{"CoworkerId":12,"BusinessId":34,"BusinessName":"Loft","BusinessCurrencyCode":"GBP","Description":"Welcome",
	"TariffBookingCreditId":56,"TariffBookingCreditName":"Basic","ElegibleResourceTypes":[1,2],"ElegibleProducts":[],"ElegibleTariffs":[3],
	"RemainingCredit":12.50,"TotalCredit":50.00,"ValidFrom":"2025-01-15T10:30:00","ExpireDate":"2026-01-15T10:30:00Z",
	"CaneBeUsedForBookings":true,"CaneBeUsedForEvents":false,"EventCategories":[4],"IsUniversalCredit":true,"CoworkerProductUniqueId":"cp",
	"UseCreditPrice":false,"CoworkerContractUniqueId":"cc","ElegiblePasses":[5],"AppliesToCharges":false,"Id":87654321,"UniqueId":"uu",
	"CreatedOn":"2025-01-01T00:00:00Z","UpdatedOn":"2025-01-02T00:00:00Z","UpdatedBy":"admin@example.com","IsNew":false,"SystemId":"s",
	"ToStringText":"Welcome (12.50)","LocalizationDetails":null,"CustomFields":{"n":1.10},
	"AddedElegibleProducts":null,"RemovedElegibleProducts":[9],"SomethingNew":7}`

func TestGetReadsTheWholeRecord(t *testing.T) {
	client, server := connect(t, scripttest.OK(record))
	got, err := client.GetCoworkerBookingCredit(t.Context(), 87654321)
	if err != nil {
		t.Fatal(err)
	}
	want := nexudus.CoworkerBookingCredit{
		ID: 87654321, CoworkerID: 12, BusinessID: 34, BusinessName: "Loft", BusinessCurrencyCode: "GBP", Description: nexudus.Value("Welcome"),
		TariffBookingCreditID: 56, TariffBookingCreditName: "Basic",
		ElegibleResourceTypes: nexudus.Value([]int64{1, 2}), ElegibleProducts: nexudus.Value([]int64{}), ElegibleTariffs: nexudus.Value([]int64{3}),
		EventCategories: nexudus.Value([]int64{4}), ElegiblePasses: nexudus.Value([]int64{5}),
		RemainingCredit: nexudus.Value(credit.MustParseDecimal("12.50")), TotalCredit: credit.MustParseDecimal("50.00"),
		ValidFrom: nexudus.Value(localTime(t, "2025-01-15T10:30:00")), ExpireDate: nexudus.Value(localTime(t, "2026-01-15T10:30:00Z")),
		CaneBeUsedForBookings: nexudus.Value(true), CaneBeUsedForEvents: nexudus.Value(false), IsUniversalCredit: nexudus.Value(true),
		UseCreditPrice: nexudus.Value(false), AppliesToCharges: nexudus.Value(false),
		CoworkerProductUniqueID: "cp", CoworkerContractUniqueID: nexudus.Value("cc"), UniqueID: "uu", SystemID: "s",
		CreatedOn: localTime(t, "2025-01-01T00:00:00Z"), UpdatedOn: localTime(t, "2025-01-02T00:00:00Z"), UpdatedBy: "admin@example.com",
		ToStringText: "Welcome (12.50)", LocalizationDetails: json.RawMessage("null"), CustomFields: json.RawMessage(`{"n":1.10}`),
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Error(diff)
	}
	sent := server.Only(t)
	if sent.Method != "GET" || sent.Path != "/api/billing/coworkerbookingcredits/87654321" || sent.Body != "" {
		t.Errorf("sent %s %s with %q", sent.Method, sent.Path, sent.Body)
	}
	for name, want := range map[string]string{"Authorization": "Bearer " + token, "Accept": "application/json", "Content-Type": ""} {
		if got := sent.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
}

// A record goes back as it was read, without the commands that a read shows.
func TestReadChangeWrite(t *testing.T) {
	client, server := connect(t, scripttest.OK(record), scripttest.OK(updated))
	got, err := client.GetCoworkerBookingCredit(t.Context(), 87654321)
	if err != nil {
		t.Fatal(err)
	}
	update := got.Update()
	update.TotalCredit = credit.NewDecimal(60)
	if _, err := client.UpdateCoworkerBookingCredit(t.Context(), update); err != nil {
		t.Fatal(err)
	}
	want := `{"AppliesToCharges":false,"BusinessId":34,"CaneBeUsedForBookings":true,"CaneBeUsedForEvents":false,"CoworkerContractUniqueId":"cc","CoworkerId":12,` +
		`"Description":"Welcome","ElegiblePasses":[5],"ElegibleProducts":[],"ElegibleResourceTypes":[1,2],"ElegibleTariffs":[3],"EventCategories":[4],` +
		`"ExpireDate":"2026-01-15T10:30:00Z","Id":87654321,"IsUniversalCredit":true,"RemainingCredit":12.50,` +
		`"TotalCredit":60,"UseCreditPrice":false,"ValidFrom":"2025-01-15T10:30:00"}`
	if diff := cmp.Diff(want, server.Requests()[1].Body); diff != "" {
		t.Error(diff)
	}
}

// Which zone holds is not known, so no time is read as one.
func TestTimesGoBackAsTheyCame(t *testing.T) {
	for _, text := range []string{
		"2025-01-15T10:30:00Z", "2025-01-15T10:30:00", "2025-01-15T10:30:00.1234567", "2025-01-15T10:30:00.000+01:00", "2025-01-15",
		"2025-01-15T10:30", "15/01/2025 10:30", "0001-01-01T00:00:00",
	} {
		client, server := connect(t,
			scripttest.OK(`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"ValidFrom":"`+text+`","ExpireDate":"`+text+`"}`), scripttest.OK(updated))
		got, err := client.GetCoworkerBookingCredit(t.Context(), 87654321)
		if err != nil {
			t.Fatal(err)
		}
		update := leastUpdate(func(u *nexudus.CoworkerBookingCreditUpdate) {
			u.ValidFrom, u.ExpireDate = got.ValidFrom, got.ExpireDate
		})
		if _, err := client.UpdateCoworkerBookingCredit(t.Context(), update); err != nil {
			t.Fatal(err)
		}
		want := `{"BusinessId":34,"CoworkerId":12,"ExpireDate":"` + text + `","Id":87654321,"TotalCredit":50.00,"ValidFrom":"` + text + `"}`
		if diff := cmp.Diff(want, server.Requests()[1].Body); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNullsOfARecordGoBackAsNull(t *testing.T) {
	client, server := connect(t, scripttest.OK(`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,
		"Description":null,"ValidFrom":null,"ExpireDate":null,"CoworkerContractUniqueId":null,"ElegiblePasses":null,"UseCreditPrice":null,
		"TariffBookingCreditId":null,"RemainingCredit":null,"SystemId":null}`), scripttest.OK(updated))
	got, err := client.GetCoworkerBookingCredit(t.Context(), 87654321)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.UpdateCoworkerBookingCredit(t.Context(), got.Update()); err != nil {
		t.Fatal(err)
	}
	want := `{"BusinessId":34,"CoworkerContractUniqueId":null,"CoworkerId":12,"Description":null,"ElegiblePasses":null,"ExpireDate":null,` +
		`"Id":87654321,"RemainingCredit":null,"TotalCredit":50.00,"UseCreditPrice":null,"ValidFrom":null}`
	if diff := cmp.Diff(want, server.Requests()[1].Body); diff != "" {
		t.Error(diff)
	}
}

func TestPlainUpdateIsSentAgainAsItWas(t *testing.T) {
	client, server := connect(t, scripttest.Response{Lost: true}, scripttest.Status(503, ""), scripttest.OK(updated))
	var info credit.CallInfo
	if _, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil), credit.WithInfo(&info)); err != nil {
		t.Fatal(err)
	}
	for i, r := range server.Requests() {
		if r.Method != "PUT" || r.Body != least {
			t.Errorf("attempt %d sent %s with %s", i+1, r.Method, r.Body)
		}
	}
	if info.Attempts != 3 || info.StatusCode != 200 {
		t.Errorf("%+v, want 3 attempts and a 200", info)
	}
}

// Whether Nexudus would apply them twice is not known.
func TestCommandsAreNotRetriedAfterAnUnknownOutcome(t *testing.T) {
	one := []int64{1}
	for name, change := range map[string]func(*nexudus.CoworkerBookingCreditUpdate){
		"AddedElegiblePasses":          func(u *nexudus.CoworkerBookingCreditUpdate) { u.AddedElegiblePasses = one },
		"AddedElegibleProducts":        func(u *nexudus.CoworkerBookingCreditUpdate) { u.AddedElegibleProducts = one },
		"AddedElegibleResourceTypes":   func(u *nexudus.CoworkerBookingCreditUpdate) { u.AddedElegibleResourceTypes = one },
		"AddedElegibleTariffs":         func(u *nexudus.CoworkerBookingCreditUpdate) { u.AddedElegibleTariffs = one },
		"AddedEventCategories":         func(u *nexudus.CoworkerBookingCreditUpdate) { u.AddedEventCategories = one },
		"RemovedElegiblePasses":        func(u *nexudus.CoworkerBookingCreditUpdate) { u.RemovedElegiblePasses = one },
		"RemovedElegibleProducts":      func(u *nexudus.CoworkerBookingCreditUpdate) { u.RemovedElegibleProducts = one },
		"RemovedElegibleResourceTypes": func(u *nexudus.CoworkerBookingCreditUpdate) { u.RemovedElegibleResourceTypes = one },
		"RemovedElegibleTariffs":       func(u *nexudus.CoworkerBookingCreditUpdate) { u.RemovedElegibleTariffs = one },
		"RemovedEventCategories":       func(u *nexudus.CoworkerBookingCreditUpdate) { u.RemovedEventCategories = one },
	} {
		for cause, first := range map[string]scripttest.Response{"a lost connection": {Lost: true}, "a 503": scripttest.Status(503, "")} {
			client, server := connect(t, first)
			_, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(change))
			if credit.OutcomeOf(err) != credit.Unknown || len(server.Requests()) != 1 {
				t.Errorf("%s after %s: %v after %d requests, want unknown after 1", name, cause, err, len(server.Requests()))
			}
		}
		// A throttled one was not made, and may be sent again.
		client, server := connect(t, scripttest.Status(409, ""), scripttest.OK(updated))
		if _, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(change)); err != nil || len(server.Requests()) != 2 {
			t.Errorf("%s after a 409: %v after %d requests, want success after 2", name, err, len(server.Requests()))
		}
	}
}

func TestEmptyCommandsAreNone(t *testing.T) {
	client, server := connect(t, scripttest.Response{Lost: true}, scripttest.OK(updated))
	update := leastUpdate(func(u *nexudus.CoworkerBookingCreditUpdate) { u.AddedElegiblePasses = []int64{} })
	if _, err := client.UpdateCoworkerBookingCredit(t.Context(), update); err != nil || len(server.Requests()) != 2 {
		t.Errorf("%v after %d requests, want success after 2", err, len(server.Requests()))
	}
}

func TestNewRefuses(t *testing.T) {
	tokens := credit.StaticToken(token)
	for _, test := range []struct {
		name  string
		make  func() (*nexudus.Client, error)
		field string
	}{
		{"no tokens", func() (*nexudus.Client, error) { return nexudus.New(nil) }, "tokens"},
		{"plain http", func() (*nexudus.Client, error) { return nexudus.New(tokens, credit.WithBaseURL("http://example.com")) }, "WithBaseURL"},
		{"a nil option", func() (*nexudus.Client, error) { return nexudus.New(tokens, nil) }, "options"},
		{"an empty address", func() (*nexudus.Client, error) { return nexudus.New(tokens, credit.WithBaseURL("")) }, "WithBaseURL"},
	} {
		client, err := test.make()
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if client != nil || !ok || invalid.Vendor != "nexudus" || invalid.Field != test.field {
			t.Errorf("%s gives %v, %v; want an InvalidError of nexudus' %s", test.name, client, err, test.field)
		}
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	client, server := connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.UpdateCoworkerBookingCredit(ctx, leastUpdate(nil))
	if !errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent || len(server.Requests()) != 0 {
		t.Errorf("error %v after %d requests", err, len(server.Requests()))
	}
}

func TestClientShowsNoSecret(t *testing.T) {
	client, _ := connect(t)
	for _, v := range []any{client, *client, []any{client}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, token) {
				t.Errorf("%s shows %s", verb, text)
			}
		}
	}
}
