package rest

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
)

func TestBaseURLPathIsKept(t *testing.T) {
	for base, want := range map[string]string{
		"https://h.test":                "https://h.test/credits/a%2Fb",
		"https://h.test/":               "https://h.test/credits/a%2Fb",
		"https://h.test/v1":             "https://h.test/v1/credits/a%2Fb",
		"https://h.test/v1/":            "https://h.test/v1/credits/a%2Fb",
		"https://h.test:8443/v1//":      "https://h.test:8443/v1/credits/a%2Fb",
		"https://h.test/a/b/c":          "https://h.test/a/b/c/credits/a%2Fb",
		"https://h.test/a%2Fb/c%20d":    "https://h.test/a%2Fb/c%20d/credits/a%2Fb",
		"https://h.test/%7Bid%7D":       "https://h.test/%7Bid%7D/credits/a%2Fb",
		"https://h.test/a%25":           "https://h.test/a%25/credits/a%2Fb",
		"https://h.test/%C3%BC":         "https://h.test/%C3%BC/credits/a%2Fb",
		"https://h.test/it's(1)!*/[x]/": "https://h.test/it's(1)!*/[x]/credits/a%2Fb",
		"http://127.0.0.1:1/v1":         "http://127.0.0.1:1/v1/credits/a%2Fb",
		"http://[::1]:1/v1":             "http://[::1]:1/v1/credits/a%2Fb",
	} {
		for _, id := range []string{"a/b", "7"} {
			s := play("200 {}")
			c := newClient(t, s, credit.WithBaseURL(base))
			if _, err := do(t, c, &opRead, Call{IDs: []string{id}, IDFields: []string{"id"}}); err != nil {
				t.Fatal(err)
			}
			if id == "7" {
				want = want[:len(want)-len("a%2Fb")] + "7"
			}
			req := s.requests[0]
			if got := req.URL.String(); got != want || req.Host != req.URL.Host {
				t.Errorf("base %s, id %s: sent to %s at host %s, want %s", base, id, got, req.Host, want)
			}
		}
	}
}

func TestDefaultAddressAndQuery(t *testing.T) {
	s := play("200 {}")
	call := Call{IDs: []string{"7"}, IDFields: []string{"id"}, Query: "full=a%26b&x=1"}
	if _, err := do(t, newClient(t, s), &opRead, call); err != nil {
		t.Fatal(err)
	}
	if got, want := s.requests[0].URL.String(), "https://api.acme.test/v1/credits/7?full=a%26b&x=1"; got != want {
		t.Errorf("sent to %s, want %s", got, want)
	}
}

func TestHeadersAreTheseAndNoMore(t *testing.T) {
	s := play("200 {}", "200 {}", "200 {}")
	c := newClient(t, s, credit.WithUserAgent("billing/1.0"))
	for _, op := range []*Operation{&opRead, &opSafe} {
		if _, err := send(t, c, op); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := send(t, c, &opKeyed, credit.WithIdempotencyKey("k-1")); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Accept":     {"application/json"},
		"User-Agent": {"billing/1.0 creditkit/" + credit.Version},
		"X-Api-Key":  {secret},
	}
	for i, name := range []string{"", "Content-Type", "Idempotency-Key"} {
		if value := map[string]string{"Content-Type": "application/json", "Idempotency-Key": "k-1"}[name]; value != "" {
			want.Set(name, value)
		}
		if diff := cmp.Diff(want, s.requests[i].Header); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", i, diff)
		}
	}
}

