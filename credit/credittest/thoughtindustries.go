package credittest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// NewThoughtIndustries returns a fake of a Thought Industries instance with one credit
// batch of one client. The batch has 640 credits left.
//
// Documented:
//   - the paths, the members and the envelopes
//   - 25 batches a page
//   - the X-RateLimit headers, which count 120 calls a minute. The fake refuses none,
//     see [Server.Limit].
//   - A 401 has no body.
//
// Seen at the vendor's other calls: the response for a batch that does not exist is a
// 200 with a list of errors.
//
// The rest is unknown. The fake assumes:
//   - Members that an update leaves out keep their values.
//   - The balance becomes the value in the request, whatever was redeemed meanwhile.
//   - A null, a balance that is not a whole number of at least 0, and an expiry without
//     a time zone are refused with a 422.
//   - A client without batches has an empty list.
//   - Any key is accepted, and paging by page and by cursor.
//
// A test plays a learner who redeems credits with [Server.Seed].
func NewThoughtIndustries(t TB) *Server {
	ti := &thoughtIndustries{batches: newTable[object]()}
	ti.batches.owners = func(b object) []string { return []string{b.text("clientId")} }
	ref := credit.Ref{ID: "9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90", Owner: "c0a8e1d2-3b4c-4d5e-8f60-718293a4b5c6"}
	mustSeed(ti, `{"id":"`+ref.ID+`","name":"Spring training","expiresOn":"2027-06-30T23:59:59.000Z",
		"startingBalance":1000,"currentBalance":640,"clientId":"`+ref.Owner+`","status":"active",
		"createdAt":"2026-01-05T08:00:00.000Z","updatedAt":"2026-02-01T12:30:00.250Z",
		"creditAccountId":"5f1d3a77-90ab-4cde-8123-4567890abcde","allocatedCredits":360.50,
		"externalReference":{"po":"PO-7","share":12345678901234567890}}`)
	return startServer(t, ti, ref, "")
}

type thoughtIndustries struct {
	defaultVendor

	batches table[object]

	left  int       // calls left until reset
	reset time.Time // when the count starts again
}

const (
	tiClients = "/incoming/v2/clients/"
	tiPerPage = 25
	tiRate    = 120
)

func (ti *thoughtIndustries) kind(r *Request) kind { return methodKind(r) }

func (ti *thoughtIndustries) throttledAnswer(wait time.Duration) Answer {
	a := jsonAnswer(429, `{"error":"rate_limit_exceeded","message":"Too many requests","retryAfter":`+retryAfterSeconds(wait)+`}`)
	a.Header.Set("Retry-After", retryAfterSeconds(wait))
	return ti.withRateHeaders(a, true)
}

func (ti *thoughtIndustries) record(id string) (json.RawMessage, bool) {
	b, found := ti.batches.get(id)
	return b.json(), found
}

func (ti *thoughtIndustries) seed(record json.RawMessage) error {
	b, err := parse(record)
	if err != nil {
		return err
	}
	id := b.text("id")
	if id == "" || b.text("clientId") == "" {
		return errors.New("credittest: a thoughtindustries batch needs an id and a clientId")
	}
	ti.batches.set(id, b)
	return nil
}

func (ti *thoughtIndustries) stores() []store { return []store{&ti.batches} }

func (ti *thoughtIndustries) serve(r *Request) Answer {
	return ti.withRateHeaders(ti.respond(r), false)
}

// withRateHeaders counts the call and adds the headers that every response has.
func (ti *thoughtIndustries) withRateHeaders(a Answer, over bool) Answer {
	now := time.Now()
	if !now.Before(ti.reset) {
		ti.left, ti.reset = tiRate, now.Add(time.Minute)
	}
	ti.left = max(0, ti.left-1)
	left := ti.left
	if over {
		left = 0
	}
	a.Header.Set("X-RateLimit-Limit", strconv.Itoa(tiRate))
	a.Header.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	a.Header.Set("X-RateLimit-Reset", strconv.FormatInt(ti.reset.Unix(), 10))
	return a
}

