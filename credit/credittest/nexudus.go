package credittest

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// NewNexudus returns a fake of Nexudus with one booking credit of 100.50.
//
// Documented:
//   - the paths, the members, the envelopes and the required members
//   - the tokens of POST /api/token: they last seven days; a refresh token works once,
//     and only the latest one of a client id is valid
//   - the throttle, a 409 without a body, see [Server.Limit]
//   - A list of credits has 25 rows a page, or size rows and 1,000 at most. Rows lack
//     the lists of ids.
//   - A list that is left out, while items are added to it or removed from it, keeps
//     its other items.
//
// Documented on the vendor's earlier pages: an update replaces the record. A text or
// date that is left out becomes null, a boolean false and a list empty.
//
// The rest is unknown. The fake assumes:
//   - An update changes only the members on its page. It ignores all others, also
//     RemainingCredit and CoworkerBookingCreditUses.
//   - A boolean that is sent as null becomes null.
//   - A list in the request is stored first; then items are added and removed.
//   - An id of 0 counts as missing.
//   - A list of credits is in the order of the ids, whatever the request says. A page
//     that is not a number above 0 counts as the first.
//   - Dates are stored as they are written, also without a time zone.
//   - Any sign-in and any token are accepted. A 401 has no body.
func NewNexudus(t TB) *Server {
	n := &nexudus{credits: newTable[object](), sessions: map[string]string{}}
	n.credits.owners = func(c object) []string { return slices.Compact([]string{nexudusAll, string(c["CoworkerId"])}) }
	n.credits.compare = func(a, b string) int { return cmp.Compare(atoi(a), atoi(b)) }
	ref := credit.Ref{ID: "87654321"}
	mustSeed(n, `{"CoworkerId":1414,"BusinessId":22,"BusinessName":"Hub & Co","BusinessCurrencyCode":"GBP",
		"Description":"Welcome credit","TariffBookingCreditId":null,"TariffBookingCreditName":null,
		"ElegibleResourceTypes":[31,32],"AddedElegibleResourceTypes":null,"RemovedElegibleResourceTypes":null,
		"ElegibleProducts":[],"AddedElegibleProducts":null,"RemovedElegibleProducts":null,
		"ElegibleTariffs":[501],"AddedElegibleTariffs":null,"RemovedElegibleTariffs":null,
		"RemainingCredit":60.25,"TotalCredit":100.50,
		"ValidFrom":"2026-01-01T00:00:00Z","ExpireDate":"2027-01-01T00:00:00Z",
		"CaneBeUsedForBookings":true,"CaneBeUsedForEvents":null,
		"EventCategories":[],"AddedEventCategories":null,"RemovedEventCategories":null,
		"CoworkerBookingCreditUses":null,"AddedCoworkerBookingCreditUses":null,"RemovedCoworkerBookingCreditUses":null,
		"IsUniversalCredit":false,"CoworkerProductUniqueId":null,"UseCreditPrice":true,
		"CoworkerContractUniqueId":"5b8a7a0e-4d0c-43f4-9b1d-2c7d2f2d8a11",
		"ElegiblePasses":[7],"AddedElegiblePasses":null,"RemovedElegiblePasses":null,"AppliesToCharges":true,
		"Id":`+ref.ID+`,"UniqueId":"0f6e6c0a-2f0f-4a1e-8d28-0f3f1e7f6a55","CreatedOn":"2025-12-20T09:15:00Z",
		"UpdatedOn":"2026-01-15T10:30:00Z","UpdatedBy":"admin@example.com","IsNew":false,"SystemId":null,
		"ToStringText":"Welcome credit","LocalizationDetails":null,"CustomFields":{"Data":null},
		"LedgerReference":12345678901234567890}`)
	return startServer(t, n, ref, "")
}

type nexudus struct {
	defaultVendor

	credits  table[object]
	sessions map[string]string // the refresh token of each client id
	issued   int
}

const (
	nexudusToken   = "/api/token"
	nexudusCredits = "/api/billing/coworkerbookingcredits"
	nexudusAll     = "" // the owner of the list of all credits
)

var (
	nexudusRequired = []string{"Id", "CoworkerId", "BusinessId", "TotalCredit"}
	nexudusTexts    = []string{"Description", "CoworkerContractUniqueId"}
	nexudusDates    = []string{"ValidFrom", "ExpireDate"}
	nexudusFlags    = []string{"AppliesToCharges", "CaneBeUsedForBookings", "CaneBeUsedForEvents", "IsUniversalCredit", "UseCreditPrice"}
	nexudusLists    = []string{"ElegiblePasses", "ElegibleProducts", "ElegibleResourceTypes", "ElegibleTariffs", "EventCategories"}
)

