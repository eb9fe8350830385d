package flexprice_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/internal/scripttest"
)

const (
	apiKey  = "sk_0123456789"
	grantID = "cg_01JZX4QN5Y8M2T7R0V6W3B9KDE"

	// grant has every member that the page lists, and addon_id, as the server
	// writes them.
	grant = `{
		"addon_id": "addon_1",
		"cadence": "RECURRING",
		"conversion_rate": "0.5",
		"created_at": "2026-01-02T03:04:05.123456Z",
		"created_by": "user_1",
		"credit_grant_anchor": "2026-01-01T00:00:00Z",
		"credits": "100.5",
		"end_date": "2027-01-01T00:00:00Z",
		"environment_id": "env_1",
		"expiration_duration": 3,
		"expiration_duration_unit": "MONTH",
		"expiration_type": "DURATION",
		"id": "cg_01JZX4QN5Y8M2T7R0V6W3B9KDE",
		"metadata": {"tier": "gold"},
		"name": "Trial",
		"period": "MONTHLY",
		"period_count": 1,
		"plan_id": "plan_1",
		"priority": 2,
		"scope": "SUBSCRIPTION",
		"start_date": "2026-01-01T00:00:00Z",
		"status": "published",
		"subscription_id": "subs_1",
		"tenant_id": "tenant_1",
		"topup_conversion_rate": "2",
		"updated_at": "2026-01-02T03:04:05.123456Z",
		"updated_by": "user_2"
	}`
)

// connect returns a client of a scripted server that does not wait long
// between attempts. The server's address ends in /v1, as the regions' do.
func connect(t *testing.T, answers ...scripttest.Response) (*flexprice.Client, *scripttest.Server) {
	t.Helper()
	server := scripttest.NewServer(t, answers...)
	return newClient(t, server.URL+"/v1"), server
}

