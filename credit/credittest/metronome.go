package credittest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// NewMetronome returns a fake of Metronome with one credit of one customer. The credit
// has one schedule item of 1000. The vendor has not been measured: everything is
// documented or assumed.
//
// Documented:
//   - An edit changes the members that it names. Five members can be null; a null in
//     applicable_contract_ids lifts the limit.
//   - The response to the first edit under an Idempotency-Key is stored, also a 500,
//     and repeated for the same edit. Another edit under that key is a 409.
//   - Refusals before an edit begins are not stored, nor is the response to a request
//     whose key is in flight.
//   - An unknown customer is a 400 with a code.
//   - A list has 25 credits a page. The credits of contracts and the balances are
//     listed only on request.
//   - A 429 has the header X-Metronome-Rate-Limit-Type.
//
// Assumed:
//   - A key in flight is a 409.
//   - A null also lifts the other limits and the priority.
//   - Schedule items are removed, updated and added in this order, all or none.
//   - A time that is not on the hour, and a period that ends before it begins, is a 400.
//   - An unknown credit is a 404, and so is a list for an unknown customer.
//   - The balance does not change.
func NewMetronome(t TB) *Server {
	m := &metronome{credits: newTable[object](), replies: newTable[storedResponse](), added: newTable[int](), running: map[string]bool{}}
	m.credits.owners = metronomeOwners
	ref := credit.Ref{ID: "5e7e82cf-ccb7-428c-a96f-a8e4f67af822", Owner: "4c91c473-fc12-445a-9c38-40421d47023f"}
	mustSeed(m, `{"id":"`+ref.ID+`","customer_id":"`+ref.Owner+`","type":"CREDIT",
		"product":{"id":"2c53a9a7-21e4-4ffd-a5d6-3d9a5a0c2f11","name":"Credits"},
		"name":"Trial","description":"made by hand","priority":10,"balance":750.50,
		"applicable_product_ids":["2c53a9a7-21e4-4ffd-a5d6-3d9a5a0c2f11"],"rate_type":"LIST_RATE",
		"custom_fields":{"deal":"D-7"},"created_by":"billing@example.com","ledger_digits":12345678901234567890,
		"access_schedule":{"access_type":"SPEND","credit_type":{"id":"2714e483-4ff1-48e4-9e25-ac732e8f24f2","name":"USD (cents)"},
			"schedule_items":[{"id":"d5edbd32-c744-48cb-9475-a9bca0e6fa39","amount":1000,
				"starting_at":"2026-01-01T00:00:00.000Z","ending_before":"2027-01-01T00:00:00.000Z"}]}}`)
	return startServer(t, m, ref, "")
}

type metronome struct {
	credits table[object]         // each also holds its customer_id
	replies table[storedResponse] // by idempotency key
	added   table[int]            // number of schedule items that edits added, under ""
	running map[string]bool       // keys in flight
}

// A storedResponse is the response to the first edit under a key.
type storedResponse struct {
	edit   [sha256.Size]byte
	answer Answer
}

const metronomeInFlight = `{"message":"Another request with this Idempotency-Key is in progress"}`

const (
	metronomeEdit = "/v2/contracts/credits/edit"
	metronomeList = "/v1/contracts/customerCredits/list"
)

func (m *metronome) kind(r *Request) kind {
	if r.Path == metronomeEdit {
		return writing
	}
	return reading
}

func (m *metronome) record(id string) (json.RawMessage, bool) {
	c, ok := m.credits.get(id)
	return c.json(), ok
}

func (m *metronome) seed(record json.RawMessage) error {
	c, err := parse(record)
	if err != nil {
		return err
	}
	id := c.text("id")
	if id == "" || c.text("customer_id") == "" {
		return fmt.Errorf("credittest: a metronome credit needs an id and a customer_id")
	}
	m.credits.set(id, c)
	return nil
}

func (m *metronome) stores() []store { return []store{&m.credits, &m.replies, &m.added} }

// throttledAnswer names the type of the limit, as every 429 of Metronome does.
func (m *metronome) throttledAnswer(wait time.Duration) Answer {
	return RateLimited(wait).With("X-Metronome-Rate-Limit-Type", "client").applyTo(Answer{})
}

// begin refuses an edit whose key is in flight. The refusal is not stored.
func (m *metronome) begin(r *Request) *Answer {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Path != metronomeEdit || !hasBearer(r) {
		return nil
	}
	if m.running[key] {
		return new(jsonAnswer(409, metronomeInFlight))
	}
	m.running[key] = true
	return nil
}