func (n *nexudus) kind(r *Request) kind {
	if r.Path == nexudusToken {
		return tokens
	}
	return methodKind(r)
}

// throttledAnswer requests a wait of one second, whatever the real one is.
func (n *nexudus) throttledAnswer(time.Duration) Answer { return Throttled().applyTo(Answer{}) }

func (n *nexudus) record(id string) (json.RawMessage, bool) {
	c, found := n.credits.get(id)
	return c.json(), found
}

func (n *nexudus) seed(record json.RawMessage) error {
	c, err := parse(record)
	if err != nil {
		return err
	}
	if id, isNumber := c.amount("Id"); !isNumber || id.Sign() <= 0 {
		return errors.New("credittest: a nexudus credit needs an Id")
	}
	n.credits.set(string(c["Id"]), c)
	return nil
}

func (n *nexudus) stores() []store { return []store{&n.credits} }

func (n *nexudus) serve(r *Request) Answer {
	if r.Token {
		return n.issueToken(r)
	}
	path := pathSegments(r.Path, nexudusCredits+"/")
	switch {
	case r.Header.Get("Authorization") == "":
		return Answer{Status: 401, Header: http.Header{}}
	case r.Method == http.MethodPut && r.Path == nexudusCredits:
		return n.replaceRecord(r)
	case r.Method == http.MethodGet && r.Path == nexudusCredits:
		return n.listCredits(r)
	case r.Method == http.MethodGet && len(path) == 1:
		c, found := n.credits.get(path[0])
		if !found {
			return jsonAnswer(404, `"Not found"`)
		}
		return okAnswer(c.json())
	}
	return jsonAnswer(404, `{"Message":"No HTTP resource was found that matches the request URI."}`)
}

// listCredits returns one page of rows.
func (n *nexudus) listCredits(r *Request) Answer {
	query, err := url.ParseQuery(r.Query)
	if err != nil {
		return jsonAnswer(400, `{"Message":"The request is invalid."}`)
	}
	page, size := min(max(1, atoi(query.Get("page"))), 1_000_000), min(1000, atoi(query.Get("size")))
	if size < 1 {
		size = 25
	}
	ids := n.credits.listOf(query.Get("CoworkerBookingCredit_Coworker"))
	pages := (len(ids) + size - 1) / size
	start := min((page-1)*size, len(ids))
	end := min(start+size, len(ids))
	rows := []object{}
	for _, id := range ids[start:end] {
		c, _ := n.credits.get(id)
		rows = append(rows, nexudusRow(c))
	}
	return okAnswer(encode(object{
		"Records": encode(rows), "CurrentPage": encode(page), "CurrentPageSize": encode(size),
		"CurrentOrderField": encode("Id"), "CurrentSortDirection": encode(1), "FirstItem": encode(min(start+1, len(ids))),
		"LastItem": encode(end), "TotalItems": encode(len(ids)), "TotalPages": encode(pages),
		"HasNextPage": encode(page < pages), "HasPreviousPage": encode(page > 1),
	}))
}

// nexudusRow returns a record without its lists, as a list shows it.
func nexudusRow(c object) object {
	row := object{}
	for name, value := range c {
		isList := slices.ContainsFunc(nexudusLists, func(list string) bool { return strings.HasSuffix(name, list) })
		if !isList && !strings.HasSuffix(name, "CoworkerBookingCreditUses") && name != "LocalizationDetails" && name != "CustomFields" && name != "ToStringText" {
			row[name] = value
		}
	}
	return row
}

// atoi returns a whole number, 0 for any other text.
func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

func (n *nexudus) replaceRecord(r *Request) Answer {
	sent, err := parse(r.Body)
	if err != nil {
		return jsonAnswer(400, `{"Message":"The request is invalid."}`)
	}
	if wrong := validateNexudus(sent); len(wrong) > 0 {
		return nexudusRefusal(sent, wrong)
	}
	id := string(sent["Id"])
	before, found := n.credits.get(id)
	if !found {
		return jsonAnswer(404, `"Not found"`)
	}
	now := encode(time.Now().UTC().Format(time.RFC3339))
	c := before.clone()
	for _, name := range nexudusRequired {
		c[name] = sent[name]
	}
	for _, name := range slices.Concat(nexudusTexts, nexudusDates) {
		c[name] = sent.valueOr(name, "null")
	}
	for _, name := range nexudusFlags {
		c[name] = json.RawMessage("false")
		if value, named := sent[name]; named {
			c[name] = value
		}
	}
	for _, name := range nexudusLists {
		c[name] = nexudusList(name, sent, before)
	}
	c["UpdatedOn"] = now
	n.credits.set(id, c)
	r.Applied = true
	return okAnswer(encode(object{
		"Status": encode(200), "Message": encode("CoworkerBookingCredit was successfully updated."),
		"Value": encode(object{"Id": sent["Id"]}), "OpenInDialog": encode(false), "OpenInWindow": encode(false),
		"RedirectURL": encode(nil), "JavaScript": encode(nil), "UpdatedOn": now, "UpdatedBy": c.valueOr("UpdatedBy", "null"),
		"Errors": encode(nil), "WasSuccessful": encode(true),
	}))
}

