package contract

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	flexpriceserver "github.com/creditkit/creditkit/internal/contract/gen/flexprice"
	knoxserver "github.com/creditkit/creditkit/internal/contract/gen/knox"
	metronomeserver "github.com/creditkit/creditkit/internal/contract/gen/metronome"
	nexudusserver "github.com/creditkit/creditkit/internal/contract/gen/nexudus"
	thoughtindustriesserver "github.com/creditkit/creditkit/internal/contract/gen/thoughtindustries"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// These tests run the client against a server that oapi-codegen generates from
// the same spec, with its own types. They compare, member by member, what the
// server decodes with what the test sent, and what the client decodes with what
// the server sent.

// A recorder records what a server decoded, and holds the response to send.
type recorder struct {
	t        *testing.T
	request  map[string]any // parameters by name, and the body
	response map[string]any
}

func (d *recorder) record(request map[string]any) { d.request = request }

// typedResponse returns the response in the server's own type.
func typedResponse[T any](d *recorder) T { return decodeExactly[T](d.t, d.response) }

// checkRequest checks what the server decoded from the last call.
func (d *recorder) checkRequest(want map[string]any) {
	d.t.Helper()
	checkSame(d.t, "the server decoded", want, d.request)
	d.request = nil
}

// startServer serves handler and returns the options that make a client use it.
func startServer(t *testing.T, handler http.Handler) []credit.Option {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return []credit.Option{credit.WithBaseURL(server.URL), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})}
}

