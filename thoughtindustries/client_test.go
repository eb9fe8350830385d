package thoughtindustries_test

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
	"github.com/creditkit/creditkit/internal/scripttest"
	ti "github.com/creditkit/creditkit/thoughtindustries"
)

const (
	apiKey  = "ti_test_0123"
	batchID = "00000000-0000-0000-0000-000000000000"

	// batch is the record in the page's example.
	batch = `{
		"id": "00000000-0000-0000-0000-000000000000",
		"name": "string",
		"expiresOn": "2024-01-01T00:00:00.000Z",
		"startingBalance": 0,
		"currentBalance": 0,
		"clientId": "00000000-0000-0000-0000-000000000000",
		"status": "active",
		"createdAt": "2024-01-01T00:00:00.000Z",
		"updatedAt": "2024-01-01T00:00:00.000Z",
		"creditAccountId": "00000000-0000-0000-0000-000000000000",
		"allocatedCredits": 0
	}`
	updated = `{"data": {"UpdateCreditBatch": ` + batch + `}}`
)

// connect returns a client of a scripted server that does not wait long
// between attempts.
func connect(t *testing.T, answers ...scripttest.Response) (*ti.Client, *scripttest.Server) {
	t.Helper()
	server := scripttest.NewServer(t, answers...)
	return newClient(t, server.URL), server
}

