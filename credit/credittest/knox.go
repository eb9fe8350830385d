package credittest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/creditkit/creditkit/credit"
)

// NewKnox returns a fake of Rhythm's certifications API with one credit of 2.50.
//
// Documented:
//   - the paths and the record
//   - a quantity is at least 0.01
//   - a record with sys_locked cannot be changed
//   - POST /oauth/token issues a token for client credentials; it lasts 24 hours and
//     has one audience
//
// The vendor's pages do not describe the rest, and it has not been measured. The fake
// assumes:
//   - An update replaces the whole record: a member that is left out is gone.
//   - The body is stored byte for byte. The server sets no member, not even sys_version.
//   - A body whose id is not the path's, or that has no owner, is a 400.
//   - A locked credit is a 409, an unknown path a 403.
//   - Any tenant and any bearer token are accepted.
//   - Refusals have small JSON bodies.
//   - Reads are never stale.
func NewKnox(t TB) *Server {
	k := &knox{credits: newTable[json.RawMessage]()}
	ref := credit.Ref{ID: "credit:7f9c24e8|2026"}
	mustSeed(k, `{
  "id": "`+ref.ID+`",
  "type_id": "ce-hours",
  "origin": "course registration",
  "number": 1042,
  "event_id": "",
  "event_registration_id": "",
  "activity_id": "",
  "course_registration_id": "course-reg-88",
  "contact_id": "contact-3f2a",
  "date": "2026-03-14",
  "quantity": 2.50,
  "usages": [{"application_id": "app-1", "quantity": 0.75, "applied_by": "import"}],
  "quantity_used": 0.75,
  "quantity_available": 1.75,
  "notes": "Ethics & law <2026>",
  "self_reported": false,
  "status": "verified",
  "expiration_date": "2028-03-14",
  "custom_field_values": [{"custom_field_id": "region__c", "string_value": "north", "list_value": ["a", "b"]}],
  "sys_version": 3,
  "sys_created_at": "2026-03-14T09:30:00.123Z",
  "sys_last_modified_at": "2026-03-15T10:00:00Z",
  "sys_created_by_id": "user-1",
  "sys_last_modified_by_id": "user-2",
  "sys_locked": false,
  "sys_last_security_context": {"roles": ["admin"], "score": 1.10},
  "x_accreditation": {"hours": 12345678901234567890, "rate": 1.10, "note": null}
}`)
	return startServer(t, k, ref, "")
}

type knox struct {
	defaultVendor

	credits table[json.RawMessage] // as they were sent
	issued  int
}

const (
	knoxToken    = "/oauth/token"
	knoxAudience = "https://api.rhythmsoftware.com"
)

func (k *knox) kind(r *Request) kind {
	if r.Path == knoxToken {
		return tokens
	}
	return methodKind(r)
}

func (k *knox) record(id string) (json.RawMessage, bool) {
	return k.credits.get(id)
}

func (k *knox) seed(record json.RawMessage) error {
	c, err := parse(record)
	if err != nil {
		return err
	}
	if c.text("id") == "" {
		return errors.New("credittest: a knox credit needs an id")
	}
	k.credits.set(c.text("id"), record)
	return nil
}

func (k *knox) stores() []store { return []store{&k.credits} }

func (k *knox) serve(r *Request) Answer {
	if r.Token {
		return k.issueToken(r)
	}
	path := pathSegments(r.Path, "/credits/")
	switch {
	case !hasBearer(r):
		return jsonAnswer(401, `{"message":"Unauthorized"}`)
	case len(path) != 2:
		return jsonAnswer(403, `{"message":"Forbidden"}`)
	}
	record, found := k.credits.get(path[1])
	switch {
	case !found:
		return jsonAnswer(404, `{"message":"Credit not found"}`)
	case r.Method == http.MethodGet:
		return okAnswer(record)
	case r.Method != http.MethodPut:
		return jsonAnswer(405, `{"message":"Method not allowed"}`)
	}
	return k.replaceRecord(r, path[1], record)
}

func (k *knox) replaceRecord(r *Request, id string, old json.RawMessage) Answer {
	c, err := parse(r.Body)
	if err != nil {
		return jsonAnswer(400, `{"message":"The body is not a JSON object"}`)
	}
	before, err := parse(old)
	if err != nil {
		panic(err) // seed and replace store only objects
	}
	quantity, isNumber := c.amount("quantity")
	switch {
	case c.text("id") != id:
		return jsonAnswer(400, `{"message":"id is not the one in the path"}`)
	case c.text("contact_id") == "":
		return jsonAnswer(400, `{"message":"contact_id is required"}`)
	case !isNumber || quantity.Cmp(leastQuantity) < 0:
		return jsonAnswer(400, `{"message":"quantity must be a number of at least 0.01"}`)
	case string(before["sys_locked"]) == "true":
		return jsonAnswer(409, `{"message":"The record is locked"}`)
	}
	k.credits.set(id, r.Body)
	r.Applied = true
	return okAnswer(r.Body)
}

var leastQuantity = credit.MustParseDecimal("0.01")

// issueToken handles the token endpoint, as Auth0 does.
func (k *knox) issueToken(r *Request) Answer {
	form, isForm := formOf(r)
	switch {
	case r.Method != http.MethodPost:
		return jsonAnswer(404, `{"error":"not_found","error_description":"Not found"}`)
	case !isForm || form.Get("grant_type") != "client_credentials":
		return jsonAnswer(403, `{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}`)
	case form.Get("client_id") == "" || form.Get("client_secret") == "":
		return jsonAnswer(401, `{"error":"access_denied","error_description":"Unauthorized"}`)
	case form.Get("audience") != knoxAudience:
		return jsonAnswer(403, `{"error":"access_denied","error_description":"Service not found"}`)
	}
	k.issued++
	return jsonAnswer(200, fmt.Sprintf(`{"access_token":"knox-token-%d","token_type":"Bearer","expires_in":86400}`, k.issued))
}