func newClient(t *testing.T, address string, opts ...credit.Option) *flexprice.Client {
	t.Helper()
	client, err := flexprice.New(apiKey, append([]credit.Option{
		credit.WithBaseURL(address),
		credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestUpdateCreditGrantSendsWhatThePageAsksFor(t *testing.T) {
	client, server := connect(t, scripttest.OK(grant))
	_, err := client.UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{
		Name:     new("Trial"),
		Metadata: map[string]string{"tier": "gold"},
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := server.Only(t)
	const (
		path = "/v1/creditgrants/cg_01JZX4QN5Y8M2T7R0V6W3B9KDE"
		want = `{"metadata":{"tier":"gold"},"name":"Trial"}`
	)
	if sent.Method != "PUT" || sent.Path != path || sent.Body != want {
		t.Errorf("sent %s %s\n%s\nwant PUT %s\n%s", sent.Method, sent.Path, sent.Body, path, want)
	}
	for name, want := range map[string]string{
		"X-Api-Key":       "sk_0123456789",
		"Authorization":   "",
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

// What is left out and what is empty are two things.
func TestUpdateCreditGrantOnTheWire(t *testing.T) {
	date := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name string
		req  flexprice.UpdateCreditGrantRequest
		want string
	}{
		{"nothing", flexprice.UpdateCreditGrantRequest{}, `{}`},
		{"a name", flexprice.UpdateCreditGrantRequest{Name: new("Größe")}, `{"name":"Größe"}`},
		{"a blank name", flexprice.UpdateCreditGrantRequest{Name: new(" ")}, `{"name":" "}`},
		{"metadata", flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{"b": "", "a": "1"}}, `{"metadata":{"a":"1","b":""}}`},
		{"empty metadata", flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{}}, `{"metadata":{}}`},
		{"an end date", flexprice.UpdateCreditGrantRequest{EndDate: date}, `{"end_date":"2027-01-01T00:00:00Z"}`},
		{"microseconds", flexprice.UpdateCreditGrantRequest{EndDate: date.Add(123456 * time.Microsecond)}, `{"end_date":"2027-01-01T00:00:00.123456Z"}`},
		{"a zone", flexprice.UpdateCreditGrantRequest{EndDate: date.In(time.FixedZone("", 19800))}, `{"end_date":"2027-01-01T05:30:00+05:30"}`},
		{"name and metadata", flexprice.UpdateCreditGrantRequest{Name: new("n"), Metadata: map[string]string{}}, `{"metadata":{},"name":"n"}`},
		{"name and date", flexprice.UpdateCreditGrantRequest{Name: new("n"), EndDate: date}, `{"end_date":"2027-01-01T00:00:00Z","name":"n"}`},
		{"metadata and date", flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{"a": "b"}, EndDate: date}, `{"end_date":"2027-01-01T00:00:00Z","metadata":{"a":"b"}}`},
		{"all three", flexprice.UpdateCreditGrantRequest{Name: new("n"), Metadata: map[string]string{"a": "b"}, EndDate: date}, `{"end_date":"2027-01-01T00:00:00Z","metadata":{"a":"b"},"name":"n"}`},
		{"255 two-byte runes", flexprice.UpdateCreditGrantRequest{Name: new(strings.Repeat("ä", 255))}, `{"name":"` + strings.Repeat("ä", 255) + `"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(grant))
			if _, err := client.UpdateCreditGrant(t.Context(), grantID, test.req); err != nil {
				t.Fatal(err)
			}
			if got := server.Only(t).Body; got != test.want {
				t.Errorf("sent\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestGetCreditGrantSendsNoBody(t *testing.T) {
	client, server := connect(t, scripttest.OK(grant))
	if _, err := client.GetCreditGrant(t.Context(), grantID); err != nil {
		t.Fatal(err)
	}
	sent := server.Only(t)
	if want := "/v1/creditgrants/" + grantID; sent.Method != "GET" || sent.Path != want || sent.Body != "" || sent.Header.Get("Content-Type") != "" {
		t.Errorf("sent %s %s %q, want GET %s without a body", sent.Method, sent.Path, sent.Body, want)
	}
	if got := sent.Header.Get("X-Api-Key"); got != apiKey {
		t.Errorf("the key sent is %q", got)
	}
}

// calls are the two calls, which answer alike.
var calls = map[string]func(context.Context, *flexprice.Client, string) (*flexprice.CreditGrant, error){
	"UpdateCreditGrant": func(ctx context.Context, c *flexprice.Client, id string) (*flexprice.CreditGrant, error) {
		return c.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: new("n")})
	},
	"GetCreditGrant": func(ctx context.Context, c *flexprice.Client, id string) (*flexprice.CreditGrant, error) {
		return c.GetCreditGrant(ctx, id)
	},
}

// Every member of the page comes back out of the record.
func TestAnswersLoseNothing(t *testing.T) {
	for name, call := range calls {
		client, _ := connect(t, scripttest.OK(grant))
		got, err := call(t.Context(), client, grantID)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(object(t, grant), object(t, string(data))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func TestAnswersAreReadGenerously(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer string
		want   flexprice.CreditGrant
	}{
		{"no more than an id", `{"id":"cg"}`, flexprice.CreditGrant{ID: "cg"}},
		{
			"nulls",
			`{"id":"cg","name":null,"credits":null,"end_date":null,"metadata":null,"priority":null,"scope":null}`,
			flexprice.CreditGrant{ID: "cg"},
		},
		{
			"decimals keep their digits",
			`{"id":"cg","credits":"100.50","conversion_rate":"1.00000","topup_conversion_rate":"12345678901234567890.00000001"}`,
			flexprice.CreditGrant{
				ID:                  "cg",
				Credits:             credit.Quoted(credit.MustParseDecimal("100.50")),
				ConversionRate:      credit.Quoted(credit.MustParseDecimal("1.00000")),
				TopupConversionRate: credit.Quoted(credit.MustParseDecimal("12345678901234567890.00000001")),
			},
		},
		{
			"a decimal without quotes",
			`{"id":"cg","credits":100.50}`,
			flexprice.CreditGrant{ID: "cg", Credits: credit.Quoted(credit.MustParseDecimal("100.50"))},
		},
		{
			"the scope that the page lacks",
			`{"id":"cg","scope":"ADDON","addon_id":"addon_1"}`,
			flexprice.CreditGrant{ID: "cg", Scope: flexprice.CreditGrantScopeAddon, AddonID: "addon_1"},
		},
		{
			"values that no page lists",
			`{"id":"cg","scope":"WALLET","cadence":"TWICE","period":"HOURLY","expiration_type":"LATER","expiration_duration_unit":"HOUR","status":"paused"}`,
			flexprice.CreditGrant{
				ID: "cg", Scope: "WALLET", Cadence: "TWICE", Period: "HOURLY",
				ExpirationType: "LATER", ExpirationDurationUnit: "HOUR", Status: "paused",
			},
		},
		{
			"members that no page lists",
			`{"id":"cg","plan":{"id":"p"},"versions":[1,2],"x":null}`,
			flexprice.CreditGrant{ID: "cg"},
		},
		{
			"an archived grant",
			`{"id":"cg","status":"archived"}`,
			flexprice.CreditGrant{ID: "cg", Status: flexprice.StatusArchived},
		},
	} {
		for op, call := range calls {
			t.Run(test.name+" of "+op, func(t *testing.T) {
				client, _ := connect(t, scripttest.OK(test.answer))
				got, err := call(t.Context(), client, "cg")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, *got, sameDigits); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// sameDigits distinguishes 1.50 from 1.5; Equal does not.
var sameDigits = cmp.Comparer(func(a, b credit.QuotedDecimal) bool { return a == b })

func TestIDsAreOneSegmentOfThePath(t *testing.T) {
	for id, want := range map[string]string{
		"a#b":         "a%23b",
		"a?x=1":       "a%3Fx=1",
		"../plans/p1": "..%2Fplans%2Fp1",
		"a%":          "a%25",
		"a%2Fb":       "a%252Fb",
		"a b":         "a%20b",
		"{id}":        "%7Bid%7D",
		"ä":           "%C3%A4",
	} {
		for op, call := range calls {
			answer, err := json.Marshal(map[string]string{"id": id})
			if err != nil {
				t.Fatal(err)
			}
			client, server := connect(t, scripttest.OK(string(answer)))
			if _, err := call(t.Context(), client, id); err != nil {
				t.Errorf("%s of %q: %v", op, id, err)
			}
			if got := server.Only(t).Path; got != "/v1/creditgrants/"+want {
				t.Errorf("%s of %q went to %s, want %s at its end", op, id, got, want)
			}
		}
	}
}

func TestClientsTalkToTheirRegion(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []credit.Option
		want string
	}{
		{"by default", nil, "https://us.api.flexprice.io/v1/creditgrants/cg"},
		{"the US", []credit.Option{credit.WithBaseURL(flexprice.RegionUS)}, "https://us.api.flexprice.io/v1/creditgrants/cg"},
		{"India", []credit.Option{credit.WithBaseURL(flexprice.RegionIndia)}, "https://api.cloud.flexprice.io/v1/creditgrants/cg"},
		{"a host of its own", []credit.Option{credit.WithBaseURL("https://bill.acme.example/v1/")}, "https://bill.acme.example/v1/creditgrants/cg"},
		{"one without /v1", []credit.Option{credit.WithBaseURL("https://bill.acme.example")}, "https://bill.acme.example/creditgrants/cg"},
	} {
		var got string
		client, err := flexprice.New(apiKey, append(test.opts, credit.WithTransport(roundTrip(func(req *http.Request) (*http.Response, error) {
			got = req.URL.String()
			return &http.Response{StatusCode: 404}, nil
		})))...)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if _, err := client.GetCreditGrant(t.Context(), "cg"); !errors.Is(err, credit.ErrNotFound) || got != test.want {
			t.Errorf("%s: %v from %s, want not found from %s", test.name, err, got, test.want)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

func TestAmbiguousResponsesAreRetried(t *testing.T) {
	for name, first := range map[string]scripttest.Response{
		"a lost connection": {Lost: true},
		"a 408":             scripttest.Status(408, ""),
		"a 429":             scripttest.Status(429, `{"code":"too_many_requests","message":"slow down","http_status_code":429}`),
		"a 502":             scripttest.Status(502, ""),
		"a 503":             scripttest.Status(503, `{"code":"service_unavailable","message":"restarting","http_status_code":503}`),
		"a 504":             scripttest.Status(504, ""),
	} {
		for op, call := range calls {
			client, server := connect(t, first, scripttest.OK(grant))
			if _, err := call(t.Context(), client, grantID); err != nil {
				t.Errorf("%s after %s: %v", op, name, err)
				continue
			}
			if sent := server.Requests(); len(sent) != 2 || sent[0].Body != sent[1].Body {
				t.Errorf("%s after %s: sent %+v, want the same twice", op, name, sent)
			}
		}
	}
}

func TestAFailedDialIsSentAgain(t *testing.T) {
	server := scripttest.NewServer(t, scripttest.OK(grant))
	dials := 0
	client := newClient(t, server.URL, credit.WithTransport(roundTrip(func(req *http.Request) (*http.Response, error) {
		if dials++; dials == 1 { // as net/http reports it: a connection requested and never received
			httptrace.ContextClientTrace(req.Context()).GetConn(req.URL.Host)
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}
		return http.DefaultTransport.RoundTrip(req)
	})))
	if _, err := client.UpdateCreditGrant(t.Context(), grantID, flexprice.UpdateCreditGrantRequest{}); err != nil || dials != 2 {
		t.Errorf("%v after %d dials, want success after 2", err, dials)
	}
}

// Go's HTTP client would take the key along to the other host.
func TestTheKeyFollowsNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for op, call := range calls {
			elsewhere := scripttest.NewServer(t) // fails the test when it gets a request
			client, server := connect(t, scripttest.Response{
				Status: status, Header: http.Header{"Location": {elsewhere.URL + "/v1/creditgrants/" + grantID}},
			})
			got, err := call(t.Context(), client, grantID)
			if got != nil || !errors.Is(err, credit.ErrMalformed) || len(server.Requests()) != 1 {
				t.Errorf("%s after a %d: %v, %v after %d requests; want a malformed answer after one", op, status, got, err, len(server.Requests()))
			}
			if n := len(elsewhere.Requests()); n != 0 {
				t.Errorf("%s after a %d: the other host got %d requests", op, status, n)
			}
		}
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	for op, call := range calls {
		client, server := connect(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := call(ctx, client, grantID)
		if !errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent || len(server.Requests()) != 0 {
			t.Errorf("%s: error %v after %d requests", op, err, len(server.Requests()))
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, make := range map[string]func() (*flexprice.Client, error){
		"an empty key":     func() (*flexprice.Client, error) { return flexprice.New("") },
		"a broken key":     func() (*flexprice.Client, error) { return flexprice.New("a\nb") },
		"a key with space": func() (*flexprice.Client, error) { return flexprice.New("a b") },
		"plain http": func() (*flexprice.Client, error) {
			return flexprice.New("t", credit.WithBaseURL("http://example.com/v1"))
		},
		"a nil option":     func() (*flexprice.Client, error) { return flexprice.New("t", nil) },
		"an empty address": func() (*flexprice.Client, error) { return flexprice.New("t", credit.WithBaseURL("")) },
	} {
		client, err := make()
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if client != nil || !ok || invalid.Vendor != "flexprice" {
			t.Errorf("%s gives %v, %v; want an InvalidError of flexprice", name, client, err)
		}
	}
}

func TestNoPrintOfAClientShowsTheKey(t *testing.T) {
	client, err := flexprice.New("planted-0123")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{client, *client} {
			if text := fmt.Sprintf(format, v); strings.Contains(text, "planted") {
				t.Errorf("%s shows the key: %s", format, text)
			}
		}
	}
}