func mustSucceed[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// withoutMembers returns a copy of o without the named members.
func withoutMembers(o map[string]any, names ...string) map[string]any {
	o = withMembers(o, nil)
	for _, name := range names {
		delete(o, name)
	}
	return o
}

type knoxHandler struct{ *recorder }

func (d knoxHandler) GetCredit(_ context.Context, r knoxserver.GetCreditRequestObject) (knoxserver.GetCreditResponseObject, error) {
	d.record(map[string]any{"tenantId": r.TenantId, "id": r.Id, "consistentRead": r.Params.ConsistentRead})
	return typedResponse[knoxserver.GetCredit200JSONResponse](d.recorder), nil
}

func (d knoxHandler) UpdateCredit(_ context.Context, r knoxserver.UpdateCreditRequestObject) (knoxserver.UpdateCreditResponseObject, error) {
	d.record(map[string]any{"tenantId": r.TenantId, "id": r.Id, "body": r.Body})
	return typedResponse[knoxserver.UpdateCredit200JSONResponse](d.recorder), nil
}

func TestKnoxServerReadsEveryMember(t *testing.T) {
	const id = "credit:7f9c|24/e8 ä"
	d := knoxHandler{&recorder{t: t}}
	opts := startServer(t, knoxserver.Handler(knoxserver.NewStrictHandler(d, nil)))
	client := mustSucceed[*knox.Client](t)(knox.New("acme.example.org", credit.StaticToken("token"), opts...))

	// The generated response types drop unknown top-level members.
	d.response = withoutMembers(withMembers(sampleJSON(t, "knox", "Credit", allMembers), map[string]any{"id": id}), "x_extra")
	got := mustSucceed[*knox.Credit](t)(client.GetCredit(t.Context(), id))
	d.checkRequest(map[string]any{"tenantId": "acme.example.org", "id": id, "consistentRead": "true"})
	checkSame(t, "GetCredit", d.response, got)

	for _, which := range []memberSet{allMembers, requiredMembers} {
		body := withMembers(sampleJSON(t, "knox", "Credit", which), map[string]any{"id": id})
		d.response = withoutMembers(body, "x_extra")
		got := mustSucceed[*knox.Credit](t)(client.UpdateCredit(t.Context(), decodeExactly[knox.Credit](t, body)))
		d.checkRequest(map[string]any{"tenantId": "acme.example.org", "id": id, "body": body})
		checkSame(t, "UpdateCredit", d.response, got)
	}
}

type thoughtindustriesHandler struct{ *recorder }

func (d thoughtindustriesHandler) UpdateCreditBatch(_ context.Context, r thoughtindustriesserver.UpdateCreditBatchRequestObject) (thoughtindustriesserver.UpdateCreditBatchResponseObject, error) {
	d.record(map[string]any{"id": r.Id, "body": r.Body})
	return thoughtindustriesserver.UpdateCreditBatch200JSONResponse{Body: typedResponse[thoughtindustriesserver.UpdateCreditBatchAnswer](d.recorder)}, nil
}

func (d thoughtindustriesHandler) ListCreditBatches(_ context.Context, r thoughtindustriesserver.ListCreditBatchesRequestObject) (thoughtindustriesserver.ListCreditBatchesResponseObject, error) {
	d.record(map[string]any{"id": r.Id, "query": r.Params})
	response := d.response
	if r.Params.Cursor != nil || r.Params.Page != nil { // the last page
		response = listResponse(sampleJSON(d.t, "thoughtindustries", "CreditBatchPage", allMembers), nil, nil)
	}
	return thoughtindustriesserver.ListCreditBatches200JSONResponse{Body: decodeExactly[thoughtindustriesserver.ListCreditBatchesAnswer](d.t, response)}, nil
}

// listResponse returns a page with a cursor to the next one.
func listResponse(page map[string]any, cursor, batches any) map[string]any {
	page = withMembers(page, map[string]any{"pageInfo": map[string]any{"perPage": 2, "cursor": cursor, "total": 2, "hasMore": cursor != nil}})
	page["creditBatches"] = []any{}
	if batches != nil {
		page["creditBatches"] = batches
	}
	return map[string]any{"data": map[string]any{"APICreditBatchesByClientAndCreditAccount": page}}
}

func TestThoughtIndustriesServerReadsEveryMember(t *testing.T) {
	const id, owner, account = "00000000-0000-4000-8000-0000000000aa", "00000000-0000-4000-8000-0000000000bb", "00000000-0000-4000-8000-0000000000cc"
	d := thoughtindustriesHandler{&recorder{t: t}}
	opts := startServer(t, thoughtindustriesserver.Handler(thoughtindustriesserver.NewStrictHandler(d, nil)))
	client := mustSucceed[*thoughtindustries.Client](t)(thoughtindustries.New("acme", "key", opts...))

	batch := withMembers(sampleJSON(t, "thoughtindustries", "CreditBatch", allMembers), map[string]any{"id": id})
	d.response = map[string]any{"data": map[string]any{"UpdateCreditBatch": batch}}
	for _, which := range []memberSet{allMembers, requiredMembers} {
		body := sampleJSON(t, "thoughtindustries", "UpdateCreditBatchRequest", which)
		got := mustSucceed[*thoughtindustries.CreditBatch](t)(client.UpdateCreditBatch(t.Context(), id, decodeExactly[thoughtindustries.UpdateCreditBatchRequest](t, body)))
		d.checkRequest(map[string]any{"id": id, "body": body})
		checkSame(t, "UpdateCreditBatch", batch, got)
	}

	page := sampleJSON(t, "thoughtindustries", "CreditBatchPage", allMembers)
	for _, test := range []struct {
		name   string
		cursor any
	}{{"string", "a b&c"}, {"number", json.Number("1767225600000")}} {
		d.response = listResponse(page, test.cursor, page["creditBatches"])
		var got []any
		for b, err := range client.ListCreditBatches(t.Context(), owner, account) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, b)
		}
		d.checkRequest(map[string]any{"id": owner, "query": map[string]any{"clientId": owner, "creditAccountId": account, "cursor": cursorText(test.cursor)}})
		checkSame(t, "ListCreditBatches with a cursor that is a "+test.name, page["creditBatches"], got)
	}
}

func cursorText(v any) string {
	if number, ok := v.(json.Number); ok {
		return number.String()
	}
	return v.(string)
}

type nexudusHandler struct{ *recorder }

func (d nexudusHandler) UpdateCoworkerBookingCredit(_ context.Context, r nexudusserver.UpdateCoworkerBookingCreditRequestObject) (nexudusserver.UpdateCoworkerBookingCreditResponseObject, error) {
	d.record(map[string]any{"body": r.Body})
	return typedResponse[nexudusserver.UpdateCoworkerBookingCredit200JSONResponse](d.recorder), nil
}

