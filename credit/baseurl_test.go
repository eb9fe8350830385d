package credit_test

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestWithBaseURLAccepts(t *testing.T) {
	for _, url := range []string{
		"https://api.example.com",
		"HTTPS://api.example.com",
		"https://api.example.com/",
		"https://api.example.com:8443/v1/credits/",
		"https://api.example.com/a%2Fb/c%20d",
		"https://api.example.com/..a/b..",
		"https://192.0.2.1",
		"https://[2001:db8::1]:8443",
		"http://127.0.0.1:8080",
		"http://127.0.0.2",
		"http://127.255.255.254:1",
		"http://[::1]:8080/v1",
		"http://localhost",
		"http://localhost:8080",
		"http://LOCALHOST:8080",
		"https://API.Example.COM:8443/V1",
		"http://[::ffff:127.0.0.1]:8080",
		"http://[::FFFF:7F00:1]",
		"http://[0:0:0:0:0:0:0:1]",
		"https://[fe80::1%25En0]",
	} {
		c := config(t, credit.WithBaseURL(url))
		if got := c.BaseURL.String(); !strings.EqualFold(got, url) {
			t.Errorf("%s became %s", url, got)
		}
	}
}

// Proxies' rules and others compare hosts as they are written.
func TestWithBaseURLLowercasesHost(t *testing.T) {
	for _, test := range []struct {
		url, want string
	}{
		{"http://LOCALHOST:9", "localhost:9"},
		{"https://API.Example.COM:8443/V1", "api.example.com:8443"},
		{"http://[::FFFF:127.0.0.1]:9", "[::ffff:127.0.0.1]:9"},
		{"https://[FE80::1%25En0]:9", "[fe80::1%En0]:9"}, // a zone is a name of this machine
	} {
		if c := config(t, credit.WithBaseURL(test.url)); c.BaseURL.Host != test.want {
			t.Errorf("%s has the host %s, want %s", test.url, c.BaseURL.Host, test.want)
		}
	}
	if c := config(t, credit.WithBaseURL("https://API.Example.COM/V1")); c.BaseURL.Path != "/V1" {
		t.Errorf("the path became %s", c.BaseURL.Path)
	}
}

func TestWithBaseURLRejects(t *testing.T) {
	for _, test := range []struct {
		url, reason string
	}{
		{"", "must start with https://"},
		{"api.example.com", "must start with https://"},
		{"//api.example.com", "must start with https://"},
		{"ftp://api.example.com", "must start with https://"},
		{"file:///etc/passwd", "must start with https://"},
		{"https:", "has no host"},
		{"https://", "has no host"},
		{"https:///v1", "has no host"},
		{"https://:8443", "has no host"},
		{"https:api.example.com", "has no host"},
		{"https:/api.example.com", "has no host"},
		{"http://api.example.com", "must be https: plain http is for loopback hosts only"},
		{"http://128.0.0.1", "must be https: plain http is for loopback hosts only"},
		{"http://10.0.0.1", "must be https: plain http is for loopback hosts only"},
		{"http://0.0.0.0", "must be https: plain http is for loopback hosts only"},
		{"http://127.0.0.1.example.com", "must be https: plain http is for loopback hosts only"},
		{"http://localhost.example.com", "must be https: plain http is for loopback hosts only"},
		{"http://[::2]", "must be https: plain http is for loopback hosts only"},
		{"http://localhost.", "must be https: plain http is for loopback hosts only"},
		{"http://LOCALHOST.:9", "must be https: plain http is for loopback hosts only"},
		{"http://a.localhost", "must be https: plain http is for loopback hosts only"},
		{"http://localho\u017ft", "must be https: plain http is for loopback hosts only"}, // a long s
		{"http://\uff4cocalhost", "must be https: plain http is for loopback hosts only"}, // a wide l
		{"http://localhost.localdomain", "must be https: plain http is for loopback hosts only"},
		{"http://ip6-localhost", "must be https: plain http is for loopback hosts only"},
		{"http://127.1", "must be https: plain http is for loopback hosts only"},
		{"http://127.0.0.1.", "must be https: plain http is for loopback hosts only"},
		{"http://127.0.0.01", "must be https: plain http is for loopback hosts only"},
		{"http://0x7f.0.0.1", "must be https: plain http is for loopback hosts only"},
		{"http://2130706433", "must be https: plain http is for loopback hosts only"},
		{"http://0", "must be https: plain http is for loopback hosts only"},
		{"http://[::1%25lo]", "must be https: plain http is for loopback hosts only"},
		{"http://[::127.0.0.1]", "must be https: plain http is for loopback hosts only"},
		{"http://[::ffff:10.0.0.1]", "must be https: plain http is for loopback hosts only"},
		{"http://[::]", "must be https: plain http is for loopback hosts only"},
		{"http://%6cocalhost", "is not a URL"},
		{"http://127.0.0.1%00", "is not a URL"},
		{"https://user@example.com", "must not hold a user or password"},
		{"https://user:pw@example.com", "must not hold a user or password"},
		{"https://@example.com", "must not hold a user or password"},
		{"http://localhost@example.com", "must be https: plain http is for loopback hosts only"},
		{"http://user@127.0.0.1", "must not hold a user or password"},
		{"https://example.com?key=1", "must not have a query"},
		{"https://example.com/v1?", "must not have a query"},
		{"https://example.com/#top", "must not have a fragment"},
		{"https://example.com/#", "must not have a fragment"},
		{"https://example.com/v1/..", "must not have . or .. in its path"},
		{"https://example.com/./v1", "must not have . or .. in its path"},
		{"https://example.com/../v1", "must not have . or .. in its path"},
		{"https://example.com/%2e%2e/v1", "must not have . or .. in its path"},
		{"https://example.com/%2E/v1", "must not have . or .. in its path"},
		{"https://example.com/.%2e", "must not have . or .. in its path"},
		{"https://example.com/a%2f..", "must not have . or .. in its path"},
		{"https://exa mple.com", "is not a URL"},
		{"https://example.com/%zz", "is not a URL"},
		{"https://example.com:port", "is not a URL"},
		{"https://example.com/\x7f", "is not a URL"},
		{" https://example.com", "is not a URL"},
		{"https://[::1", "is not a URL"},
	} {
		t.Run(test.url, func(t *testing.T) {
			invalid := refused(t, "WithBaseURL", credit.WithBaseURL(test.url))
			if invalid.Reason != test.reason {
				t.Errorf("the reason is %q, want %q", invalid.Reason, test.reason)
			}
		})
	}
}

func TestWithBaseURLErrorDoesNotQuoteURL(t *testing.T) {
	for _, url := range []string{
		"https://user:hunter2@example.com",
		"https://user:hunter2@exa mple.com",
		"ftp://hunter2@example.com",
		"https://example.com?key=hunter2",
		"https://example.com#hunter2",
		"https://example.com:hunter2",
		"http://hunter2.example.com",
		"https://example.com/hunter2/%zz",
		"https://example.com/hunter2/..",
	} {
		if text := refused(t, "WithBaseURL", credit.WithBaseURL(url)).Error(); strings.Contains(text, "hunter2") {
			t.Errorf("%s is quoted: %s", url, text)
		}
	}
}
