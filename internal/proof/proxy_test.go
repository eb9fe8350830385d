package proof

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
)

const proxyEnv = "CREDITKIT_TEST_BEHIND_PROXY"

// Plain HTTP is accepted for loopback hosts, because it does not leave the
// machine. So such a request must never go to the proxy from the environment,
// in whatever form the host is written. net/http reads that environment once
// per process, so the test makes its calls in another process.
func TestLoopbackHTTPBypassesProxy(t *testing.T) {
	if os.Getenv(proxyEnv) != "" {
		callLoopbackHosts(t)
		return
	}
	var mu sync.Mutex
	var seen []string
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s %s with %v %s", req.Method, req.URL, req.Header, body))
	}))
	defer proxy.Close()

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
	child.Env = []string{proxyEnv + "=1", "HTTP_PROXY=" + proxy.URL, "HTTPS_PROXY=" + proxy.URL, "HOME=" + t.TempDir()}
	child.WaitDelay = time.Second
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 1 || !strings.HasPrefix(seen[0], "GET http://control.invalid/") {
		t.Errorf("the proxy received %q, want only the control request", seen)
	}
}

func callLoopbackHosts(t *testing.T) {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}))
	defer vendor.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(vendor.URL, "http://"), ":")

	resp, err := http.Get("http://control.invalid/")
	if err != nil {
		t.Fatalf("the proxy does not work: %v", err)
	}
	_ = resp.Body.Close()

	accepted := 0
	for _, host := range []string{
		"localhost", "LOCALHOST", "LocalHost", "localhost.", "LOCALHOST.", "127.0.0.1", "127.1", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]",
		"[::ffff:127.0.0.1]", "[::FFFF:127.0.0.1]", "[::FFFF:7F00:1]", "[::1%25lo]", "[::127.0.0.1]", "0", "0.0.0.0", "[::]", "2130706433",
		"0x7f.0.0.1", "127.0.0.01", "a.localhost", "localhost.localdomain", "ip6-localhost", "localho\u017ft", "\uff4cocalhost", "127\u30020.0.1",
	} {
		base := "http://" + host + ":" + port
		if isBaseURLAccepted(t, base) {
			accepted++
		}
	}
	if accepted < 9 {
		t.Errorf("%d hosts were accepted, want at least 9 forms of a loopback host", accepted)
	}
}

// isBaseURLAccepted makes a call and two token requests, and reports whether
// the client accepts base. The token sources must agree.
func isBaseURLAccepted(t *testing.T, base string) bool {
	once := credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})
	client, err := metronome.New("planted-token", credit.WithBaseURL(base), once, credit.WithAttemptTimeout(5*time.Second))
	if err == nil {
		_, _ = client.GetCredit(t.Context(), "13117714-3f05-48e5-a6e9-a66093f13b4d", "6162d87b-e5db-4a33-b7f2-76ce6ead4e85")
	}
	_, knoxErr := knox.ClientCredentials{Domain: base, ClientID: "c", ClientSecret: "planted"}.TokenSource(t.Context()).Token()
	_, nexudusErr := nexudus.Password{Email: "e", Password: "planted", BaseURL: base}.TokenSource(t.Context()).Token()
	for _, tokenErr := range []error{knoxErr, nexudusErr} {
		if _, rejected := tokenErr.(*credit.InvalidError); rejected != (err != nil) {
			t.Errorf("%s: client error %v, token source error %v", base, err, tokenErr)
		}
	}
	return err == nil
}
