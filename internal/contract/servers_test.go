package contract

import (
	"context"
	"encoding/json"
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

// The tests here put the client in front of a server that oapi-codegen makes of
// the same spec, with types of its own. What the server has understood must be
// what was asked, and what the client has understood what the server answered,
// member by member.

// A desk notes what a server has understood, and holds what it is to answer.
type desk struct {
	t      *testing.T
	asked  map[string]any // parameters by name, and the body
	answer map[string]any
}

func (d *desk) note(asked map[string]any) { d.asked = asked }

// answered is the answer in the server's own type.
func answered[T any](d *desk) T { return as[T](d.t, d.answer) }

// understood compares what the server has understood of the last call.
func (d *desk) understood(want map[string]any) {
	d.t.Helper()
	same(d.t, "the server has understood", want, d.asked)
	d.asked = nil
}

// start serves handler, and gives the options that point a client at it.
func start(t *testing.T, handler http.Handler) []credit.Option {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return []credit.Option{credit.WithBaseURL(server.URL), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// without drops members that have no place in a type.
func without(o map[string]any, names ...string) map[string]any {
	o = with(o, nil)
	for _, name := range names {
		delete(o, name)
	}
	return o
}

type knoxDesk struct{ *desk }

func (d knoxDesk) GetCredit(_ context.Context, r knoxserver.GetCreditRequestObject) (knoxserver.GetCreditResponseObject, error) {
	d.note(map[string]any{"tenantId": r.TenantId, "id": r.Id, "consistentRead": r.Params.ConsistentRead})
	return answered[knoxserver.GetCredit200JSONResponse](d.desk), nil
}

func (d knoxDesk) UpdateCredit(_ context.Context, r knoxserver.UpdateCreditRequestObject) (knoxserver.UpdateCreditResponseObject, error) {
	d.note(map[string]any{"tenantId": r.TenantId, "id": r.Id, "body": r.Body})
	return answered[knoxserver.UpdateCredit200JSONResponse](d.desk), nil
}

func TestKnoxServer(t *testing.T) {
	const id = "credit:7f9c|24/e8 ä"
	d := knoxDesk{&desk{t: t}}
	opts := start(t, knoxserver.Handler(knoxserver.NewStrictHandler(d, nil)))
	client := must[*knox.Client](t)(knox.New("acme.example.org", credit.StaticToken("token"), opts...))

	// The generator's answer types drop unknown members at the top.
	d.answer = without(with(sample(t, "knox", "Credit", all), map[string]any{"id": id}), "x_extra")
	got := must[*knox.Credit](t)(client.GetCredit(t.Context(), id))
	d.understood(map[string]any{"tenantId": "acme.example.org", "id": id, "consistentRead": "true"})
	same(t, "GetCredit", d.answer, got)

	for _, which := range []members{all, required} {
		body := with(sample(t, "knox", "Credit", which), map[string]any{"id": id})
		d.answer = without(body, "x_extra")
		got := must[*knox.Credit](t)(client.UpdateCredit(t.Context(), as[knox.Credit](t, body)))
		d.understood(map[string]any{"tenantId": "acme.example.org", "id": id, "body": body})
		same(t, "UpdateCredit", d.answer, got)
	}
}

type thoughtindustriesDesk struct{ *desk }

func (d thoughtindustriesDesk) UpdateCreditBatch(_ context.Context, r thoughtindustriesserver.UpdateCreditBatchRequestObject) (thoughtindustriesserver.UpdateCreditBatchResponseObject, error) {
	d.note(map[string]any{"id": r.Id, "body": r.Body})
	return thoughtindustriesserver.UpdateCreditBatch200JSONResponse{Body: answered[thoughtindustriesserver.UpdateCreditBatchAnswer](d.desk)}, nil
}

func (d thoughtindustriesDesk) ListCreditBatches(_ context.Context, r thoughtindustriesserver.ListCreditBatchesRequestObject) (thoughtindustriesserver.ListCreditBatchesResponseObject, error) {
	d.note(map[string]any{"id": r.Id, "query": r.Params})
	answer := d.answer
	if r.Params.Cursor != nil || r.Params.Page != nil { // the last page
		answer = listed(sample(d.t, "thoughtindustries", "CreditBatchPage", all), nil, nil)
	}
	return thoughtindustriesserver.ListCreditBatches200JSONResponse{Body: as[thoughtindustriesserver.ListCreditBatchesAnswer](d.t, answer)}, nil
}

// listed is a page with what follows it.
func listed(page map[string]any, cursor, batches any) map[string]any {
	page = with(page, map[string]any{"pageInfo": map[string]any{"perPage": 2, "cursor": cursor, "total": 2, "hasMore": cursor != nil}})
	page["creditBatches"] = []any{}
	if batches != nil {
		page["creditBatches"] = batches
	}
	return map[string]any{"data": map[string]any{"APICreditBatchesByClientAndCreditAccount": page}}
}

func TestThoughtIndustriesServer(t *testing.T) {
	const id, owner, account = "00000000-0000-4000-8000-0000000000aa", "00000000-0000-4000-8000-0000000000bb", "00000000-0000-4000-8000-0000000000cc"
	d := thoughtindustriesDesk{&desk{t: t}}
	opts := start(t, thoughtindustriesserver.Handler(thoughtindustriesserver.NewStrictHandler(d, nil)))
	client := must[*thoughtindustries.Client](t)(thoughtindustries.New("acme", "key", opts...))

	batch := with(sample(t, "thoughtindustries", "CreditBatch", all), map[string]any{"id": id})
	d.answer = map[string]any{"data": map[string]any{"UpdateCreditBatch": batch}}
	for _, which := range []members{all, required} {
		body := sample(t, "thoughtindustries", "UpdateCreditBatchRequest", which)
		got := must[*thoughtindustries.CreditBatch](t)(client.UpdateCreditBatch(t.Context(), id, as[thoughtindustries.UpdateCreditBatchRequest](t, body)))
		d.understood(map[string]any{"id": id, "body": body})
		same(t, "UpdateCreditBatch", batch, got)
	}

	page := sample(t, "thoughtindustries", "CreditBatchPage", all)
	for name, cursor := range map[string]any{"text": "a b&c", "number": json.Number("1767225600000")} {
		d.answer = listed(page, cursor, page["creditBatches"])
		var got []any
		for b, err := range client.ListCreditBatches(t.Context(), owner, account) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, b)
		}
		d.understood(map[string]any{"id": owner, "query": map[string]any{"clientId": owner, "creditAccountId": account, "cursor": textOf(cursor)}})
		same(t, "ListCreditBatches, the cursor a "+name, page["creditBatches"], got)
	}
}

func textOf(v any) string {
	if number, ok := v.(json.Number); ok {
		return number.String()
	}
	return v.(string)
}

type nexudusDesk struct{ *desk }

func (d nexudusDesk) UpdateCoworkerBookingCredit(_ context.Context, r nexudusserver.UpdateCoworkerBookingCreditRequestObject) (nexudusserver.UpdateCoworkerBookingCreditResponseObject, error) {
	d.note(map[string]any{"body": r.Body})
	return answered[nexudusserver.UpdateCoworkerBookingCredit200JSONResponse](d.desk), nil
}

func (d nexudusDesk) GetCoworkerBookingCredit(_ context.Context, r nexudusserver.GetCoworkerBookingCreditRequestObject) (nexudusserver.GetCoworkerBookingCreditResponseObject, error) {
	d.note(map[string]any{"id": r.Id})
	return answered[nexudusserver.GetCoworkerBookingCredit200JSONResponse](d.desk), nil
}

func TestNexudusServer(t *testing.T) {
	const id = 87654321
	d := nexudusDesk{&desk{t: t}}
	opts := start(t, nexudusserver.Handler(nexudusserver.NewStrictHandler(d, nil)))
	client := must[*nexudus.Client](t)(nexudus.New(credit.StaticToken("token"), opts...))

	record := with(sample(t, "nexudus", "CoworkerBookingCredit", all), map[string]any{"Id": id})
	d.answer = record
	read := must[*nexudus.CoworkerBookingCredit](t)(client.GetCoworkerBookingCredit(t.Context(), id))
	d.understood(map[string]any{"id": id})
	same(t, "GetCoworkerBookingCredit", record, trueFlags(t, record, read))

	result := with(sample(t, "nexudus", "UpdateResult", all), map[string]any{"Value": map[string]any{"Id": id}, "WasSuccessful": true})
	d.answer = result
	full := sample(t, "nexudus", "CoworkerBookingCreditUpdate", all)
	for name, body := range map[string]map[string]any{
		"all members":              full,
		"the required members":     sample(t, "nexudus", "CoworkerBookingCreditUpdate", required),
		"the record that was read": as[map[string]any](t, read.Update()),
	} {
		body = with(body, map[string]any{"Id": id})
		got := must[*nexudus.UpdateResult](t)(client.UpdateCoworkerBookingCredit(t.Context(), as[nexudus.CoworkerBookingCreditUpdate](t, body)))
		d.understood(map[string]any{"body": body})
		same(t, "UpdateCoworkerBookingCredit with "+name, result, trueFlags(t, result, got))
	}
}

// trueFlags puts the false members back that an answer's type leaves out when
// it is encoded.
func trueFlags(t *testing.T, want map[string]any, got any) map[string]any {
	t.Helper()
	decoded := plain(t, got).(map[string]any)
	for name, value := range want {
		if _, there := decoded[name]; value == false && !there {
			decoded[name] = false
		}
	}
	return decoded
}

type flexpriceDesk struct{ *desk }

func (d flexpriceDesk) UpdateCreditGrant(_ context.Context, r flexpriceserver.UpdateCreditGrantRequestObject) (flexpriceserver.UpdateCreditGrantResponseObject, error) {
	d.note(map[string]any{"id": r.Id, "body": r.Body})
	return flexpriceserver.UpdateCreditGrant200JSONResponse{Body: answered[flexpriceserver.CreditGrant](d.desk)}, nil
}

func (d flexpriceDesk) GetCreditGrant(_ context.Context, r flexpriceserver.GetCreditGrantRequestObject) (flexpriceserver.GetCreditGrantResponseObject, error) {
	d.note(map[string]any{"id": r.Id})
	return flexpriceserver.GetCreditGrant200JSONResponse{Body: answered[flexpriceserver.CreditGrant](d.desk)}, nil
}

func TestFlexpriceServer(t *testing.T) {
	const id = "cg_01KQ/ä"
	d := flexpriceDesk{&desk{t: t}}
	opts := start(t, flexpriceserver.Handler(flexpriceserver.NewStrictHandler(d, nil)))
	client := must[*flexprice.Client](t)(flexprice.New("key", opts...))

	d.answer = with(sample(t, "flexprice", "CreditGrant", all), map[string]any{"id": id})
	got := must[*flexprice.CreditGrant](t)(client.GetCreditGrant(t.Context(), id))
	d.understood(map[string]any{"id": id})
	same(t, "GetCreditGrant", d.answer, got)

	full := sample(t, "flexprice", "UpdateCreditGrantRequest", all)
	for name, body := range map[string]map[string]any{
		"all members": full, "none": {}, "cleared metadata": with(full, map[string]any{"metadata": map[string]any{}}),
	} {
		got := must[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(t.Context(), id, as[flexprice.UpdateCreditGrantRequest](t, body)))
		d.understood(map[string]any{"id": id, "body": body})
		same(t, "UpdateCreditGrant with "+name, d.answer, got)
	}
}

type metronomeDesk struct{ *desk }

func (d metronomeDesk) EditCredit(_ context.Context, r metronomeserver.EditCreditRequestObject) (metronomeserver.EditCreditResponseObject, error) {
	d.note(map[string]any{"key": r.Params.IdempotencyKey, "body": r.Body})
	return answered[metronomeserver.EditCredit200JSONResponse](d.desk), nil
}

func (d metronomeDesk) ListCustomerCredits(_ context.Context, r metronomeserver.ListCustomerCreditsRequestObject) (metronomeserver.ListCustomerCreditsResponseObject, error) {
	d.note(map[string]any{"body": r.Body})
	answer := d.answer
	if r.Body.NextPage != nil && *r.Body.NextPage == "two" {
		answer = map[string]any{"data": []any{}, "next_page": nil}
	}
	return as[metronomeserver.ListCustomerCredits200JSONResponse](d.t, answer), nil
}

func TestMetronomeServer(t *testing.T) {
	d := metronomeDesk{&desk{t: t}}
	opts := start(t, metronomeserver.Handler(metronomeserver.NewStrictHandler(d, nil)))
	client := must[*metronome.Client](t)(metronome.New("token", opts...))

	d.answer = sample(t, "metronome", "EditCreditResponse", all)
	full := sample(t, "metronome", "EditCreditRequest", all)
	for name, body := range map[string]map[string]any{
		"all members":          full,
		"the required members": sample(t, "metronome", "EditCreditRequest", required),
		"nulls":                sample(t, "metronome", "EditCreditRequest", nulls),
		"empty lists": with(full, map[string]any{
			"access_schedule":        map[string]any{"add_schedule_items": []any{}, "remove_schedule_items": []any{}, "update_schedule_items": []any{}},
			"applicable_product_ids": []any{}, "applicable_product_tags": []any{}, "applicable_contract_ids": []any{}, "specifiers": []any{},
		}),
	} {
		got := must[*metronome.EditCreditResponse](t)(client.EditCredit(t.Context(), as[metronome.EditCreditRequest](t, body), credit.WithIdempotencyKey("key of "+name)))
		d.understood(map[string]any{"key": "key of " + name, "body": body})
		same(t, "EditCredit with "+name, d.answer, got)
	}

	list := sample(t, "metronome", "ListCustomerCreditsRequest", all)
	d.answer = with(sample(t, "metronome", "CustomerCreditPage", all), map[string]any{"next_page": "two"})
	var got []any
	for c, err := range client.ListCustomerCredits(t.Context(), as[metronome.ListCustomerCreditsRequest](t, list)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	d.understood(map[string]any{"body": with(list, map[string]any{"next_page": "two"})})
	same(t, "ListCustomerCredits", d.answer["data"], got)

	one := d.answer["data"].([]any)[0].(map[string]any)
	found := must[*metronome.Credit](t)(client.GetCredit(t.Context(), list["customer_id"].(string), one["id"].(string)))
	d.understood(map[string]any{"body": map[string]any{
		"customer_id": list["customer_id"], "credit_id": one["id"], "include_balance": true, "include_contract_credits": true,
	}})
	same(t, "GetCredit", one, found)
}