func newClient(t *testing.T, address string, opts ...credit.Option) *ti.Client {
	t.Helper()
	client, err := ti.New("acme", apiKey, append([]credit.Option{
		credit.WithBaseURL(address),
		credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// The page's own example, with a time where the page has the word string.
func TestUpdateCreditBatchSendsThePagesExample(t *testing.T) {
	client, server := connect(t, scripttest.OK(updated))
	_, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{
		Name:           new("string"),
		ExpiresOn:      time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		CurrentBalance: new(int64(0)),
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := server.Only(t)
	const (
		path = "/incoming/v2/clients/creditBatches/00000000-0000-0000-0000-000000000000"
		want = `{"currentBalance":0,"expiresOn":"2024-01-01T00:00:00Z","name":"string"}`
	)
	if sent.Method != "PUT" || sent.Path != path || sent.Body != want {
		t.Errorf("sent %s %s\n%s\nwant PUT %s\n%s", sent.Method, sent.Path, sent.Body, path, want)
	}
	for name, want := range map[string]string{
		"Authorization":   "Bearer ti_test_0123",
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

// What is left out, empty and zero are three things.
func TestUpdateCreditBatchOnTheWire(t *testing.T) {
	east := time.FixedZone("", 2*60*60)
	for _, test := range []struct {
		name string
		req  ti.UpdateCreditBatchRequest
		want string
	}{
		{"nothing", ti.UpdateCreditBatchRequest{}, `{}`},
		{"an empty name", ti.UpdateCreditBatchRequest{Name: new("")}, `{"name":""}`},
		{"a name", ti.UpdateCreditBatchRequest{Name: new(`Größe "L" <&>`)}, `{"name":"Größe \"L\" \u003c\u0026\u003e"}`},
		{"a balance of 0", ti.UpdateCreditBatchRequest{CurrentBalance: new(int64(0))}, `{"currentBalance":0}`},
		{"a great balance", ti.UpdateCreditBatchRequest{CurrentBalance: new(int64(9007199254740993))}, `{"currentBalance":9007199254740993}`},
		{"an expiry", ti.UpdateCreditBatchRequest{ExpiresOn: time.Date(2027, 1, 1, 1, 30, 0, 0, east)}, `{"expiresOn":"2026-12-31T23:30:00Z"}`},
		{"milliseconds", ti.UpdateCreditBatchRequest{ExpiresOn: time.Date(2027, 1, 1, 0, 0, 0, 999e6, time.UTC)}, `{"expiresOn":"2027-01-01T00:00:00.999Z"}`},
		{"name and expiry", ti.UpdateCreditBatchRequest{Name: new("n"), ExpiresOn: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}, `{"expiresOn":"2027-01-01T00:00:00Z","name":"n"}`},
		{"balance and name", ti.UpdateCreditBatchRequest{Name: new("n"), CurrentBalance: new(int64(5))}, `{"currentBalance":5,"name":"n"}`},
		{"a balance below 0", ti.UpdateCreditBatchRequest{CurrentBalance: new(int64(-1))}, `{"currentBalance":-1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(updated))
			if _, err := client.UpdateCreditBatch(t.Context(), batchID, test.req); err != nil {
				t.Fatal(err)
			}
			if got := server.Only(t).Body; got != test.want {
				t.Errorf("sent\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Every member of the page's example comes back out of the record.
func TestUpdateCreditBatchLosesNothingOfThePagesAnswer(t *testing.T) {
	for name, answer := range map[string]string{
		"in data.UpdateCreditBatch":             updated,
		"in data.UpdateCreditBatch, not alone":  `{"data":{"Other":{"id":"x"},"UpdateCreditBatch":` + batch + `}}`,
		"bare":                                  batch,
		"with an empty list of errors":          `{"errors":[],"data":{"UpdateCreditBatch":` + batch + `}}`,
		"with null for errors":                  `{"errors":null,"data":{"UpdateCreditBatch":` + batch + `}}`,
		"with undocumented members":             `{"meta":{},"data":{"UpdateCreditBatch":` + strings.Replace(batch, "{", `{"new":[1],`, 1) + `}}`,
		"bare, with white space in front of it": "\n " + batch,
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := connect(t, scripttest.OK(answer))
			got, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(object(t, []byte(batch)), object(t, encoded(t, got))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func object(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestUpdateCreditBatchReadsOddRecords(t *testing.T) {
	for _, test := range []struct {
		name   string
		id     string
		record string
		want   ti.CreditBatch
	}{
		{
			name:   "nulls",
			id:     "b",
			record: `{"id":"b","name":null,"expiresOn":null,"currentBalance":null,"creditAccountId":null,"status":null}`,
			want:   ti.CreditBatch{ID: "b"},
		},
		{
			name:   "an undocumented status",
			id:     "b",
			record: `{"id":"b","status":"expired"}`,
			want:   ti.CreditBatch{ID: "b", Status: "expired"},
		},
		{
			name:   "amounts keep their digits",
			id:     "b",
			record: `{"id":"b","currentBalance":9007199254740993,"startingBalance":1.50,"allocatedCredits":"7.0"}`,
			want: ti.CreditBatch{
				ID:               "b",
				CurrentBalance:   credit.MustParseDecimal("9007199254740993"),
				StartingBalance:  credit.MustParseDecimal("1.50"),
				AllocatedCredits: credit.MustParseDecimal("7.0"),
			},
		},
		{
			name:   "a UUID in the other case",
			id:     "ABCDEF00-0000-0000-0000-00000000000A",
			record: `{"id":"abcdef00-0000-0000-0000-00000000000a"}`,
			want:   ti.CreditBatch{ID: "abcdef00-0000-0000-0000-00000000000a"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, scripttest.OK(`{"data":{"UpdateCreditBatch":`+test.record+`}}`))
			got, err := client.UpdateCreditBatch(t.Context(), test.id, ti.UpdateCreditBatchRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if *got != test.want { // by ==, so that 1.50 is not 1.5
				t.Errorf("got %+v, want %+v", *got, test.want)
			}
		})
	}
}

func TestUpdateCreditBatchTakesA204(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Status: 204})
	got, err := client.UpdateCreditBatch(t.Context(), "b", ti.UpdateCreditBatchRequest{Name: new("n")})
	if err != nil {
		t.Fatal(err)
	}
	if want := (ti.CreditBatch{ID: "b"}); *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
}

func TestIDsAreOneSegmentOfThePath(t *testing.T) {
	for id, want := range map[string]string{
		"a#b":           "a%23b",
		"a?x=1":         "a%3Fx=1",
		"../licenses/1": "..%2Flicenses%2F1",
		"a%":            "a%25",
		"{id}":          "%7Bid%7D",
	} {
		client, server := connect(t, scripttest.Response{Status: 204})
		if _, err := client.UpdateCreditBatch(t.Context(), id, ti.UpdateCreditBatchRequest{}); err != nil {
			t.Fatal(err)
		}
		if got := server.Only(t).Path; got != "/incoming/v2/clients/creditBatches/"+want {
			t.Errorf("id %q went to %s, want %s at its end", id, got, want)
		}
	}
}

func TestUpdateCreditBatchRefusesBeforeSending(t *testing.T) {
	for _, test := range []struct {
		name  string
		id    string
		req   ti.UpdateCreditBatchRequest
		opts  []credit.CallOption
		field string
	}{
		{name: "no id", id: "", field: "id"},
		{name: "two dots as an id", id: "..", field: "id"},
		{name: "a control character in the id", id: "a\n", field: "id"},
		{name: "a name that is not UTF-8", id: "b", req: ti.UpdateCreditBatchRequest{Name: new("a\xff")}, field: "name"},
		{name: "an expiry in the year 10000", id: "b", req: ti.UpdateCreditBatchRequest{ExpiresOn: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, field: "expiresOn"},
		{name: "an idempotency key", id: "b", opts: []credit.CallOption{credit.WithIdempotencyKey("k")}, field: "WithIdempotencyKey"},
		{name: "a dry run", id: "b", opts: []credit.CallOption{credit.WithDryRun()}, field: "options"},
		{name: "a verification", id: "b", opts: []credit.CallOption{credit.WithVerify()}, field: "options"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			got, err := client.UpdateCreditBatch(t.Context(), test.id, test.req, test.opts...)
			invalid, ok := errors.AsType[*credit.InvalidError](err)
			if !ok || got != nil || invalid.Field != test.field || invalid.Vendor != "thoughtindustries" {
				t.Errorf("got %v, %v; want an InvalidError about %s", got, err, test.field)
			}
			if n := len(server.Requests()); n != 0 || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("%d requests, outcome %v; want none, not sent", n, credit.OutcomeOf(err))
			}
		})
	}
}

// doubts are the ends of an attempt that leave its outcome unknown.
var doubts = map[string]scripttest.Response{
	"a lost connection": {Lost: true},
	"a 408":             scripttest.Status(408, ""),
	"a 500":             scripttest.Status(500, ""),
	"a 502":             scripttest.Status(502, ""),
	"a 503":             scripttest.Status(503, ""),
	"a 504":             scripttest.Status(504, ""),
}

func TestAnUpdateWithoutABalanceIsSentAgain(t *testing.T) {
	req := ti.UpdateCreditBatchRequest{Name: new("n"), ExpiresOn: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	for name, doubt := range doubts {
		client, server := connect(t, doubt, scripttest.OK(updated))
		if _, err := client.UpdateCreditBatch(t.Context(), batchID, req); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sent := server.Requests(); len(sent) != 2 || sent[0].Body != sent[1].Body {
			t.Errorf("%s: sent %+v, want the same twice", name, sent)
		}
	}
}

func TestABalanceIsNotSetTwice(t *testing.T) {
	for name, doubt := range doubts {
		for _, balance := range []int64{0, 5} {
			client, server := connect(t, doubt)
			got, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{CurrentBalance: &balance})
			if got != nil || credit.OutcomeOf(err) != credit.Unknown || !errors.Is(err, credit.ErrUnavailable) || len(server.Requests()) != 1 {
				t.Errorf("%s, balance %d: %v, %v after %d requests; want one request, unavailable, unknown",
					name, balance, got, err, len(server.Requests()))
			}
		}
	}
}

func TestABalanceThatWasNotSetIsSentAgain(t *testing.T) {
	req := ti.UpdateCreditBatchRequest{CurrentBalance: new(int64(5))}
	t.Run("after a 429", func(t *testing.T) {
		client, server := connect(t, scripttest.Status(429, ""), scripttest.OK(updated))
		if _, err := client.UpdateCreditBatch(t.Context(), batchID, req); err != nil || len(server.Requests()) != 2 {
			t.Errorf("%v after %d requests, want success after 2", err, len(server.Requests()))
		}
	})
	t.Run("after a failed dial", func(t *testing.T) {
		server := scripttest.NewServer(t, scripttest.OK(updated))
		dials := 0
		client := newClient(t, server.URL, credit.WithTransport(roundTrip(func(req *http.Request) (*http.Response, error) {
			if dials++; dials == 1 { // as net/http reports it: a connection requested and never received
				httptrace.ContextClientTrace(req.Context()).GetConn(req.URL.Host)
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			}
			return http.DefaultTransport.RoundTrip(req)
		})))
		if _, err := client.UpdateCreditBatch(t.Context(), batchID, req); err != nil || dials != 2 || server.Only(t).Body != `{"currentBalance":5}` {
			t.Errorf("%v after %d dials, want success after 2", err, dials)
		}
	})
}

// A transport that does not report its connections may have sent the request
// before it failed, whatever its error looks like.
func TestABalanceIsNotSetTwiceAfterADialErrorWithoutATrace(t *testing.T) {
	requests := 0
	client := newClient(t, "https://acme.thoughtindustries.com", credit.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		requests++
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	})))
	_, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{CurrentBalance: new(int64(5))})
	if credit.OutcomeOf(err) != credit.Unknown || !errors.Is(err, credit.ErrUnavailable) || requests != 1 {
		t.Errorf("%v after %d requests, want unknown after one", err, requests)
	}
}

// A balance is set once, whatever the 200 says or does not say; without one the
// same update twice is the same as once, and only an answer that broke off is
// worth a repeat.
func TestAnUnreadable200IsSentAgainOnlyWhereItBrokeOff(t *testing.T) {
	cut := scripttest.Response{Cut: true, Body: updated}
	for _, test := range []struct {
		name     string
		answer   scripttest.Response
		req      ti.UpdateCreditBatchRequest
		requests int
	}{
		{"a balance, broken off", cut, ti.UpdateCreditBatchRequest{CurrentBalance: new(int64(5))}, 1},
		{"a name, broken off", cut, ti.UpdateCreditBatchRequest{Name: new("n")}, 2},
		{"a name, complete and unreadable", scripttest.OK(`{}`), ti.UpdateCreditBatchRequest{Name: new("n")}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, []scripttest.Response{test.answer, scripttest.OK(updated)}[:test.requests]...)
			_, err := client.UpdateCreditBatch(t.Context(), batchID, test.req)
			want := credit.Unknown
			if test.requests == 2 {
				want = 0
			}
			if credit.OutcomeOf(err) != want || len(server.Requests()) != test.requests {
				t.Errorf("%v after %d requests, want %v after %d", err, len(server.Requests()), want, test.requests)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

// After an attempt with an unknown outcome, a later refusal does not make it known.
func TestARefusalAfterALostConnectionStaysUnknown(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Lost: true}, scripttest.Status(404, ""))
	_, err := client.UpdateCreditBatch(t.Context(), batchID, ti.UpdateCreditBatchRequest{Name: new("n")})
	if !errors.Is(err, credit.ErrNotFound) || credit.OutcomeOf(err) != credit.Unknown {
		t.Errorf("got %v, want not found and unknown", err)
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	client, server := connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.UpdateCreditBatch(ctx, batchID, ti.UpdateCreditBatchRequest{})
	if !errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent || len(server.Requests()) != 0 {
		t.Errorf("error %v after %d requests", err, len(server.Requests()))
	}
}

// New takes a name, or a host with a dot in it as it is.
func TestNewFindsTheHost(t *testing.T) {
	for instance, want := range map[string]string{
		"acme":                       "https://acme.thoughtindustries.com",
		"Acme-2":                     "https://acme-2.thoughtindustries.com",
		"acme.thoughtindustries.com": "https://acme.thoughtindustries.com",
		"api.thoughtindustries.com":  "https://api.thoughtindustries.com",
		"academy.acme.com":           "https://academy.acme.com",
	} {
		var got string
		client, err := ti.New(instance, apiKey, credit.WithTransport(roundTrip(func(req *http.Request) (*http.Response, error) {
			got = req.URL.String()
			return &http.Response{StatusCode: 204}, nil
		})))
		if err != nil {
			t.Errorf("%s: %v", instance, err)
			continue
		}
		if _, err := client.UpdateCreditBatch(t.Context(), "b", ti.UpdateCreditBatchRequest{}); err != nil {
			t.Errorf("%s: %v", instance, err)
		}
		if want += "/incoming/v2/clients/creditBatches/b"; got != want {
			t.Errorf("%s: sent to %s, want %s", instance, got, want)
		}
	}
}

func TestABaseURLsPathStaysInFront(t *testing.T) {
	server := scripttest.NewServer(t, scripttest.Response{Status: 204})
	client := newClient(t, server.URL+"/proxy/")
	if _, err := client.UpdateCreditBatch(t.Context(), "b", ti.UpdateCreditBatchRequest{}); err != nil {
		t.Fatal(err)
	}
	if got, want := server.Only(t).Path, "/proxy/incoming/v2/clients/creditBatches/b"; got != want {
		t.Errorf("sent to %s, want %s", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, instance := range []string{
		"", " ", "acme ", "https://acme.thoughtindustries.com", "acme.com/", "acme.com:443", "acme/../other", "user@acme.com",
		"acme?x", "acme#", "-acme", "acme-", "acme..com", ".acme", "acme.", "ac me", "ac\nme", "acme\n", "größe", "ac_me",
	} {
		checkRefused(t, "the instance "+fmt.Sprintf("%q", instance), "instance")(ti.New(instance, apiKey))
	}
	for name, key := range map[string]string{"an empty key": "", "a broken key": "a\nb", "a key with a space": "a b"} {
		checkRefused(t, name, "apiKey")(ti.New("acme", key))
	}
	checkRefused(t, "plain http", "WithBaseURL")(ti.New("acme", apiKey, credit.WithBaseURL("http://example.com")))
	checkRefused(t, "an empty address", "WithBaseURL")(ti.New("acme", apiKey, credit.WithBaseURL("")))
	checkRefused(t, "a nil option", "options")(ti.New("acme", apiKey, nil))
}

func checkRefused(t *testing.T, name, field string) func(*ti.Client, error) {
	return func(client *ti.Client, err error) {
		t.Helper()
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if client != nil || !ok || invalid.Vendor != "thoughtindustries" || invalid.Field != field {
			t.Errorf("%s gives %v, %v; want an InvalidError of thoughtindustries about %s", name, client, err, field)
		}
	}
}

func TestNoPrintOfAClientShowsTheKey(t *testing.T) {
	client, err := ti.New("acme", "planted-0123")
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