// One call's headers must not show up in the next one's.
func TestCallsShareNoHeaders(t *testing.T) {
	s := play("200 {}", "200 {}")
	c := newClient(t, s)
	if _, err := send(t, c, &opKeyed); err != nil {
		t.Fatal(err)
	}
	s.requests[0].Header.Set("X-Left-Behind", "1")
	s.requests[0].Header.Add("Accept", "text/html")
	if _, err := send(t, c, &opRead); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"X-Left-Behind": "", "Idempotency-Key": "", "Content-Type": "", "Accept": "application/json"} {
		if got := s.requests[1].Header.Values(name); len(got) > 1 || s.requests[1].Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestNewNamesTheVendorOfABadOption(t *testing.T) {
	for field, opt := range map[string]credit.Option{
		"WithBaseURL": credit.WithBaseURL("ftp://h.test"),
		"WithLogger":  credit.WithLogger(nil),
		"options":     nil,
	} {
		c, err := New(Config{Vendor: "acme", BaseURL: "https://h.test", Auth: APIKey("apiKey", "k", "X-Api-Key", "")}, []credit.Option{opt})
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if c != nil || !ok || invalid.Vendor != "acme" || invalid.Field != field {
			t.Errorf("New gives %v, %v; want acme's InvalidError of %s", c, err, field)
		}
	}
	c, err := New(Config{Vendor: "acme", BaseURL: "https://h test", Auth: APIKey("apiKey", "k", "X-Api-Key", "")}, nil)
	if invalid, ok := errors.AsType[*credit.InvalidError](err); c != nil || !ok || invalid.Vendor != "acme" {
		t.Errorf("New gives %v, %v for a default address that cannot be", c, err)
	}
}

func TestAPIKeysInvalidInAHeader(t *testing.T) {
	for _, key := range []string{"", " ", "a b", "a\nb", "a\r\nX: 1", "a\tb", "a\x00", "a\x7f", "schlüssel", " a", "a "} {
		auth, err := APIKey("apiKey", key, "X-Api-Key", "")("acme")
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if auth != nil || !ok || invalid.Vendor != "acme" || invalid.Field != "apiKey" {
			t.Errorf("key %q: %v, %v; want acme's InvalidError of apiKey", key, auth, err)
		}
	}
}

func TestAPIKeyFollowsItsPrefix(t *testing.T) {
	key := APIKey("apiKey", "abc", "Authorization", "Bearer ")
	auth, err := key("acme")
	if err != nil {
		t.Fatal(err)
	}
	got, err := auth.Credentials(t.Context(), "")
	if err != nil || got.Name != "Authorization" || got.Secret != "abc" {
		t.Errorf("the credentials are %s: %s, %v", got.Name, got.Secret, err)
	}
	s := play("200 {}")
	c, err := New(Config{Vendor: "acme", BaseURL: "https://api.acme.test", Auth: key, DecodeError: decodeErrorBody}, []credit.Option{credit.WithTransport(s)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := send(t, c, &opSafe); err != nil {
		t.Fatal(err)
	}
	if got := s.requests[0].Header.Get("Authorization"); got != "Bearer abc" {
		t.Errorf("sent %q", got)
	}
}

// setUpWrongly is a token source that can never work.
type setUpWrongly struct{ oauth2.TokenSource }

var errSetUp = Invalid("acme", "Domain", "is required")

func (setUpWrongly) Invalid() error { return errSetUp }

func TestInvalidTokenSourcesAreRejectedByNew(t *testing.T) {
	auth, err := Tokens(nil)("acme")
	if invalid, ok := errors.AsType[*credit.InvalidError](err); auth != nil || !ok || invalid.Field != "tokens" || invalid.Vendor != "acme" {
		t.Errorf("no source: %v, %v", auth, err)
	}
	for _, none := range []oauth2.TokenSource{(*setUpWrongly)(nil), source(nil)} {
		auth, err := Tokens(none)("acme")
		if invalid, ok := errors.AsType[*credit.InvalidError](err); auth != nil || !ok || invalid.Field != "tokens" {
			t.Errorf("a nil %T: %v, %v", none, auth, err)
		}
	}
	if auth, err := Tokens(setUpWrongly{})("acme"); auth != nil || err != errSetUp {
		t.Errorf("a source that is set up wrongly: %v, %v", auth, err)
	}
	if auth, err := Tokens(credit.StaticToken("t"))("acme"); auth == nil || err != nil {
		t.Errorf("a source that works: %v, %v", auth, err)
	}
}
