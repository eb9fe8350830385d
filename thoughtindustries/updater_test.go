package thoughtindustries_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	ti "github.com/creditkit/creditkit/thoughtindustries"
)

const (
	updateRequest = `PUT /incoming/v2/clients/creditBatches/b `
	listRequest   = `GET /incoming/v2/clients/u/creditBatches?clientId=u `
)

var ref = credit.Ref{ID: "b"}

// held is batch b as the vendor has it. members follow the others, and so win.
func held(members string) string {
	return `{"id":"b","startingBalance":500,"expiresOn":"2027-01-01T00:00:00.000Z","new":1.10` + members + `}`
}

// shows answers an update with the batch.
func shows(members string) scripttest.Response {
	return scripttest.OK(`{"data":{"UpdateCreditBatch":` + held(members) + `}}`)
}

// lists answers with the last page of a list.
func lists(batches ...string) scripttest.Response {
	return scripttest.OK(`{"creditBatches":[` + strings.Join(batches, ",") + `],"pageInfo":{"hasMore":false}}`)
}

// wire is what arrived, each request as one line.
func wire(server *scripttest.Server) []string {
	var lines []string
	for _, r := range server.Requests() {
		lines = append(lines, r.Method+" "+r.Path+" "+r.Body)
	}
	return lines
}

// fieldPatches set or clear one field each.
func fieldPatches() map[string]credit.Patch {
	at := time.Date(2028, 1, 1, 5, 0, 0, 500e6, time.FixedZone("", 3600))
	return map[string]credit.Patch{
		"set name":         {Name: credit.Set("Gold")},
		"clear name":       {Name: credit.Clear[string]()},
		"set note":         {Note: credit.Set("n")},
		"clear note":       {Note: credit.Clear[string]()},
		"set total":        {Total: credit.Set(credit.NewDecimal(1))},
		"clear total":      {Total: credit.Clear[credit.Decimal]()},
		"set balance":      {Balance: credit.Set(credit.NewDecimal(0))},
		"clear balance":    {Balance: credit.Clear[credit.Decimal]()},
		"set starts_at":    {StartsAt: credit.Set(at)},
		"clear starts_at":  {StartsAt: credit.Clear[time.Time]()},
		"set expires_at":   {ExpiresAt: credit.Set(at)},
		"clear expires_at": {ExpiresAt: credit.Clear[time.Time]()},
		"set priority":     {Priority: credit.Set(credit.NewDecimal(1))},
		"clear priority":   {Priority: credit.Clear[credit.Decimal]()},
		"set metadata":     {Metadata: credit.Set(map[string]string{"a": "b"})},
		"clear metadata":   {Metadata: credit.Clear[map[string]string]()},
	}
}