func (d nexudusHandler) GetCoworkerBookingCredit(_ context.Context, r nexudusserver.GetCoworkerBookingCreditRequestObject) (nexudusserver.GetCoworkerBookingCreditResponseObject, error) {
	d.record(map[string]any{"id": r.Id})
	return typedResponse[nexudusserver.GetCoworkerBookingCredit200JSONResponse](d.recorder), nil
}

func (d nexudusHandler) ListCoworkerBookingCredits(_ context.Context, r nexudusserver.ListCoworkerBookingCreditsRequestObject) (nexudusserver.ListCoworkerBookingCreditsResponseObject, error) {
	d.record(map[string]any{"query": r.Params})
	return typedResponse[nexudusserver.ListCoworkerBookingCredits200JSONResponse](d.recorder), nil
}

func TestNexudusServerReadsEveryMember(t *testing.T) {
	const id = 87654321
	d := nexudusHandler{&recorder{t: t}}
	opts := startServer(t, nexudusserver.Handler(nexudusserver.NewStrictHandler(d, nil)))
	client := mustSucceed[*nexudus.Client](t)(nexudus.New(credit.StaticToken("token"), opts...))

	record := withMembers(sampleJSON(t, "nexudus", "CoworkerBookingCredit", allMembers), map[string]any{"Id": id})
	d.response = record
	read := mustSucceed[*nexudus.CoworkerBookingCredit](t)(client.GetCoworkerBookingCredit(t.Context(), id))
	d.checkRequest(map[string]any{"id": id})
	checkSame(t, "GetCoworkerBookingCredit", record, addFalseFlags(t, record, read))

	const coworker = 1414
	row := withMembers(sampleJSON(t, "nexudus", "CoworkerBookingCreditRow", allMembers), map[string]any{"Id": id, "CoworkerId": coworker})
	d.response = withMembers(sampleJSON(t, "nexudus", "CoworkerBookingCreditPage", allMembers), map[string]any{"Records": []any{row}, "TotalPages": 1, "HasNextPage": false})
	rows := listAll(t, client.ListCoworkerBookingCredits(t.Context(), coworker))
	d.checkRequest(map[string]any{"query": map[string]any{"page": 1, "size": 100, "orderBy": "Id", "dir": 1, "CoworkerBookingCredit_Coworker": coworker}})
	if len(rows) == 1 {
		checkSame(t, "ListCoworkerBookingCredits", row, addFalseFlags(t, row, rows[0]))
	} else {
		t.Errorf("%d rows, want 1", len(rows))
	}

	result := withMembers(sampleJSON(t, "nexudus", "UpdateResult", allMembers), map[string]any{"Value": map[string]any{"Id": id}, "WasSuccessful": true})
	d.response = result
	full := sampleJSON(t, "nexudus", "CoworkerBookingCreditUpdate", allMembers)
	for _, test := range []struct {
		name string
		body map[string]any
	}{
		{"all members", full},
		{"the required members", sampleJSON(t, "nexudus", "CoworkerBookingCreditUpdate", requiredMembers)},
		{"the record that was read", decodeExactly[map[string]any](t, read.Update())},
	} {
		test.body = withMembers(test.body, map[string]any{"Id": id})
		got := mustSucceed[*nexudus.UpdateResult](t)(client.UpdateCoworkerBookingCredit(t.Context(), decodeExactly[nexudus.CoworkerBookingCreditUpdate](t, test.body)))
		d.checkRequest(map[string]any{"body": test.body})
		checkSame(t, "UpdateCoworkerBookingCredit with "+test.name, result, addFalseFlags(t, result, got))
	}
}

// addFalseFlags restores members that are false: the response types omit them
// when they are encoded.
func addFalseFlags(t *testing.T, want map[string]any, got any) map[string]any {
	t.Helper()
	decoded := normalize(t, got).(map[string]any)
	for name, value := range want {
		if _, there := decoded[name]; value == false && !there {
			decoded[name] = false
		}
	}
	return decoded
}