func (ti *thoughtIndustries) respond(r *Request) Answer {
	path := pathSegments(r.Path, tiClients)
	switch {
	case !hasBearer(r):
		return Answer{Status: 401, Header: http.Header{}}
	case len(path) == 2 && path[0] == "creditBatches":
		if r.Method != http.MethodPut {
			return tiErrors(405, "Method not allowed")
		}
		return ti.updateBatch(r, path[1])
	case len(path) == 2 && path[1] == "creditBatches":
		if r.Method != http.MethodGet {
			return tiErrors(405, "Method not allowed")
		}
		return ti.listBatches(r, path[0])
	}
	return tiErrors(404, "Not found")
}

// tiErrors returns the list of errors that was seen at the vendor.
func tiErrors(status int, message string) Answer {
	a := okAnswer(encode(object{"errors": encode([]object{{"message": encode(message)}})}))
	a.Status = status
	return a
}

func (ti *thoughtIndustries) updateBatch(r *Request, id string) Answer {
	change, err := parse(r.Body)
	if err != nil {
		return tiErrors(400, "The body is not a JSON object")
	}
	before, found := ti.batches.get(id)
	if !found {
		return tiErrors(200, "Credit batch not found")
	}
	b := before.clone()
	for name, raw := range change {
		switch name {
		case "name":
			if raw[0] != '"' {
				return tiErrors(422, "name must be a string")
			}
			b[name] = raw
		case "currentBalance":
			if balance, isNumber := change.amount(name); !isNumber || !balance.IsInteger() || balance.Sign() < 0 {
				return tiErrors(422, "currentBalance must be an integer")
			}
			b[name] = raw
		case "expiresOn":
			at, err := time.Parse(time.RFC3339, change.text(name))
			if err != nil {
				return tiErrors(422, "expiresOn must be an ISO 8601 timestamp")
			}
			b[name] = encode(formatMillis(at))
		}
	}
	b["updatedAt"] = encode(formatMillis(time.Now()))
	ti.batches.set(id, b)
	r.Applied = true
	return okAnswer(encode(object{"data": encode(object{"UpdateCreditBatch": b.json()})}))
}

func (ti *thoughtIndustries) listBatches(r *Request, client string) Answer {
	query, err := url.ParseQuery(r.Query)
	if err != nil || query.Get("clientId") != client {
		return tiErrors(400, "clientId is required, and must be the one in the path")
	}
	start, valid := tiStart(query)
	if !valid {
		return tiErrors(400, "page must be a whole number from 1 up")
	}
	account := query.Get("creditAccountId")
	ids := ti.batches.listOf(client)
	if account != "" {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
			b, _ := ti.batches.get(id)
			return b.text("creditAccountId") != account
		})
	}
	end := min(start+tiPerPage, len(ids))
	batches := []object{}
	for _, id := range ids[min(start, end):end] {
		b, _ := ti.batches.get(id)
		batches = append(batches, b)
	}
	info := object{"perPage": encode(tiPerPage), "cursor": encode(nil), "total": encode(len(ids)), "hasMore": encode(end < len(ids))}
	if end < len(ids) {
		info["cursor"] = encode(strconv.Itoa(end))
	}
	page := object{"clientId": encode(client), "creditAccountId": encode(nil), "creditBatches": encode(batches), "pageInfo": info.json()}
	if account != "" {
		page["creditAccountId"] = encode(account)
	}
	return okAnswer(encode(object{"data": encode(object{"APICreditBatchesByClientAndCreditAccount": page.json()})}))
}

// tiStart returns the index of the first batch of a page, by cursor or by page.
func tiStart(query url.Values) (start int, valid bool) {
	if query.Has("cursor") {
		start, err := strconv.Atoi(query.Get("cursor"))
		return start, err == nil && start >= 0
	}
	if !query.Has("page") {
		return 0, true
	}
	page, err := strconv.Atoi(query.Get("page"))
	return (page - 1) * tiPerPage, err == nil && page > 0
}