func (m *metronome) serve(r *Request) Answer {
	if r.Write {
		delete(m.running, r.Header.Get("Idempotency-Key"))
	}
	switch {
	case !hasBearer(r):
		return jsonAnswer(401, `{"message":"Unauthorized"}`)
	case r.Method != http.MethodPost:
		return jsonAnswer(404, `{"message":"Not found"}`)
	case r.Path == metronomeEdit:
		return m.editOnce(r)
	case r.Path == metronomeList:
		return m.listCredits(r)
	}
	return jsonAnswer(404, `{"message":"Not found"}`)
}

// editOnce repeats the stored response if the same edit was made under the key.
func (m *metronome) editOnce(r *Request) Answer {
	key, edit := r.Header.Get("Idempotency-Key"), sha256.Sum256(r.Body)
	if before, ok := m.replies.get(key); ok && key != "" {
		if before.edit != edit {
			return jsonAnswer(409, `{"message":"Idempotency-Key was used with other parameters"}`)
		}
		return before.answer
	}
	a, begun := m.editCredit(r)
	if begun && key != "" {
		m.replies.set(key, storedResponse{edit, a})
	}
	return a
}

// failed stores a 500, as Metronome does once an edit has begun. A 500 that replaces
// the response to an applied edit is stored in its place.
func (m *metronome) failed(r *Request, a Answer) {
	key := r.Header.Get("Idempotency-Key")
	if _, before := m.replies.get(key); key == "" || !r.Write || a.Status != http.StatusInternalServerError || before && !r.Applied {
		return
	}
	m.replies.set(key, storedResponse{sha256.Sum256(r.Body), a})
}

// editCredit reports whether the edit began: a refusal before that is not stored.
func (m *metronome) editCredit(r *Request) (a Answer, begun bool) {
	req, err := parse(r.Body)
	if err != nil {
		return jsonAnswer(400, `{"message":"invalid JSON"}`), false
	}
	c, refusal := m.findCredit(req.text("customer_id"), req.text("credit_id"))
	if refusal != nil {
		return *refusal, false
	}
	changed := c.clone()
	if raw, ok := req["access_schedule"]; ok {
		if reason := m.reschedule(changed, raw); reason != "" {
			return jsonAnswer(400, `{"code":"InvalidArgument","message":`+strconv.Quote(reason)+`}`), false
		}
	}
	for name, value := range req {
		switch {
		case slices.Contains(metronomeNullable, name) && string(value) == "null":
			delete(changed, name)
		case string(value) == "null":
			return jsonAnswer(400, `{"code":"InvalidArgument","message":`+strconv.Quote(name+" must not be null")+`}`), false
		case name == "product_id":
			product, _ := parse(c["product"])
			changed["product"] = product.with(object{"id": value}).json()
		case slices.Contains(metronomeNullable, name), slices.Contains(metronomePlain, name):
			changed[name] = value
		}
	}
	m.credits.set(c.text("id"), changed)
	r.Applied = true
	return jsonAnswer(200, `{"data":{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"}}`), true
}

// The members of an edit that change the member of the same name.
var (
	metronomeNullable = []string{"applicable_contract_ids", "applicable_product_ids", "applicable_product_tags", "priority", "specifiers"}
	metronomePlain    = []string{"description", "hierarchy_configuration", "name", "rate_type"}
)

func (m *metronome) findCredit(customer, id string) (object, *Answer) {
	if !m.hasCustomer(customer) {
		return nil, new(jsonAnswer(400, `{"code":"CustomerNotFound","message":"Customer not found"}`))
	}
	c, ok := m.credits.get(id)
	if !ok || c.text("customer_id") != customer {
		return nil, new(jsonAnswer(404, `{"message":"Credit not found"}`))
	}
	return c, nil
}

// hasCustomer reports whether a credit belongs to customer.
func (m *metronome) hasCustomer(customer string) bool {
	return m.credits.hasOwner(metronomeOwner(customer, true))
}