// listAll returns the items of a list.
func listAll[T any](t *testing.T, list iter.Seq2[*T, error]) (items []*T) {
	t.Helper()
	for item, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

type flexpriceHandler struct{ *recorder }

func (d flexpriceHandler) ListSubscriptionCreditGrants(_ context.Context, r flexpriceserver.ListSubscriptionCreditGrantsRequestObject) (flexpriceserver.ListSubscriptionCreditGrantsResponseObject, error) {
	d.record(map[string]any{"id": r.Id})
	return flexpriceserver.ListSubscriptionCreditGrants200JSONResponse{Body: typedResponse[flexpriceserver.SubscriptionCreditGrants](d.recorder)}, nil
}

func (d flexpriceHandler) ListPlanCreditGrants(_ context.Context, r flexpriceserver.ListPlanCreditGrantsRequestObject) (flexpriceserver.ListPlanCreditGrantsResponseObject, error) {
	d.record(map[string]any{"plan": r.Id})
	return flexpriceserver.ListPlanCreditGrants200JSONResponse{Body: typedResponse[flexpriceserver.CreditGrantList](d.recorder)}, nil
}

func (d flexpriceHandler) ListAddonCreditGrants(_ context.Context, r flexpriceserver.ListAddonCreditGrantsRequestObject) (flexpriceserver.ListAddonCreditGrantsResponseObject, error) {
	d.record(map[string]any{"addon": r.Id})
	return flexpriceserver.ListAddonCreditGrants200JSONResponse{Body: typedResponse[flexpriceserver.CreditGrantList](d.recorder)}, nil
}

func TestFlexpriceServerReadsEveryGrantOfAList(t *testing.T) {
	const owner = "subs_01KQ/ä"
	d := flexpriceHandler{&recorder{t: t}}
	opts := startServer(t, flexpriceserver.Handler(flexpriceserver.NewStrictHandler(d, nil)))
	client := mustSucceed[*flexprice.Client](t)(flexprice.New("key", opts...))
	grant := withMembers(sampleJSON(t, "flexprice", "CreditGrant", allMembers), map[string]any{"subscription_id": owner})
	list := map[string]any{"items": []any{grant}, "pagination": map[string]any{"total": 1, "limit": 0, "offset": 0}}
	for _, test := range []struct {
		name, parameter string
		response        map[string]any
		grants          iter.Seq2[*flexprice.CreditGrant, error]
	}{
		{"ListSubscriptionCreditGrants", "id", map[string]any{"id": owner, "credit_grants": []any{grant}}, client.ListSubscriptionCreditGrants(t.Context(), owner)},
		{"ListPlanCreditGrants", "plan", list, client.ListPlanCreditGrants(t.Context(), owner)},
		{"ListAddonCreditGrants", "addon", list, client.ListAddonCreditGrants(t.Context(), owner)},
	} {
		d.response = test.response
		got := listAll(t, test.grants)
		d.checkRequest(map[string]any{test.parameter: owner})
		checkSame(t, test.name, []any{grant}, got)
	}
}

func (d flexpriceHandler) UpdateCreditGrant(_ context.Context, r flexpriceserver.UpdateCreditGrantRequestObject) (flexpriceserver.UpdateCreditGrantResponseObject, error) {
	d.record(map[string]any{"id": r.Id, "body": r.Body})
	return flexpriceserver.UpdateCreditGrant200JSONResponse{Body: typedResponse[flexpriceserver.CreditGrant](d.recorder)}, nil
}

func (d flexpriceHandler) GetCreditGrant(_ context.Context, r flexpriceserver.GetCreditGrantRequestObject) (flexpriceserver.GetCreditGrantResponseObject, error) {
	d.record(map[string]any{"id": r.Id})
	return flexpriceserver.GetCreditGrant200JSONResponse{Body: typedResponse[flexpriceserver.CreditGrant](d.recorder)}, nil
}

func TestFlexpriceServerReadsEveryMember(t *testing.T) {
	const id = "cg_01KQ/ä"
	d := flexpriceHandler{&recorder{t: t}}
	opts := startServer(t, flexpriceserver.Handler(flexpriceserver.NewStrictHandler(d, nil)))
	client := mustSucceed[*flexprice.Client](t)(flexprice.New("key", opts...))

	d.response = withMembers(sampleJSON(t, "flexprice", "CreditGrant", allMembers), map[string]any{"id": id})
	got := mustSucceed[*flexprice.CreditGrant](t)(client.GetCreditGrant(t.Context(), id))
	d.checkRequest(map[string]any{"id": id})
	checkSame(t, "GetCreditGrant", d.response, got)

	full := sampleJSON(t, "flexprice", "UpdateCreditGrantRequest", allMembers)
	for _, test := range []struct {
		name string
		body map[string]any
	}{
		{"all members", full}, {"none", map[string]any{}}, {"cleared metadata", withMembers(full, map[string]any{"metadata": map[string]any{}})},
	} {
		got := mustSucceed[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(t.Context(), id, decodeExactly[flexprice.UpdateCreditGrantRequest](t, test.body)))
		d.checkRequest(map[string]any{"id": id, "body": test.body})
		checkSame(t, "UpdateCreditGrant with "+test.name, d.response, got)
	}
}

type metronomeHandler struct{ *recorder }

func (d metronomeHandler) EditCredit(_ context.Context, r metronomeserver.EditCreditRequestObject) (metronomeserver.EditCreditResponseObject, error) {
	d.record(map[string]any{"key": r.Params.IdempotencyKey, "body": r.Body})
	return typedResponse[metronomeserver.EditCredit200JSONResponse](d.recorder), nil
}

func (d metronomeHandler) ListCustomerCredits(_ context.Context, r metronomeserver.ListCustomerCreditsRequestObject) (metronomeserver.ListCustomerCreditsResponseObject, error) {
	d.record(map[string]any{"body": r.Body})
	response := d.response
	if r.Body.NextPage != nil && *r.Body.NextPage == "two" {
		response = map[string]any{"data": []any{}, "next_page": nil}
	}
	return decodeExactly[metronomeserver.ListCustomerCredits200JSONResponse](d.t, response), nil
}

func TestMetronomeServerReadsEveryMember(t *testing.T) {
	d := metronomeHandler{&recorder{t: t}}
	opts := startServer(t, metronomeserver.Handler(metronomeserver.NewStrictHandler(d, nil)))
	client := mustSucceed[*metronome.Client](t)(metronome.New("token", opts...))

	d.response = sampleJSON(t, "metronome", "EditCreditResponse", allMembers)
	full := sampleJSON(t, "metronome", "EditCreditRequest", allMembers)
	for _, test := range []struct {
		name string
		body map[string]any
	}{
		{"all members", full},
		{"the required members", sampleJSON(t, "metronome", "EditCreditRequest", requiredMembers)},
		{"nulls", sampleJSON(t, "metronome", "EditCreditRequest", nullMembers)},
		{"empty lists", withMembers(full, map[string]any{
			"access_schedule":        map[string]any{"add_schedule_items": []any{}, "remove_schedule_items": []any{}, "update_schedule_items": []any{}},
			"applicable_product_ids": []any{}, "applicable_product_tags": []any{}, "applicable_contract_ids": []any{}, "specifiers": []any{},
		})},
	} {
		got := mustSucceed[*metronome.EditCreditResponse](t)(client.EditCredit(t.Context(), decodeExactly[metronome.EditCreditRequest](t, test.body), credit.WithIdempotencyKey("key of "+test.name)))
		d.checkRequest(map[string]any{"key": "key of " + test.name, "body": test.body})
		checkSame(t, "EditCredit with "+test.name, d.response, got)
	}

	list := sampleJSON(t, "metronome", "ListCustomerCreditsRequest", allMembers)
	d.response = withMembers(sampleJSON(t, "metronome", "CustomerCreditPage", allMembers), map[string]any{"next_page": "two"})
	var got []any
	for c, err := range client.ListCustomerCredits(t.Context(), decodeExactly[metronome.ListCustomerCreditsRequest](t, list)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	d.checkRequest(map[string]any{"body": withMembers(list, map[string]any{"next_page": "two"})})
	checkSame(t, "ListCustomerCredits", d.response["data"], got)

	one := d.response["data"].([]any)[0].(map[string]any)
	found := mustSucceed[*metronome.Credit](t)(client.GetCredit(t.Context(), list["customer_id"].(string), one["id"].(string)))
	d.checkRequest(map[string]any{"body": map[string]any{
		"customer_id": list["customer_id"], "credit_id": one["id"], "include_balance": true, "include_contract_credits": true,
	}})
	checkSame(t, "GetCredit", one, found)
}
