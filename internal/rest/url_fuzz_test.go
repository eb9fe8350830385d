package rest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
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

// Any base URL is refused without quoting it, or all requests go to its host in lower
// case, by https or to a loopback host, with its path before the operation's.
func FuzzBaseURL(f *testing.F) {
	f.Fuzz(func(t *testing.T, base string) {
		var sent *url.URL
		rt := transportFunc(func(req *http.Request) (*http.Response, error) {
			sent = req.URL
			if req.Host != "" && req.Host != req.URL.Host {
				t.Errorf("%q: the host is %q, and the URL's is %q", base, req.Host, req.URL.Host)
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		})
		if _, err := credit.NewConfig("acme", credit.WithBaseURL(base)); err != nil {
			if invalid, ok := errors.AsType[*credit.InvalidError](err); !ok || len(base) > 30 && strings.Contains(invalid.Error(), base) {
				t.Errorf("%q is refused with %v", base, err)
			}
			return
		}
		_, err := do(t, newClient(t, rt, credit.WithBaseURL(base)), &opSafe, Call{IDs: []string{"t", "7"}, IDFields: []string{"tenantId", "id"}})
		if err != nil || sent == nil {
			t.Fatalf("%q: %v", base, err)
		}
		want, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		host, _, _ := strings.Cut(sent.Host, "%")
		switch {
		case !strings.EqualFold(sent.Host, want.Host) || host != strings.ToLower(host):
			t.Errorf("%q: the request goes to the host %q", base, sent.Host)
		case sent.Scheme != "https" && (sent.Scheme != "http" || !isLoopbackName(sent.Hostname())):
			t.Errorf("%q: the request goes to %s", base, sent)
		case sent.User != nil || sent.RawQuery != "" || sent.Fragment != "" || sent.Opaque != "":
			t.Errorf("%q: the request has the URL %#v", base, sent)
		case sent.EscapedPath() != strings.TrimRight(want.EscapedPath(), "/")+"/credits/t/7":
			t.Errorf("%q: the request has the path %s", base, sent.EscapedPath())
		}
	})
}

func isLoopbackName(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
