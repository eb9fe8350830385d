package metronome_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/metronome"
)

const (
	oneItem = `{"id":"i","amount":1000,"starting_at":"2026-01-01T00:00:00.000Z","ending_before":"2027-01-01T00:00:00.000Z"}`

	readRequest = `POST /v1/contracts/customerCredits/list {"credit_id":"c","customer_id":"u","include_balance":true,"include_contract_credits":true}`
	editRequest = `POST /v2/contracts/credits/edit `
)

var ref = credit.Ref{ID: "c", Owner: "u"}

// held is the credit as the vendor has it, with the given schedule items.
func held(items ...string) string {
	return `{"id":"c","type":"CREDIT","name":"Trial","description":"by hand","priority":10,"balance":750.50,` +
		`"access_schedule":{"schedule_items":[` + strings.Join(items, ",") + `]},"new":1.10}`
}

// list answers with one page.
func list(credits ...string) scripttest.Response {
	return scripttest.OK(`{"data":[` + strings.Join(credits, ",") + `],"next_page":null}`)
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
	at := time.Date(2028, 1, 1, 5, 0, 0, 0, time.UTC)
	return map[string]credit.Patch{
		"set name":         {Name: credit.Set("Gold")},
		"clear name":       {Name: credit.Clear[string]()},
		"set note":         {Note: credit.Set("")},
		"clear note":       {Note: credit.Clear[string]()},
		"set total":        {Total: credit.Set(credit.MustParseDecimal("1250.50"))},
		"clear total":      {Total: credit.Clear[credit.Decimal]()},
		"set balance":      {Balance: credit.Set(credit.NewDecimal(1))},
		"clear balance":    {Balance: credit.Clear[credit.Decimal]()},
		"set starts_at":    {StartsAt: credit.Set(at)},
		"clear starts_at":  {StartsAt: credit.Clear[time.Time]()},
		"set expires_at":   {ExpiresAt: credit.Set(at.In(time.FixedZone("", 5*3600+1800)))},
		"clear expires_at": {ExpiresAt: credit.Clear[time.Time]()},
		"set priority":     {Priority: credit.Set(credit.NewDecimal(0))},
		"clear priority":   {Priority: credit.Clear[credit.Decimal]()},
		"set metadata":     {Metadata: credit.Set(map[string]string{"a": "b"})},
		"clear metadata":   {Metadata: credit.Clear[map[string]string]()},
	}
}

// A key is used by later processes for as long as the vendor's page promises.
func TestKeyLifetime(t *testing.T) {
	client, _ := connect(t)
	if got := client.Updater().Support().KeyLifetime; got != 24*time.Hour {
		t.Errorf("got %v, want 24h", got)
	}
}

