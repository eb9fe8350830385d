package credittest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

// FlexpricePlanGrant is the id of a second grant in [NewFlexprice], whose scope
// is PLAN: an end date archives it.
const FlexpricePlanGrant = "cg_01KQ3Z5T9M7X2W8V4N6B1C0DPL"

// FlexpriceSubscription is the id of the subscription of the first grant in
// [NewFlexprice], for a [credit.Query].
const FlexpriceSubscription = "subs_01KQ3Z5T9M7X2W8V4N6B1C0SUB"

// NewFlexprice returns a fake of Flexprice with two grants: one of a subscription, and
// one of a plan ([FlexpricePlanGrant]). Its URL ends in /v1.
//
// Measured on the vendor's own server:
//   - An update changes name, metadata and end_date. Other members are ignored, with
//     a 200. Names match in any case, the last of two equal names counts, and what
//     follows the first JSON value is not read.
//   - An empty name is a 400. A name of more than 255 characters, and a NUL in any
//     text, is a 500.
//   - Metadata is replaced as a whole.
//   - An end date in the past is a 400. Any other is written after the other members:
//     on an archived grant it is refused when the name has already changed. The
//     response does not show it.
//   - An end date ends a subscription's grant, is stored in an addon's grant, and
//     archives a plan's grant.
//   - An update reads the grant when it arrives. When it is done, it writes name,
//     status, metadata and end date back without a look at what was written in between:
//     of two updates that overlap, one loses its change. [Slow] and [InFlight] hold an
//     update between the two steps.
//   - Responses have the server's bodies and an X-Request-Id: the caller's, or a new
//     one.
//   - The server has no rate limit.
//   - The lists of a plan and of an add-on, and the grants of a subscription, hold the
//     published grants, without pages. An unknown plan has an empty list.
//
// Assumed: the text of two refusals; that a subscription without a grant does not exist; that any key is accepted; that reads are never
// stale unless a test uses [Stale]. The limit of the vendor's gateway is unknown, so
// [Server.Limit] responds with a plain 429.
func NewFlexprice(t TB) *Server {
	f := &flexprice{grants: newTable[object](), read: map[*Request]object{}}
	f.grants.owners, f.grants.compare = flexpriceOwner, strings.Compare
	ref := credit.Ref{ID: "cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU"}
	const rest = `"cadence":"ONETIME","conversion_rate":"1","topup_conversion_rate":"1",
		"expiration_type":"NEVER","priority":1,"status":"published",
		"environment_id":"env_01KQ3Z5T9M7X2W8V4N6B1C0ENV","tenant_id":"tenant_01KQ3Z5T9M7X2W8V4N6B1TEN",
		"created_at":"2026-01-02T03:04:05.678901Z","updated_at":"2026-01-02T03:04:05.678901Z",
		"created_by":"user_01KQ3Z5T9M7X2W8V4N6B1C0USR","updated_by":"user_01KQ3Z5T9M7X2W8V4N6B1C0USR"}`
	mustSeed(f, `{"id":"`+ref.ID+`","name":"Welcome","scope":"SUBSCRIPTION","credits":"100.5",
		"subscription_id":"`+FlexpriceSubscription+`","start_date":"2026-01-02T00:00:00Z",
		"credit_grant_anchor":"2026-01-02T00:00:00Z","metadata":{"order":"A-17","<team>":"north"},`+rest)
	mustSeed(f, `{"id":"`+FlexpricePlanGrant+`","name":"Included","scope":"PLAN","credits":"20.00000001",
		"plan_id":"plan_01KQ3Z5T9M7X2W8V4N6B1C0PLA",`+rest)
	return startServer(t, f, ref, "/v1")
}

type flexprice struct {
	defaultVendor

	grants table[object]
	read   map[*Request]object // what running updates have read
}

func (f *flexprice) kind(r *Request) kind { return methodKind(r) }

func (f *flexprice) record(id string) (json.RawMessage, bool) {
	g, found := f.grants.get(id)
	return g.json(), found
}

func (f *flexprice) seed(record json.RawMessage) error {
	g, err := parse(record)
	if err != nil {
		return err
	}
	if g.text("id") == "" || g.text("scope") == "" {
		return errors.New("credittest: a flexprice grant needs an id and a scope")
	}
	f.grants.set(g.text("id"), g)
	return nil
}

func (f *flexprice) stores() []store { return []store{&f.grants} }

// begin reads the grant that an update will write back.
func (f *flexprice) begin(r *Request) *Answer {
	if path := pathSegments(r.Path, "/v1/creditgrants/"); r.Method == http.MethodPut && len(path) == 1 {
		f.read[r], _ = f.grants.get(path[0])
	}
	return nil
}

func (f *flexprice) serve(r *Request) Answer {
	defer delete(f.read, r)
	a := f.respond(r)
	id := r.Header.Get("X-Request-Id")
	if id == "" {
		id = rand.Text()
	}
	a.Header.Set("X-Request-Id", id)
	return a
}

func (f *flexprice) respond(r *Request) Answer {
	if list := f.listGrants(r); list != nil {
		return *list
	}
	path := pathSegments(r.Path, "/v1/creditgrants/")
	// The router looks at the unescaped path: a slash in an id is one more
	// segment.
	if len(path) != 1 || path[0] == "" || strings.Contains(path[0], "/") || r.Method != http.MethodGet && r.Method != http.MethodPut {
		return Answer{Status: 404, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("404 page not found")}
	}
	if r.Header.Get("X-Api-Key") == "" {
		return flexpriceUnauthorized(r)
	}
	if r.Method == http.MethodPut {
		return f.updateGrant(r, path[0])
	}
	if g, found := f.grants.get(path[0]); found {
		return flexpriceResponse(200, g)
	}
	return flexpriceNotFound(path[0])
}

