package thoughtindustries_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	ti "github.com/creditkit/creditkit/thoughtindustries"
)

// page is a page as the vendor's page has it, with the given pageInfo.
func page(pageInfo string, ids ...string) scripttest.Response {
	return scripttest.OK(`{"data":{"APICreditBatchesByClientAndCreditAccount":` + flat(pageInfo, ids...) + `}}`)
}

func flat(pageInfo string, ids ...string) string {
	var batches []string
	for _, id := range ids {
		batches = append(batches, `{"id":"`+id+`"}`)
	}
	return `{"creditBatches":[` + strings.Join(batches, ",") + `],"pageInfo":` + pageInfo + `}`
}

// walk collects a list's ids, and the error that ended it.
func walk(t *testing.T, client *ti.Client, clientID, account string) (ids []string, end error) {
	t.Helper()
	for b, err := range client.ListCreditBatches(t.Context(), clientID, account) {
		switch {
		case end != nil:
			t.Errorf("the list goes on after %v", end)
		case err != nil:
			end = err
		default:
			ids = append(ids, b.ID)
		}
	}
	return ids, end
}

func TestListCreditBatchesAsThePageHasIt(t *testing.T) {
	client, server := connect(t, scripttest.OK(`{"data":{"APICreditBatchesByClientAndCreditAccount":{
		"clientId":"00000000-0000-0000-0000-000000000000",
		"creditAccountId":"00000000-0000-0000-0000-000000000000",
		"creditBatches":[`+batch+`],
		"pageInfo":{"perPage":25,"cursor":"string","total":1,"hasMore":false}}}}`))
	var got []*ti.CreditBatch
	for b, err := range client.ListCreditBatches(t.Context(), "c", "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b)
	}
	if len(got) != 1 {
		t.Fatalf("%d batches, want 1", len(got))
	}
	if diff := cmp.Diff(object(t, []byte(batch)), object(t, encoded(t, got[0]))); diff != "" {
		t.Error(diff)
	}
	sent := server.Only(t)
	if want := "/incoming/v2/clients/c/creditBatches?clientId=c"; sent.Method != "GET" || sent.Path != want || sent.Body != "" {
		t.Errorf("sent %s %s %q, want GET %s without a body", sent.Method, sent.Path, sent.Body, want)
	}
	if got := sent.Header.Get("Content-Type"); got != "" {
		t.Errorf("a request without a body has the Content-Type %q", got)
	}
}