// Every other patch is refused, and nothing is sent.
func TestUpdateOfEachFieldOnTheWire(t *testing.T) {
	item := func(change string) []string {
		return []string{readRequest, editRequest + `{"access_schedule":{"update_schedule_items":[{` + change + `}]},"credit_id":"c","customer_id":"u"}`}
	}
	want := map[string][]string{
		"set name":       {editRequest + `{"credit_id":"c","customer_id":"u","name":"Gold"}`},
		"set note":       {editRequest + `{"credit_id":"c","customer_id":"u","description":""}`},
		"set total":      item(`"amount":1250.50,"id":"i"`),
		"set starts_at":  item(`"id":"i","starting_at":"2028-01-01T05:00:00Z"`),
		"set expires_at": item(`"ending_before":"2028-01-01T05:00:00Z","id":"i"`),
		"set priority":   {editRequest + `{"credit_id":"c","customer_id":"u","priority":0}`},
		"clear priority": {editRequest + `{"credit_id":"c","customer_id":"u","priority":null}`},
	}
	patches := fieldPatches()
	if len(patches) != 2*len(credit.Fields()) {
		t.Errorf("%d patches for %d fields", len(patches), len(credit.Fields()))
	}
	for name, patch := range patches {
		t.Run(name, func(t *testing.T) {
			var answers []scripttest.Response
			if len(want[name]) == 2 {
				answers = append(answers, list(held(oneItem)))
			}
			client, server := connect(t, append(answers, scripttest.OK(edited))...)
			result, err := client.Updater().Update(t.Context(), ref, patch)
			if diff := cmp.Diff(want[name], wire(server)); diff != "" {
				t.Error(diff)
			}
			if want[name] == nil {
				checkUnsupported(t, err, name)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if read := len(want[name]) == 2; (result.Before != nil) != read || result.After != nil {
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

// Several fields are one edit.
func TestUpdateOfAllFieldsIsOneEdit(t *testing.T) {
	client, server := connect(t, list(held(oneItem)), scripttest.OK(edited))
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Name:      credit.Set("n"),
		Note:      credit.Set("d"),
		Total:     credit.Set(credit.NewDecimal(0)),
		StartsAt:  credit.Set(time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)),
		ExpiresAt: credit.Set(time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)),
		Priority:  credit.Set(credit.MustParseDecimal("1.50")),
	}, credit.WithIdempotencyKey("mine"))
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"access_schedule":{"update_schedule_items":[{"amount":0,"ending_before":"2029-01-01T00:00:00Z","id":"i","starting_at":"2028-01-01T00:00:00Z"}]},` +
		`"credit_id":"c","customer_id":"u","description":"d","name":"n","priority":1.50}`
	if diff := cmp.Diff([]string{readRequest, editRequest + body}, wire(server)); diff != "" {
		t.Error(diff)
	}
	sent := server.Requests()
	if read, write := sent[0].Header.Get("Idempotency-Key"), sent[1].Header.Get("Idempotency-Key"); read != "" || write != "mine" {
		t.Errorf("keys %q and %q; want the caller's, on the edit alone", read, write)
	}
	before := &credit.Record{
		ID: "c", Owner: "u",
		Values: credit.Values{
			Name:      credit.Set("Trial"),
			Note:      credit.Set("by hand"),
			Total:     credit.Set(credit.NewDecimal(1000)),
			Balance:   credit.Set(credit.MustParseDecimal("750.50")),
			StartsAt:  credit.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
			ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)),
			Priority:  credit.Set(credit.NewDecimal(10)),
		},
		Raw: []byte(held(oneItem)),
	}
	want := &credit.Result{
		Vendor: "metronome", ID: "c", Attempts: 1, IdempotencyKey: "mine",
		Before:  before,
		Request: &credit.Request{Method: "POST", Path: "/v2/contracts/credits/edit", Body: []byte(body)},
		Raw:     []byte(edited),
	}
	if diff := cmp.Diff(want, result, opts, cmpopts.IgnoreUnexported(credit.Result{})); diff != "" {
		t.Error(diff)
	}
}

// opts compares records: an Opt by its value.
var opts = cmp.Options{optOf[string](), optOf[credit.Decimal](), optOf[time.Time](), optOf[map[string]string]()}

func optOf[T any]() cmp.Option {
	return cmp.Comparer(func(a, b credit.Opt[T]) bool {
		v, set := a.Get()
		w, wanted := b.Get()
		return set == wanted && a.IsClear() == b.IsClear() && cmp.Equal(v, w)
	})
}

func TestUpdateShowsADryRun(t *testing.T) {
	client, server := connect(t, list(`{"id":"c","access_schedule":{"schedule_items":[`+oneItem+`]}}`))
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Note:     credit.Set("d"),
		Total:    credit.Set(credit.MustParseDecimal("12.50")),
		Priority: credit.Clear[credit.Decimal](),
	}, credit.WithDryRun())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{readRequest}, wire(server)); diff != "" {
		t.Error(diff)
	}
	if !result.DryRun || result.Attempts != 0 || result.IdempotencyKey != "" || result.Raw != nil || result.After != nil || result.Before == nil {
		t.Errorf("result %+v, want no part of a write", result)
	}
	request := &credit.Request{Method: "POST", Path: "/v2/contracts/credits/edit", Body: []byte(
		`{"access_schedule":{"update_schedule_items":[{"amount":12.50,"id":"i"}]},"credit_id":"c","customer_id":"u","description":"d","priority":null}`)}
	if diff := cmp.Diff(request, result.Request); diff != "" {
		t.Error(diff)
	}
	changes := []credit.FieldChange{
		{Field: credit.FieldNote, Before: "", After: `"d"`}, // a member that is not there is empty
		{Field: credit.FieldTotal, Before: "1000", After: "12.50"},
		{Field: credit.FieldPriority, Before: "", After: ""},
	}
	if diff := cmp.Diff(changes, result.Changes()); diff != "" {
		t.Error(diff)
	}
}

// A dry run has no use for a fresh key, and shows the caller's.
func TestUpdateShowsTheCallersKeyInADryRun(t *testing.T) {
	client, _ := connect(t, list(held()))
	result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithDryRun(), credit.WithIdempotencyKey("k"))
	if err != nil || result.IdempotencyKey != "k" {
		t.Errorf("got %+v, %v; want the key k", result, err)
	}
}

// Not made by New, a Client does nothing, in a call or in an update.
func TestTheZeroClientsUpdaterRefuses(t *testing.T) {
	_, err := new(metronome.Client).Updater().Update(t.Context(), ref, fieldPatches()["set name"])
	if !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("got %v, want an InvalidError", err)
	}
}