func (m *metronome) listCredits(r *Request) Answer {
	req, err := parse(r.Body)
	if err != nil {
		return jsonAnswer(400, `{"message":"invalid JSON"}`)
	}
	if !m.hasCustomer(req.text("customer_id")) {
		return jsonAnswer(404, `{"message":"Customer not found"}`)
	}
	limit, start := 25, 0
	if raw, ok := req["limit"]; ok {
		if limit, err = strconv.Atoi(string(raw)); err != nil || limit < 1 || limit > 25 {
			return jsonAnswer(400, `{"message":"limit must be from 1 to 25"}`)
		}
	}
	if page := req.text("next_page"); page != "" {
		if start, err = strconv.Atoi(page); err != nil || start < 0 {
			return jsonAnswer(400, `{"message":"next_page is unknown"}`)
		}
	}
	ids := m.matchingCredits(req)
	next := json.RawMessage("null")
	end := min(start+limit, len(ids))
	if end < len(ids) {
		next = encode(strconv.Itoa(end))
	}
	shown := m.shownCredits(req, ids[min(start, end):end])
	return okAnswer(encode(object{"data": encode(shown), "next_page": next}))
}

// metronomeOwners returns the lists that a credit is in: all of its customer's and, unless
// it is a contract's, those that a list has without include_contract_credits.
func metronomeOwners(c object) []string {
	owners := []string{metronomeOwner(c.text("customer_id"), true)}
	if c["contract"] == nil {
		owners = append(owners, metronomeOwner(c.text("customer_id"), false))
	}
	return owners
}

func metronomeOwner(customer string, withContracts bool) string {
	return strconv.FormatBool(withContracts) + " " + customer
}

// matchingCredits returns the ids of the credits that a request lists.
func (m *metronome) matchingCredits(req object) []string {
	owner := metronomeOwner(req.text("customer_id"), string(req["include_contract_credits"]) == "true")
	if req["credit_id"] == nil {
		return m.credits.listOf(owner)
	}
	id := req.text("credit_id")
	if c, found := m.credits.get(id); found && slices.Contains(metronomeOwners(c), owner) {
		return []string{id}
	}
	return nil
}

// shownCredits returns credits as a list shows them.
func (m *metronome) shownCredits(req object, ids []string) []object {
	shown := []object{}
	for _, id := range ids {
		c, _ := m.credits.get(id)
		c = c.clone()
		delete(c, "customer_id")
		if string(req["include_balance"]) != "true" {
			delete(c, "balance")
		}
		shown = append(shown, c)
	}
	return shown
}

// reschedule removes, updates and adds items of a credit's schedule, or returns what is
// wrong.
func (m *metronome) reschedule(c object, raw json.RawMessage) (wrong string) {
	var change struct {
		Add    []object `json:"add_schedule_items"`
		Update []object `json:"update_schedule_items"`
		Remove []object `json:"remove_schedule_items"`
	}
	if json.Unmarshal(raw, &change) != nil {
		return "access_schedule is malformed"
	}
	schedule, _ := parse(c["access_schedule"])
	var items []object
	_ = json.Unmarshal(schedule["schedule_items"], &items) // a credit without a schedule has no items
	at := func(id string) int {
		return slices.IndexFunc(items, func(item object) bool { return item.text("id") == id })
	}
	for _, gone := range change.Remove {
		i := at(gone.text("id"))
		if i < 0 {
			return "schedule item not found"
		}
		items = slices.Delete(items, i, i+1)
	}
	for _, update := range change.Update {
		i := at(update.text("id"))
		if i < 0 {
			return "schedule item not found"
		}
		if items[i], wrong = scheduleItem(items[i], update); wrong != "" {
			return wrong
		}
	}
	for _, add := range change.Add {
		added, _ := m.added.get("")
		m.added.set("", added+1)
		item, wrong := scheduleItem(object{"id": fmt.Appendf(nil, `"00000000-0000-4000-8000-%012d"`, added+1)}, add)
		if wrong != "" {
			return wrong
		}
		items = append(items, item)
	}
	c["access_schedule"] = schedule.with(object{"schedule_items": encode(items)}).json()
	return ""
}

// scheduleItem returns item with the members of change. The result must be complete.
func scheduleItem(item, change object) (changed object, wrong string) {
	item = item.clone()
	for _, name := range []string{"amount", "starting_at", "ending_before"} {
		if value, named := change[name]; named {
			item[name] = value
		}
	}
	if _, isNumber := item.amount("amount"); !isNumber {
		return nil, "amount must be a number"
	}
	var times [2]time.Time
	for i, name := range []string{"starting_at", "ending_before"} {
		t, err := time.Parse(time.RFC3339, item.text(name))
		if err != nil || !t.Equal(t.Truncate(time.Hour)) {
			return nil, name + " must be an RFC 3339 time on the hour"
		}
		item[name] = encode(formatMillis(t))
		times[i] = t
	}
	if !times[0].Before(times[1]) {
		return nil, "ending_before must be after starting_at"
	}
	return item, ""
}
