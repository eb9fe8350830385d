package flexprice_test

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
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/internal/scripttest"
)

const (
	readRequest   = `GET /v1/creditgrants/cg `
	updateRequest = `PUT /v1/creditgrants/cg `

	// subscription are the members of a grant that an end date can be set on.
	subscription = `,"scope":"SUBSCRIPTION","status":"published"`
)

var ref = credit.Ref{ID: "cg"}

// held is grant cg as the vendor has it, with further members.
func held(members string) string { return `{"id":"cg","credits":"100.5","new":1.10` + members + `}` }

func shows(members string) scripttest.Response { return scripttest.OK(held(members)) }

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
	at := time.Date(2100, 1, 1, 5, 0, 0, 1000, time.FixedZone("", 53*60+28)) // no zone of RFC 3339
	return map[string]credit.Patch{
		"set name":         {Name: credit.Set("Gold")},
		"clear name":       {Name: credit.Clear[string]()},
		"set note":         {Note: credit.Set("n")},
		"clear note":       {Note: credit.Clear[string]()},
		"set total":        {Total: credit.Set(credit.NewDecimal(1))},
		"clear total":      {Total: credit.Clear[credit.Decimal]()},
		"set balance":      {Balance: credit.Set(credit.NewDecimal(1))},
		"clear balance":    {Balance: credit.Clear[credit.Decimal]()},
		"set starts_at":    {StartsAt: credit.Set(at)},
		"clear starts_at":  {StartsAt: credit.Clear[time.Time]()},
		"set expires_at":   {ExpiresAt: credit.Set(at)},
		"clear expires_at": {ExpiresAt: credit.Clear[time.Time]()},
		"set priority":     {Priority: credit.Set(credit.NewDecimal(1))},
		"clear priority":   {Priority: credit.Clear[credit.Decimal]()},
		"set metadata":     {Metadata: credit.Set(map[string]string{"b": "", "a": "1"})},
		"clear metadata":   {Metadata: credit.Clear[map[string]string]()},
	}
}