// nexudusList returns the new value of a list: the one in the request, or the stored
// one if the request only adds or removes items, or an empty one; then items are added
// and removed.
func nexudusList(name string, sent, before object) json.RawMessage {
	items, added, removed := sent.list(name), sent.list("Added"+name), sent.list("Removed"+name)
	if !sent.has(name) && len(added)+len(removed) > 0 {
		items = before.list(name)
	}
	for _, item := range added {
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	items = slices.DeleteFunc(items, func(item int64) bool { return slices.Contains(removed, item) })
	return encode(append([]int64{}, items...))
}

// validateNexudus returns the members that are missing or malformed.
func validateNexudus(sent object) (wrong [][2]string) {
	add := func(name, message string) { wrong = append(wrong, [2]string{name, message}) }
	for _, name := range nexudusRequired {
		number, isNumber := sent.amount(name)
		switch {
		case !sent.has(name), isNumber && name != "TotalCredit" && number.Sign() == 0:
			add(name, "is a required field")
		case !isNumber || name != "TotalCredit" && !number.IsInteger():
			add(name, "is not a valid number")
		}
	}
	for _, name := range slices.Concat(nexudusTexts, nexudusDates) {
		if sent.has(name) && sent[name][0] != '"' || slices.Contains(nexudusDates, name) && !nexudusDate(sent.text(name)) {
			add(name, "is not valid")
		}
	}
	for _, name := range nexudusFlags {
		if raw := string(sent.valueOr(name, "false")); raw != "true" && raw != "false" {
			add(name, "is not valid")
		}
	}
	for _, list := range nexudusLists {
		for _, name := range []string{list, "Added" + list, "Removed" + list} {
			if json.Unmarshal(sent.valueOr(name, "null"), new([]int64)) != nil {
				add(name, "is not valid")
			}
		}
	}
	return wrong
}

func nexudusDate(text string) bool {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return text == ""
}

// nexudusRefusal returns the envelope of the vendor's page: all errors, and the first
// one as its message.
func nexudusRefusal(sent object, wrong [][2]string) Answer {
	var all []object
	for _, w := range wrong {
		all = append(all, object{"AttemptedValue": sent.valueOr(w[0], "null"), "Message": encode(w[1]), "PropertyName": encode(w[0])})
	}
	a := okAnswer(encode(object{
		"Message": encode(wrong[0][0] + ": " + wrong[0][1]), "Value": encode(nil),
		"Errors": encode(all), "WasSuccessful": encode(false),
	}))
	a.Status = 400
	return a
}

// issueToken signs in or refreshes. The client id is in a header or, for a sign-in, in
// the form; without one the user name is used.
func (n *nexudus) issueToken(r *Request) Answer {
	form, isForm := formOf(r)
	client := r.Header.Get("client_id")
	switch {
	case r.Method != http.MethodPost:
		return jsonAnswer(404, `{"Message":"No HTTP resource was found that matches the request URI."}`)
	case isForm && form.Get("grant_type") == "password" && form.Get("username") != "" && form.Get("password") != "":
		client = cmp.Or(client, form.Get("client_id"), form.Get("username"))
	case isForm && form.Get("grant_type") == "refresh_token" && form.Get("refresh_token") != "" && form.Get("refresh_token") == n.sessions[client]:
	case isForm && (form.Get("grant_type") == "password" || form.Get("grant_type") == "refresh_token"):
		return jsonAnswer(400, `{"error":"invalid_grant"}`)
	default:
		return jsonAnswer(400, `{"error":"unsupported_grant_type"}`)
	}
	n.issued++
	count := strconv.Itoa(n.issued)
	n.sessions[client] = "nexudus-refresh-" + count
	return jsonAnswer(200, `{"access_token":"nexudus-token-`+count+`","token_type":"bearer","expires_in":604799,"refresh_token":"`+n.sessions[client]+`"}`)
}