func TestListCreditBatchesWalksThePages(t *testing.T) {
	const last = `{"hasMore":false}`
	for _, test := range []struct {
		name    string
		account string
		answers []scripttest.Response
		ids     string
		queries []string // behind clientId=c%2F1
	}{
		{name: "one page", answers: []scripttest.Response{page(last, "1", "2")}, ids: "1 2", queries: []string{""}},
		{name: "an empty list", answers: []scripttest.Response{page(`{"perPage":25,"cursor":null,"total":0,"hasMore":false}`)}, ids: "", queries: []string{""}},
		{name: "one account", account: "a&b", answers: []scripttest.Response{page(last, "1")}, ids: "1", queries: []string{"&creditAccountId=a%26b"}},
		{name: "a flat answer", answers: []scripttest.Response{scripttest.OK(flat(last, "1"))}, ids: "1", queries: []string{""}},
		{name: "a flat answer of nothing", answers: []scripttest.Response{scripttest.OK(flat(last))}, ids: "", queries: []string{""}},
		{name: "an answer without pageInfo", answers: []scripttest.Response{scripttest.OK(`{"creditBatches":[{"id":"1"}]}`)}, ids: "1", queries: []string{""}},
		{name: "a cursor on the last page", answers: []scripttest.Response{page(`{"cursor":"x","hasMore":false}`, "1")}, ids: "1", queries: []string{""}},
		{name: "a text as cursor", answers: []scripttest.Response{page(`{"cursor":"a+b=","hasMore":true}`, "1"), page(last, "2")}, ids: "1 2", queries: []string{"", "&cursor=a%2Bb%3D"}},
		{name: "a number as cursor", answers: []scripttest.Response{page(`{"cursor":1704067200000,"hasMore":true}`, "1"), page(last, "2")}, ids: "1 2", queries: []string{"", "&cursor=1704067200000"}},
		{name: "a number in quotes as cursor", answers: []scripttest.Response{page(`{"cursor":"1704067200000","hasMore":true}`, "1"), page(last, "2")}, ids: "1 2", queries: []string{"", "&cursor=1704067200000"}},
		{name: "no cursor", answers: []scripttest.Response{page(`{"hasMore":true}`, "1"), page(`{"hasMore":true}`, "2"), page(last, "3")}, ids: "1 2 3", queries: []string{"", "&page=2", "&page=3"}},
		{name: "a cursor of null", answers: []scripttest.Response{page(`{"cursor":null,"hasMore":true}`, "1"), page(last, "2")}, ids: "1 2", queries: []string{"", "&page=2"}},
		{name: "an empty cursor", answers: []scripttest.Response{page(`{"cursor":"","hasMore":true}`, "1"), page(last, "2")}, ids: "1 2", queries: []string{"", "&page=2"}},
		{name: "a cursor that is neither string nor number", answers: []scripttest.Response{page(`{"cursor":{},"hasMore":true}`, "1"), page(last, "2")}, ids: "1 2", queries: []string{"", "&page=2"}},
		{name: "a cursor and an account", account: "a", answers: []scripttest.Response{page(`{"cursor":"x","hasMore":true}`, "1"), page(last, "2")}, ids: "1 2", queries: []string{"&creditAccountId=a", "&creditAccountId=a&cursor=x"}},
		{name: "a batch that comes twice", answers: []scripttest.Response{page(`{"hasMore":true}`, "1", "2"), page(last, "2", "3")}, ids: "1 2 3", queries: []string{"", "&page=2"}},
		{name: "a last page that only repeats", answers: []scripttest.Response{page(`{"hasMore":true}`, "1"), page(last, "1")}, ids: "1", queries: []string{"", "&page=2"}},
		{name: "a failure that passes", answers: []scripttest.Response{scripttest.Status(500, ""), {Lost: true}, page(last, "1")}, ids: "1", queries: []string{"", "", ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			ids, err := walk(t, client, "c/1", test.account)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(ids, " "); got != test.ids {
				t.Errorf("batches %q, want %q", got, test.ids)
			}
			var queries []string
			for _, sent := range server.Requests() {
				query, found := strings.CutPrefix(sent.Path, "/incoming/v2/clients/c%2F1/creditBatches?clientId=c%2F1")
				if !found {
					t.Errorf("sent to %s", sent.Path)
				}
				queries = append(queries, query)
			}
			if !slices.Equal(queries, test.queries) {
				t.Errorf("queries %q, want %q", queries, test.queries)
			}
		})
	}
}

