package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestIDsThatChangeThePathAreRejected(t *testing.T) {
	for id, reason := range map[string]string{
		"":         "is empty",
		".":        "must not be . or ..",
		"..":       "must not be . or ..",
		"a\x00b":   "holds a control character",
		"a\nb":     "holds a control character",
		"\t":       "holds a control character",
		"a\x7f":    "holds a control character",
		"a\u0085b": "holds a control character",
		"a\xffb":   "is not valid UTF-8",
	} {
		for i, field := range []string{"tenantId", "id"} {
			s := play()
			call := Call{IDs: []string{"t", "7"}, IDFields: []string{"tenantId", "id"}}
			call.IDs[i] = id
			_, err := do(t, newClient(t, s), &opSafe, call)
			if got := refusal(t, s, err, field).Reason; got != reason {
				t.Errorf("id %q: %s, want %s", id, got, reason)
			}
		}
	}
}

func TestAllBadIDsAreNamedAtOnce(t *testing.T) {
	s := play()
	_, err := do(t, newClient(t, s), &opSafe, Call{IDs: []string{"", ".."}, IDFields: []string{"tenantId", "id"}})
	if more := refusal(t, s, err, "tenantId").More; len(more) != 1 || more[0].Field != "id" {
		t.Errorf("the other fields are %v, want id", more)
	}
}

func TestIDsArriveIntactAsOneSegment(t *testing.T) {
	type arrival struct{ tenant, id, escaped, query string }
	arrived := make(chan arrival, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /base/credits/{tenant}/{id}", func(w http.ResponseWriter, r *http.Request) {
		arrived <- arrival{r.PathValue("tenant"), r.PathValue("id"), r.URL.EscapedPath(), r.URL.RawQuery}
		_, _ = w.Write([]byte("{}"))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	c := newClient(t, http.DefaultTransport, credit.WithBaseURL(server.URL+"/base/"))

	for id, escaped := range map[string]string{
		"7":              "7",
		"a/b":            "a%2Fb",
		"../admin":       "..%2Fadmin",
		"a?b":            "a%3Fb",
		"a#b":            "a%23b",
		"%2e":            "%252e",
		"%2e%2e":         "%252e%252e",
		"%2F":            "%252F",
		"ü":              "%C3%BC",
		"{id}":           "%7Bid%7D",
		"{tenant}":       "%7Btenant%7D",
		"a b":            "a%20b",
		"a+b":            "a+b",
		"..a":            "..a",
		"...":            "...",
		"a%":             "a%25",
		"a;b,c":          "a%3Bb%2Cc",
		`a\b`:            "a%5Cb",
		"a&b=c@d:e$~-_.": "a&b=c@d:e$~-_.",
		"日本":             "%E6%97%A5%E6%9C%AC",
		"\u200b":         "%E2%80%8B",
	} {
		t.Run(id, func(t *testing.T) {
			_, err := do(t, c, &opSafe, Call{IDs: []string{id, id}, IDFields: []string{"tenantId", "id"}})
			if err != nil {
				t.Fatal(err)
			}
			want := arrival{id, id, "/base/credits/" + escaped + "/" + escaped, ""}
			if got := <-arrived; got != want {
				t.Errorf("arrived as %+v, want %+v", got, want)
			}
		})
	}
}
