package credittest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A oneCredit is a vendor with one credit. Each PUT replaces it.
type oneCredit struct{ record json.RawMessage }

func (b *oneCredit) Writes(r *credittest.Request) bool { return r.Method == http.MethodPut }

func (b *oneCredit) Record(string) json.RawMessage { return b.record }

func (b *oneCredit) Seed(record json.RawMessage) error { b.record = record; return nil }

func (b *oneCredit) Serve(r *credittest.Request) credittest.Answer {
	if b.Writes(r) {
		b.record, r.Applied = r.Body, true
	}
	return credittest.Answer{Status: http.StatusOK, Body: b.record}
}

func TestFaultsOfABackendPutItsCreditBack(t *testing.T) {
	t.Parallel()
	fake := credittest.NewServer(t, &oneCredit{json.RawMessage(`"first"`)}, credit.Ref{ID: "c-1"})
	for _, step := range []struct {
		name, method, body string
		faults             []credittest.Fault
		response, record   string
	}{
		{"before a write", "GET", "", []credittest.Fault{credittest.Stale()}, `"first"`, `"first"`},
		{"a pretended write", "PUT", `"no"`, []credittest.Fault{credittest.Slow(0).NotApplied()}, `"no"`, `"first"`},
		{"a write", "PUT", `"second"`, nil, `"second"`, `"second"`},
		{"a pretended write after it", "PUT", `"no"`, []credittest.Fault{credittest.Slow(0).NotApplied()}, `"no"`, `"second"`},
		{"a stale read", "GET", "", []credittest.Fault{credittest.Stale()}, `"first"`, `"second"`},
		{"a stale read again", "GET", "", []credittest.Fault{credittest.Stale()}, `"first"`, `"second"`},
		{"a read", "GET", "", nil, `"second"`, `"second"`},
	} {
		fake.Queue(step.faults...)
		got := must(rawCall{method: step.method, path: "/", body: step.body}.over(t, fake.Transport(), fake.URL))(t)
		if record := string(fake.Record("c-1")); got.body != step.response || record != step.record {
			t.Errorf("%s: the response is %s, and the record %s", step.name, got.body, record)
		}
	}
}