func TestListCreditBatchesStops(t *testing.T) {
	const more = `{"hasMore":true}`
	for _, test := range []struct {
		name    string
		answers []scripttest.Response
		ids     string
		kind    credit.Kind
	}{
		{"at a refusal", []scripttest.Response{scripttest.Status(403, "")}, "", credit.ErrForbidden},
		{"at a refusal of the second page", []scripttest.Response{page(more, "1"), scripttest.Status(404, "")}, "1", credit.ErrNotFound},
		{"at a 200 with errors", []scripttest.Response{scripttest.OK(`{"errors":[{"message":"Client not found"}]}`)}, "", credit.ErrNotFound},
		{"where the list starts over", []scripttest.Response{page(more, "1", "2"), page(more, "1", "2")}, "1 2", credit.ErrMalformed},
		{"where the list starts over later", []scripttest.Response{page(more, "1"), page(more, "2"), page(more, "1")}, "1 2", credit.ErrMalformed},
		{"where a cursor comes back", []scripttest.Response{page(`{"cursor":"x","hasMore":true}`, "1"), page(`{"cursor":"x","hasMore":true}`, "2")}, "1 2", credit.ErrMalformed},
		{"at an empty first page with more", []scripttest.Response{page(more)}, "", credit.ErrMalformed},
		{"at an empty page with more", []scripttest.Response{page(more, "1"), page(`{"cursor":"x","hasMore":true}`)}, "1", credit.ErrMalformed},
		{"at an answer of another kind", []scripttest.Response{scripttest.OK(`{}`)}, "", credit.ErrMalformed},
		{"at an envelope of other things", []scripttest.Response{scripttest.OK(`{"data":{"a":{},"b":{}}}`)}, "", credit.ErrMalformed},
		{"at a list under another name", []scripttest.Response{scripttest.OK(`{"data":{"creditBatchPage":` + flat(`{"hasMore":false}`, "1") + `}}`)}, "", credit.ErrMalformed},
		{"at a list directly in data", []scripttest.Response{scripttest.OK(`{"data":` + flat(`{"hasMore":false}`, "1") + `}`)}, "", credit.ErrMalformed},
		{"at a list of null", []scripttest.Response{scripttest.OK(`{"creditBatches":null,"pageInfo":{"hasMore":false}}`)}, "", credit.ErrMalformed},
		{"at data of null", []scripttest.Response{scripttest.OK(`{"data":null}`)}, "", credit.ErrMalformed},
		{"at a list without its object", []scripttest.Response{scripttest.OK(`{"data":[{"id":"1"}]}`)}, "", credit.ErrMalformed},
		{"at a batch without an id", []scripttest.Response{scripttest.OK(`{"creditBatches":[{"id":"1"},{"name":"n"}]}`)}, "", credit.ErrMalformed},
		{"at batches that are none", []scripttest.Response{scripttest.OK(`{"creditBatches":[7]}`)}, "", credit.ErrMalformed},
		{"at HTML", []scripttest.Response{scripttest.OK(`<html></html>`)}, "", credit.ErrMalformed},
		{"at no body", []scripttest.Response{{Status: 204}}, "", credit.ErrMalformed},
		{"at a part of the list", []scripttest.Response{{Status: 206, Body: flat(`{"hasMore":false}`, "1")}}, "", credit.ErrMalformed},
		{"at a list that may be stale", []scripttest.Response{{Status: 203, Body: flat(`{"hasMore":false}`, "1")}}, "", credit.ErrMalformed},
		{"after as many attempts as are bearable", slices.Repeat([]scripttest.Response{scripttest.Status(503, "")}, 4), "", credit.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			ids, err := walk(t, client, "c", "")
			if !errors.Is(err, test.kind) || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("ended with %v, want %v with nothing sent", err, test.kind)
			}
			if got := strings.Join(ids, " "); got != test.ids {
				t.Errorf("batches %q before the error, want %q", got, test.ids)
			}
			if got := len(server.Requests()); got != len(test.answers) {
				t.Errorf("%d requests, want %d", got, len(test.answers))
			}
		})
	}
}

func TestListCreditBatchesRefusesBeforeSending(t *testing.T) {
	for _, clientID := range []string{"", "..", "a\x00"} {
		client, server := connect(t)
		_, err := walk(t, client, clientID, "")
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if !ok || invalid.Field != "clientId" || len(server.Requests()) != 0 {
			t.Errorf("client %q: %v after %d requests, want an InvalidError about clientId", clientID, err, len(server.Requests()))
		}
	}
}

// Each iteration starts at the first page, also one inside another.
func TestListCreditBatchesCanBeWalkedTwice(t *testing.T) {
	first := page(`{"hasMore":true}`, "1", "2")
	second := page(`{"hasMore":false}`, "3")
	client, server := connect(t, first, first, second, second, first)
	list := client.ListCreditBatches(t.Context(), "c", "")
	var ids []string
	add := func(b *ti.CreditBatch, err error) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, b.ID)
	}
	for b, err := range list {
		add(b, err)
		if b.ID == "1" {
			for b, err := range list {
				add(b, err)
			}
		}
	}
	for b, err := range list {
		add(b, err)
		break
	}
	if got, want := strings.Join(ids, " "), "1 1 2 3 2 3 1"; got != want {
		t.Errorf("batches %s, want %s", got, want)
	}
	const path = "/incoming/v2/clients/c/creditBatches?clientId=c"
	for i, want := range []string{path, path, path + "&page=2", path + "&page=2", path} {
		if got := server.Requests()[i].Path; got != want {
			t.Errorf("request %d went to %s, want %s", i, got, want)
		}
	}
}

// A batch stays what it is while the walk goes on.
func TestListCreditBatchesSharesNoMemory(t *testing.T) {
	client, _ := connect(t, page(`{"hasMore":true}`, "1", "2"), page(`{"hasMore":false}`, "3"))
	var all []*ti.CreditBatch
	for b, err := range client.ListCreditBatches(t.Context(), "c", "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	for i, want := range []string{"1", "2", "3"} {
		if all[i].ID != want {
			t.Errorf("batch %d is %s, want %s", i, all[i].ID, want)
		}
	}
}
