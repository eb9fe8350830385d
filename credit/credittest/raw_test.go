package credittest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// A rawCall is one HTTP request to a fake, without a client of this module.
type rawCall struct {
	method, path, body string
	header             http.Header
}

// writeOf is the request that sets the vendor's member to a text.
func (v vendor) writeOf(t *testing.T, fake *credittest.Server, text string) rawCall {
	t.Helper()
	c := rawCall{method: "PUT", header: http.Header{"Authorization": {"Bearer x"}}}
	value := strconv.Quote(text)
	switch v.name {
	case "knox":
		c.path, c.body = "/credits/acme/"+fake.Ref.ID, edited(t, fake.Record(fake.Ref.ID), "notes", value)
	case "thoughtindustries":
		c.path, c.body = "/incoming/v2/clients/creditBatches/"+fake.Ref.ID, `{"name":`+value+`}`
	case "nexudus":
		c.path, c.body = nexudusPath, edited(t, fake.Record(fake.Ref.ID), "Description", value)
	case "flexprice":
		c.path, c.body = "/creditgrants/"+fake.Ref.ID, `{"name":`+value+`}`
		c.header = http.Header{"X-Api-Key": {"x"}}
	case "metronome":
		c.method, c.path, c.body = "POST", editPath, `{`+edit+`,"name":`+value+`}`
	}
	return c
}

// readOf is the request that reads the credit.
func (v vendor) readOf(t *testing.T, fake *credittest.Server) rawCall {
	c := v.writeOf(t, fake, "")
	c.method, c.body = "GET", ""
	switch v.name {
	case "thoughtindustries":
		c.path = "/incoming/v2/clients/" + fake.Ref.Owner + "/creditBatches?clientId=" + fake.Ref.Owner
	case "nexudus":
		c.path += "/" + fake.Ref.ID
	case "metronome":
		c.method, c.path, c.body = "POST", listPath, `{"customer_id":"`+fake.Ref.Owner+`","credit_id":"`+fake.Ref.ID+`"}`
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
func (c rawCall) over(t *testing.T, transport http.RoundTripper, base string) (answer, error) {
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

// valueOf is the vendor's member as the fake holds it.
func (v vendor) valueOf(t *testing.T, fake *credittest.Server) string {
	t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal(fake.Record(fake.Ref.ID), &record); err != nil {
		t.Fatal(err)
	}
	var text string
	_ = json.Unmarshal(record[v.member], &text) // no text is an empty one
	return text
}
