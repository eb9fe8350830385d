package credittest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A rawCall is one HTTP request to a fake, without a client of this module.
type rawCall struct {
	method, path, body string
	header             http.Header
}

// writeOf is the request that sets the vendor's member of the first credit to a text.
func (v vendor) writeOf(t testing.TB, fake *credittest.Server, text string) rawCall {
	t.Helper()
	return v.writeTo(t, fake, fake.Ref, text)
}

// writeTo is the request that sets the vendor's member of a credit to a text.
func (v vendor) writeTo(t testing.TB, fake *credittest.Server, ref credit.Ref, text string) rawCall {
	t.Helper()
	c := rawCall{method: "PUT", header: http.Header{"Authorization": {"Bearer x"}}}
	value := strconv.Quote(text)
	switch v.name {
	case "knox":
		c.path, c.body = "/credits/acme/"+ref.ID, edited(t, fake.Record(ref.ID), "notes", value)
	case "thoughtindustries":
		c.path, c.body = "/incoming/v2/clients/creditBatches/"+ref.ID, `{"name":`+value+`}`
	case "nexudus":
		c.path, c.body = nexudusPath, edited(t, fake.Record(ref.ID), "Description", value)
	case "flexprice":
		c.path, c.body = "/creditgrants/"+ref.ID, `{"name":`+value+`}`
		c.header = http.Header{"X-Api-Key": {"x"}}
	case "metronome":
		c.method, c.path, c.body = "POST", editPath, `{"credit_id":"`+ref.ID+`","customer_id":"`+ref.Owner+`","name":`+value+`}`
	}
	return c
}

// readOf is the request that reads the first credit.
func (v vendor) readOf(fake *credittest.Server) rawCall { return v.readTo(fake.Ref) }

// readTo is the request that reads a credit. Thought Industries has only the list of a
// client's batches.
func (v vendor) readTo(ref credit.Ref) rawCall {
	c := v.listOf(ref.Owner)
	switch v.name {
	case "knox":
		c.path = "/credits/acme/" + ref.ID
	case "nexudus":
		c.path = nexudusPath + "/" + ref.ID
	case "flexprice":
		c.path = "/creditgrants/" + ref.ID
	case "metronome":
		c.body = `{"customer_id":"` + ref.Owner + `","credit_id":"` + ref.ID + `"}`
	}
	return c
}

// listOf is the request that lists an owner's credits. Knox has none.
func (v vendor) listOf(owner string) rawCall {
	c := rawCall{method: "GET", header: http.Header{"Authorization": {"Bearer x"}}}
	switch v.name {
	case "thoughtindustries":
		c.path = "/incoming/v2/clients/" + owner + "/creditBatches?clientId=" + owner
	case "nexudus":
		c.path = nexudusPath + "?CoworkerBookingCredit_Coworker=" + owner
	case "flexprice":
		c.path, c.header = "/subscriptions/"+owner, http.Header{"X-Api-Key": {"x"}}
	case "metronome":
		c.method, c.path, c.body = "POST", listPath, `{"customer_id":"`+owner+`"}`
	}
	return c
}

func (c rawCall) withKey(key string) rawCall {
	c.header = c.header.Clone()
	c.header.Set("Idempotency-Key", key)
	return c
}

// over sends a call to a base URL. The request cannot be sent again by net/http:
// it has no GetBody.
func (c rawCall) over(t testing.TB, transport http.RoundTripper, base string) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, io.NopCloser(strings.NewReader(c.body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = c.header.Clone()
	req.ContentLength = int64(len(c.body))
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

// valueOf is the vendor's member of the first credit as the fake holds it.
func (v vendor) valueOf(t *testing.T, fake *credittest.Server) string {
	t.Helper()
	return v.valueIn(t, fake.Record(fake.Ref.ID))
}

// valueIn is the vendor's member of a record.
func (v vendor) valueIn(t *testing.T, record json.RawMessage) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(record, &members); err != nil {
		t.Fatal(err)
	}
	var text string
	_ = json.Unmarshal(members[v.member], &text) // no text is an empty one
	return text
}
