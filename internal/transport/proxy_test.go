package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"testing"
)

// net/http reads the environment once in a process, so a process of its own
// provokes the failure.
func TestHTTPProxyUnderCGIIsPermanent(t *testing.T) {
	const child = "CREDITKIT_TEST_PROXY_CHILD"
	if os.Getenv(child) != "" {
		x := &exchange{}
		err := x.send(t, newTransport(sharedPings), "http://vendor.example/planted")
		fmt.Printf("shown: %v; permanent: %v; again: %v\n", redactError(err), isPermanent(err, false), isPermanent(redactError(err), false))
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHTTPProxyUnderCGIIsPermanent$", "-test.v")
	cmd.Env = append(os.Environ(), child+"=1", "REQUEST_METHOD=GET", "HTTP_PROXY=http://user:planted@127.0.0.1:1", "http_proxy=", "NO_PROXY=", "no_proxy=")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("shown: "+cgiProxy+"; permanent: true; again: true")) || bytes.Contains(out, []byte("planted")) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestProxyFunctionErrorIsPermanentAndRedacted(t *testing.T) {
	own := func(*http.Request) (*url.URL, error) { return nil, errors.New("planted proxy's password") }
	req := httptest.NewRequest(http.MethodPut, "http://vendor.example/", nil)
	rt := &http.Transport{Proxy: own}
	_, err := rt.RoundTrip(req)
	got := asProxyFuncError(rt, req, err)
	checkPrints(t, redactError(got), "the transport's Proxy function failed")
	if !isPermanent(got, false) || !isPermanent(redactError(got), false) || !errors.Is(got, errProxyFunc) || !errors.Is(got, err) {
		t.Errorf("%v: not permanent, or hides its cause", got)
	}
	for _, test := range []struct {
		name string
		rt   http.RoundTripper
	}{
		{"no Proxy function", &http.Transport{}},
		{"Proxy function that succeeds", &http.Transport{Proxy: http.ProxyURL(nil)}},
		{"Proxy function with another error", &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return nil, errors.New("another") }}},
		{"a nil transport", (*http.Transport)(nil)},
		{"another transport", script(fails(errOwn))},
	} {
		if asProxyFuncError(test.rt, req, errOwn) != errOwn {
			t.Errorf("%s: not the error of a Proxy function", test.name)
		}
	}
}

// A Proxy function may wait for something until the attempt ends.
func TestProxyFunctionContextErrorIsUnchanged(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rt := &http.Transport{Proxy: func(req *http.Request) (*url.URL, error) { return nil, req.Context().Err() }}
	req := httptest.NewRequest(http.MethodPut, "http://vendor.example/", nil).WithContext(ctx)
	if got := asProxyFuncError(rt, req, ctx.Err()); got != ctx.Err() {
		t.Errorf("%v, want %v", got, ctx.Err())
	}
}
