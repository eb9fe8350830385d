package rest

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// sentOver makes a call and gives the request as a server reads it off the
// wire, or none where nothing was sent.
func sentOver(t *testing.T, base string, tenant, id string) (*http.Request, error) {
	t.Helper()
	var arrived *http.Request
	c := newClient(t, transportFunc(func(req *http.Request) (*http.Response, error) {
		var wire bytes.Buffer
		if err := req.Write(&wire); err != nil {
			t.Fatal(err)
		}
		again, err := url.Parse(req.URL.String())
		if err != nil || again.EscapedPath() != req.URL.EscapedPath() || again.Host != "api.acme.test" || again.RawQuery != "" || again.Fragment != "" {
			t.Fatalf("the URL %s reads back as %#v, %v", req.URL, again, err)
		}
		if arrived, err = http.ReadRequest(bufio.NewReader(&wire)); err != nil {
			t.Fatal(err)
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	}), credit.WithBaseURL(base))
	_, err := do(t, c, &opSafe, Call{IDs: []string{tenant, id}, IDFields: []string{"tenantId", "id"}})
	return arrived, err
}

// Any id is refused, or is one segment of the path to the server's router.
func FuzzID(f *testing.F) {
	f.Fuzz(func(t *testing.T, tenant, id string) {
		arrived, err := sentOver(t, "https://api.acme.test/base/", tenant, id)
		if credit.ValidateID(tenant) != nil || credit.ValidateID(id) != nil {
			if arrived != nil || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("%q, %q: %v", tenant, id, err)
			}
			return
		}
		if err != nil || arrived == nil {
			t.Fatalf("%q, %q: %v", tenant, id, err)
		}
		if want := "/base/credits/" + url.PathEscape(tenant) + "/" + url.PathEscape(id); arrived.RequestURI != want {
			t.Errorf("%q, %q arrives as %s, want %s", tenant, id, arrived.RequestURI, want)
		}
		if tenant == "/" || id == "/" {
			return // Go's router takes a segment %2F for the slash at a path's end
		}
		var gotTenant, gotID string
		mux := http.NewServeMux()
		mux.HandleFunc("PUT /base/credits/{tenant}/{id}", func(_ http.ResponseWriter, r *http.Request) {
			gotTenant, gotID = r.PathValue("tenant"), r.PathValue("id")
		})
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, arrived)
		if answer.Code != 200 || gotTenant != tenant || gotID != id {
			t.Errorf("%q, %q arrives as %q, %q by %d of %s", tenant, id, gotTenant, gotID, answer.Code, arrived.RequestURI)
		}
	})
}

// Any base URL is refused, or its path stands in front of the operation's.
func FuzzBasePath(f *testing.F) {
	f.Fuzz(func(t *testing.T, path, id string) {
		base, err := url.Parse("https://api.acme.test/" + path)
		if err != nil || credit.ValidateID(id) != nil {
			return
		}
		if _, err := credit.NewConfig("acme", credit.WithBaseURL("https://api.acme.test/"+path)); err != nil {
			return
		}
		arrived, err := sentOver(t, "https://api.acme.test/"+path, "t", id)
		if err != nil || arrived == nil {
			t.Fatalf("%q, %q: %v", path, id, err)
		}
		want := strings.TrimRight(base.EscapedPath(), "/") + "/credits/t/" + url.PathEscape(id)
		if arrived.RequestURI != want {
			t.Errorf("%q, %q arrives as %s, want %s", path, id, arrived.RequestURI, want)
		}
	})
}