// The lists of grants: the path in front of the owner's id and behind it, the owner's
// member in a grant, and the scope of the grants.
var flexpriceLists = []struct{ prefix, suffix, owner, scope string }{
	{"/v1/subscriptions/", "", "subscription_id", "SUBSCRIPTION"},
	{"/v1/plans/", "creditgrants", "plan_id", "PLAN"},
	{"/v1/addons/", "creditgrants", "addon_id", "ADDON"},
}

// flexpriceOwner returns the list that a grant is in: that of its scope and owner.
func flexpriceOwner(g object) []string {
	for _, list := range flexpriceLists {
		if list.scope == g.text("scope") {
			return []string{list.scope + " " + g.text(list.owner)}
		}
	}
	return nil
}

// listGrants returns the response to a request for a list, nil for any other request.
func (f *flexprice) listGrants(r *Request) *Answer {
	for _, list := range flexpriceLists {
		path := pathSegments(r.Path, list.prefix)
		isSubscription := list.suffix == "" && len(path) == 1
		if r.Method != http.MethodGet || !isSubscription && (len(path) != 2 || path[1] != list.suffix) || path[0] == "" || strings.Contains(path[0], "/") {
			continue
		}
		if r.Header.Get("X-Api-Key") == "" {
			return new(flexpriceUnauthorized(r))
		}
		ids := f.grants.listOf(list.scope + " " + path[0])
		grants := []object{}
		for _, id := range ids {
			if g, _ := f.grants.get(id); g.text("status") == "published" {
				grants = append(grants, g)
			}
		}
		switch {
		case !isSubscription:
			page := object{"total": encode(len(grants)), "limit": encode(0), "offset": encode(0)}
			return new(flexpriceResponse(200, object{"items": encode(grants), "pagination": page.json()}))
		case len(ids) == 0:
			return new(flexpriceRefusal(404, "not_found", "Subscription not found", object{"subscription_id": encode(path[0])}))
		}
		body := object{"id": encode(path[0])}
		if len(grants) > 0 {
			body["credit_grants"] = encode(grants)
		}
		return new(flexpriceResponse(200, body))
	}
	return nil
}

// flexpriceUnauthorized returns the 401 of a request without a key. A bearer token is
// not a key.
func flexpriceUnauthorized(r *Request) Answer {
	message := "Unauthorized"
	if header := r.Header.Get("Authorization"); hasBearer(r) {
		message = "Invalid token"
	} else if header != "" {
		message = "Invalid authorization header format"
	}
	return flexpriceResponse(401, object{"error": encode(message)})
}

func (f *flexprice) updateGrant(r *Request, id string) Answer {
	var req struct {
		Name     *string           `json:"name"`
		Metadata map[string]string `json:"metadata"`
		EndDate  *time.Time        `json:"end_date"`
	}
	if json.NewDecoder(bytes.NewReader(r.Body)).Decode(&req) != nil {
		return flexpriceRefusal(400, "validation_error", "Invalid request format", nil)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if req.EndDate != nil && req.EndDate.Before(now) {
		return flexpriceRefusal(400, "validation_error", "Please provide a valid end date", object{"end_date": encode(*req.EndDate)})
	}
	before, begun := f.read[r]
	current, found := f.grants.get(id)
	if !found || begun && before == nil {
		return flexpriceNotFound(id)
	}
	g := current.with(object{"updated_at": encode(now)})
	if begun {
		g.revert(before, "name", "status", "metadata", "end_date")
	}
	if req.Name != nil {
		g["name"] = encode(*req.Name)
	}
	if req.Metadata != nil {
		g["metadata"] = encode(req.Metadata)
		if len(req.Metadata) == 0 {
			delete(g, "metadata")
		}
	}
	switch name := g.text("name"); {
	case name == "":
		return flexpriceRefusal(400, "validation_error", "Please provide a name for the credit grant", nil)
	case utf8.RuneCountInString(name) > 255, strings.Contains(name, "\x00"), holdsNUL(req.Metadata):
		return flexpriceRefusal(500, "database_error", "Failed to update credit grant", nil)
	}
	f.grants.set(id, g)
	r.Applied = true
	if req.EndDate != nil {
		if g.text("status") == "archived" {
			return flexpriceRefusal(400, "validation_error", "Credit grant is already archived", nil)
		}
		f.endGrant(id, req.EndDate.UTC().Truncate(time.Microsecond))
	}
	return flexpriceResponse(200, g) // without what the end date has done
}

// endGrant ends a grant, as the server does when one is deleted.
func (f *flexprice) endGrant(id string, at time.Time) {
	g, _ := f.grants.get(id)
	g = g.with(object{"updated_at": encode(time.Now().UTC().Truncate(time.Microsecond))})
	if g.text("scope") == "PLAN" {
		g["status"] = encode("archived")
	} else {
		g["end_date"] = encode(at)
	}
	f.grants.set(id, g)
}

func holdsNUL(entries map[string]string) bool {
	for key, value := range entries {
		if strings.Contains(key+value, "\x00") {
			return true
		}
	}
	return false
}

func flexpriceResponse(status int, body object) Answer {
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	return Answer{Status: status, Header: header, Body: body.json()}
}

func flexpriceNotFound(id string) Answer {
	return flexpriceRefusal(404, "not_found", "Credit grant not found", object{"id": encode(id)})
}

func flexpriceRefusal(status int, code, message string, details object) Answer {
	body := object{"code": encode(code), "message": encode(message), "http_status_code": encode(status)}
	if details != nil {
		body["details"] = details.json()
	}
	return flexpriceResponse(status, body)
}
