package credit_test

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestBaseURLsThatAreAccepted(t *testing.T) {
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
	} {
		c := config(t, credit.WithBaseURL(url))
		if got := c.BaseURL.String(); !strings.EqualFold(got, url) {
			t.Errorf("%s became %s", url, got)
		}
	}
}

func TestBaseURLsThatAreRefused(t *testing.T) {
	for url, reason := range map[string]string{
		"":                              "must start with https://",
		"api.example.com":               "must start with https://",
		"//api.example.com":             "must start with https://",
		"ftp://api.example.com":         "must start with https://",
		"file:///etc/passwd":            "must start with https://",
		"https:":                        "has no host",
		"https://":                      "has no host",
		"https:///v1":                   "has no host",
		"https://:8443":                 "has no host",
		"https:api.example.com":         "has no host",
		"https:/api.example.com":        "has no host",
		"http://api.example.com":        "must be https: plain http is for loopback hosts only",
		"http://128.0.0.1":              "must be https: plain http is for loopback hosts only",
		"http://10.0.0.1":               "must be https: plain http is for loopback hosts only",
		"http://0.0.0.0":                "must be https: plain http is for loopback hosts only",
		"http://127.0.0.1.example.com":  "must be https: plain http is for loopback hosts only",
		"http://localhost.example.com":  "must be https: plain http is for loopback hosts only",
		"http://[::2]":                  "must be https: plain http is for loopback hosts only",
		"https://user@example.com":      "must not hold a user or password",
		"https://user:pw@example.com":   "must not hold a user or password",
		"https://@example.com":          "must not hold a user or password",
		"http://localhost@example.com":  "must be https: plain http is for loopback hosts only",
		"http://user@127.0.0.1":         "must not hold a user or password",
		"https://example.com?key=1":     "must not have a query",
		"https://example.com/v1?":       "must not have a query",
		"https://example.com/#top":      "must not have a fragment",
		"https://example.com/#":         "must not have a fragment",
		"https://example.com/v1/..":     "must not have . or .. in its path",
		"https://example.com/./v1":      "must not have . or .. in its path",
		"https://example.com/../v1":     "must not have . or .. in its path",
		"https://example.com/%2e%2e/v1": "must not have . or .. in its path",
		"https://example.com/%2E/v1":    "must not have . or .. in its path",
		"https://example.com/.%2e":      "must not have . or .. in its path",
		"https://example.com/a%2f..":    "must not have . or .. in its path",
		"https://exa mple.com":          "is not a URL",
		"https://example.com/%zz":       "is not a URL",
		"https://example.com:port":      "is not a URL",
		"https://example.com/\x7f":      "is not a URL",
		" https://example.com":          "is not a URL",
		"https://[::1":                  "is not a URL",
	} {
		t.Run(url, func(t *testing.T) {
			invalid := refused(t, "WithBaseURL", credit.WithBaseURL(url))
			if invalid.Reason != reason {
				t.Errorf("the reason is %q, want %q", invalid.Reason, reason)
			}
		})
	}
}

func TestBaseURLIsNeverQuoted(t *testing.T) {
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