// Every other patch is refused, and nothing is sent.
func TestUpdateOfEachFieldOnTheWire(t *testing.T) {
	want := map[string]struct{ body, shown string }{
		"set name":       {`{"name":"Gold"}`, `,"name":"Gold"`},
		"set balance":    {`{"currentBalance":0}`, `,"currentBalance":0.0`},
		"set expires_at": {`{"expiresOn":"2028-01-01T04:00:00.5Z"}`, `,"expiresOn":"2028-01-01T04:00:00.500Z"`},
	}
	patches := fieldPatches()
	if len(patches) != 2*len(credit.Fields()) {
		t.Errorf("%d patches for %d fields", len(patches), len(credit.Fields()))
	}
	for name, patch := range patches {
		t.Run(name, func(t *testing.T) {
			want, supported := want[name]
			client, server := connect(t, shows(want.shown))
			result, err := client.Updater().Update(t.Context(), ref, patch)
			if !supported {
				checkUnsupported(t, err, name)
				if n := len(server.Requests()); n != 0 {
					t.Errorf("%d requests", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{updateRequest + want.body}, wire(server)); diff != "" {
				t.Error(diff)
			}
			if result.Before != nil || result.After == nil || result.NotReturned != nil {
				t.Errorf("before %v, after %v, not returned %v; want what the answer shows", result.Before, result.After, result.NotReturned)
			}
		})
	}
}

func checkUnsupported(t *testing.T, err error, want string) {
	t.Helper()
	refused, ok := errors.AsType[*credit.UnsupportedError](err)
	if !ok || !errors.Is(err, errors.ErrUnsupported) || credit.OutcomeOf(err) != credit.NotSent {
		t.Fatalf("got %v, want an UnsupportedError", err)
	}
	got := fmt.Sprint("set ", refused.Set, " clear ", refused.Clear)
	op, field, _ := strings.Cut(want, " ")
	sets, clears := "["+field+"]", "[]"
	if op == "clear" {
		sets, clears = clears, sets
	}
	if got != "set "+sets+" clear "+clears {
		t.Errorf("refused: %s; want %s", got, want)
	}
}

// records compares records: an Opt by its value.
var records = cmp.Options{optOf[string](), optOf[credit.Decimal](), optOf[time.Time](), optOf[map[string]string]()}

func optOf[T any]() cmp.Option {
	return cmp.Comparer(func(a, b credit.Opt[T]) bool {
		v, set := a.Get()
		w, wanted := b.Get()
		return set == wanted && a.IsClear() == b.IsClear() && cmp.Equal(v, w)
	})
}

// 12.0 is a whole number, and the vendor is sent an integer.
func TestUpdateOfAllFieldsIsOneRequest(t *testing.T) {
	answer := shows(`,"name":"Gold","currentBalance":12`)
	answer.Header = http.Header{"X-Request-Id": {"r-1"}}
	client, server := connect(t, answer)
	var info credit.CallInfo
	result, err := client.Updater().Update(t.Context(), credit.Ref{ID: "b", Owner: "u"}, credit.Patch{
		Name:      credit.Set("Gold"),
		Balance:   credit.Set(credit.MustParseDecimal("12.0")),
		ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)),
	}, credit.WithInfo(&info))
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"currentBalance":12,"expiresOn":"2027-01-01T00:00:00Z","name":"Gold"}`
	if diff := cmp.Diff([]string{updateRequest + body}, wire(server)); diff != "" {
		t.Error(diff)
	}
	want := &credit.Result{
		Vendor: "thoughtindustries", ID: "b", Attempts: 1, RequestID: "r-1",
		After: &credit.Record{
			ID: "b", Owner: "u",
			Values: credit.Values{
				Name:      credit.Set("Gold"),
				Total:     credit.Set(credit.NewDecimal(500)),
				Balance:   credit.Set(credit.NewDecimal(12)),
				ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)),
			},
			Raw: []byte(held(`,"name":"Gold","currentBalance":12`)), // without the envelope
		},
		Request: &credit.Request{Method: "PUT", Path: "/incoming/v2/clients/creditBatches/b", Body: []byte(body)},
		Raw:     []byte(answer.Body),
	}
	if diff := cmp.Diff(want, result, records, cmpopts.IgnoreUnexported(credit.Result{})); diff != "" {
		t.Error(diff)
	}
	if want := (credit.CallInfo{Attempts: 1, StatusCode: 200, RequestID: "r-1"}); info != want {
		t.Errorf("info %+v, want %+v", info, want)
	}
}

// Only an owner's list shows what was there before.
func TestUpdateShowsADryRun(t *testing.T) {
	patch := credit.Patch{Name: credit.Set("Gold"), Balance: credit.Set(credit.NewDecimal(7))}
	request := &credit.Request{Method: "PUT", Path: "/incoming/v2/clients/creditBatches/b", Body: []byte(`{"currentBalance":7,"name":"Gold"}`)}
	for _, test := range []struct {
		name    string
		owner   string
		answers []scripttest.Response
		sent    []string
		before  []string
	}{
		{"without an owner", "", nil, nil, []string{"unknown", "unknown"}},
		{"with an owner", "u", []scripttest.Response{lists(`{"id":"a"}`, held(`,"currentBalance":40.0`))}, []string{listRequest}, []string{"", "40.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			result, err := client.Updater().Update(t.Context(), credit.Ref{ID: "b", Owner: test.owner}, patch, credit.WithDryRun())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.sent, wire(server)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(request, result.Request); diff != "" {
				t.Error(diff)
			}
			if !result.DryRun || result.Attempts != 0 || result.After != nil || result.Raw != nil || (result.Before != nil) != (test.owner != "") {
				t.Errorf("result %+v", result)
			}
			if b := result.Before; b != nil && string(b.Raw) != held(`,"currentBalance":40.0`) {
				t.Errorf("the record is %s", b.Raw)
			}
			changes := []credit.FieldChange{
				{Field: credit.FieldName, Before: test.before[0], After: `"Gold"`},
				{Field: credit.FieldBalance, Before: test.before[1], After: "7"},
			}
			if diff := cmp.Diff(changes, result.Changes()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Not made by New, a Client does nothing, in a call or in an update.
func TestTheZeroClientsUpdaterRefuses(t *testing.T) {
	_, err := new(ti.Client).Updater().Update(t.Context(), ref, fieldPatches()["set name"])
	if !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("got %v, want an InvalidError", err)
	}
}