// Every other patch is refused, and nothing is sent.
func TestUpdateOfEachFieldOnTheWire(t *testing.T) {
	want := map[string]struct {
		sent    []string
		answers []scripttest.Response
	}{
		"set name": {[]string{updateRequest + `{"name":"Gold"}`}, []scripttest.Response{shows(`,"name":"Gold"`)}},
		"set expires_at": {
			[]string{readRequest, updateRequest + `{"end_date":"2100-01-01T04:06:32.000001Z"}`},
			[]scripttest.Response{shows(subscription), shows(subscription)},
		},
		"set metadata":   {[]string{updateRequest + `{"metadata":{"a":"1","b":""}}`}, []scripttest.Response{shows(`,"metadata":{"b":"","a":"1"}`)}},
		"clear metadata": {[]string{updateRequest + `{"metadata":{}}`}, []scripttest.Response{shows(``)}},
	}
	patches := fieldPatches()
	if len(patches) != 2*len(credit.Fields()) {
		t.Errorf("%d patches for %d fields", len(patches), len(credit.Fields()))
	}
	for name, patch := range patches {
		t.Run(name, func(t *testing.T) {
			want := want[name]
			client, server := connect(t, want.answers...)
			result, err := client.Updater().Update(t.Context(), ref, patch)
			if diff := cmp.Diff(want.sent, wire(server)); diff != "" {
				t.Error(diff)
			}
			if want.sent == nil {
				checkUnsupported(t, err, name)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if read := len(want.sent) == 2; (result.Before != nil) != read || result.After == nil {
				t.Errorf("before %v and after %v; want before only where it was read", result.Before, result.After)
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

// The answer shows the end date from before, which is therefore not compared.
func TestUpdateOfAllFieldsIsOneWrite(t *testing.T) {
	start, end := `,"start_date":"2026-01-01T00:00:00Z"`, `,"end_date":"2027-01-01T00:00:00Z"`
	before := held(subscription + start + end + `,"name":"Trial","metadata":{"tier":"gold"}`)
	after := shows(subscription + start + end + `,"name":"Gold","metadata":{"a":"b"}`)
	after.Header = http.Header{"X-Request-Id": {"r-1"}}
	client, server := connect(t, scripttest.OK(before), after)
	var info credit.CallInfo
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Name:      credit.Set("Gold"),
		ExpiresAt: credit.Set(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)),
		Metadata:  credit.Set(map[string]string{"a": "b"}),
	}, credit.WithInfo(&info))
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"end_date":"2100-01-01T00:00:00Z","metadata":{"a":"b"},"name":"Gold"}`
	if diff := cmp.Diff([]string{readRequest, updateRequest + body}, wire(server)); diff != "" {
		t.Error(diff)
	}
	starts := credit.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	want := &credit.Result{
		Vendor: "flexprice", ID: "cg", Attempts: 1, RequestID: "r-1",
		Before: &credit.Record{
			ID: "cg", Values: credit.Values{
				Name: credit.Set("Trial"), Metadata: credit.Set(map[string]string{"tier": "gold"}),
				StartsAt: starts, ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)),
			},
			Raw: []byte(before),
		},
		After: &credit.Record{
			ID: "cg", Values: credit.Values{
				Name: credit.Set("Gold"), Metadata: credit.Set(map[string]string{"a": "b"}),
				StartsAt: starts,
			},
			Raw: []byte(after.Body),
		},
		NotReturned: []credit.Field{credit.FieldExpiresAt},
		Request:     &credit.Request{Method: "PUT", Path: "/v1/creditgrants/cg", Body: []byte(body)},
		Raw:         []byte(after.Body),
	}
	if diff := cmp.Diff(want, result, records, cmpopts.IgnoreUnexported(credit.Result{})); diff != "" {
		t.Error(diff)
	}
	if want := (credit.CallInfo{Attempts: 1, StatusCode: 200, RequestID: "r-1", Before: result.Before}); info != want {
		t.Errorf("info %+v, want %+v", info, want)
	}
}

func TestUpdateShowsADryRun(t *testing.T) {
	client, server := connect(t, shows(subscription+`,"name":"Trial"`))
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Name:      credit.Set("Gold"),
		ExpiresAt: credit.Set(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)),
		Metadata:  credit.Clear[map[string]string](),
	}, credit.WithDryRun())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{readRequest}, wire(server)); diff != "" {
		t.Error(diff)
	}
	request := &credit.Request{Method: "PUT", Path: "/v1/creditgrants/cg", Body: []byte(`{"end_date":"2100-01-01T00:00:00Z","metadata":{},"name":"Gold"}`)}
	if diff := cmp.Diff(request, result.Request); diff != "" {
		t.Error(diff)
	}
	if !result.DryRun || result.Attempts != 0 || result.Raw != nil || result.After != nil || result.NotReturned != nil || result.Before == nil {
		t.Errorf("result %+v, want no part of a write", result)
	}
	changes := []credit.FieldChange{
		{Field: credit.FieldName, Before: `"Trial"`, After: `"Gold"`},
		{Field: credit.FieldExpiresAt, Before: "", After: "2100-01-01T00:00:00Z"},
		{Field: credit.FieldMetadata, Before: "", After: ""},
	}
	if diff := cmp.Diff(changes, result.Changes()); diff != "" {
		t.Error(diff)
	}
}

func TestUpdaterReads(t *testing.T) {
	client, server := connect(t, shows(`,"name":"Trial","metadata":{}`))
	reader, ok := client.Updater().(credit.Reader)
	if !ok {
		t.Fatal("the Updater does not implement Reader")
	}
	record, err := reader.Read(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	want := &credit.Record{
		ID: "cg",
		Values: credit.Values{
			Name:      credit.Set("Trial"),
			Metadata:  credit.Clear[map[string]string](),
			StartsAt:  credit.Clear[time.Time](),
			ExpiresAt: credit.Clear[time.Time](),
		},
		Raw: []byte(held(`,"name":"Trial","metadata":{}`)),
	}
	if diff := cmp.Diff(want, record, records); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{readRequest}, wire(server)); diff != "" {
		t.Error(diff)
	}
}

// Not made by New, a Client does nothing, in a call or in an update.
func TestTheZeroClientsUpdaterRefuses(t *testing.T) {
	_, err := new(flexprice.Client).Updater().Update(t.Context(), ref, fieldPatches()["set name"])
	if !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("got %v, want an InvalidError", err)
	}
}
