package target_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
	"github.com/creditkit/creditkit/examples/internal/vendor"
	"github.com/creditkit/creditkit/flexprice"
)

func environment(changes ...string) func(string) string {
	env := map[string]string{
		"KNOX_TENANT": "example.org", "KNOX_ACCESS_TOKEN": "secret-1", "THOUGHTINDUSTRIES_INSTANCE": "acme",
		"THOUGHTINDUSTRIES_API_KEY": "secret-2", "NEXUDUS_EMAIL": "ops@acme.com", "NEXUDUS_PASSWORD": "secret-3",
		"FLEXPRICE_API_KEY": "secret-4", "METRONOME_TOKEN": "secret-5",
	}
	for i := 0; i < len(changes); i += 2 {
		env[changes[i]] = changes[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestSameTarget(t *testing.T) {
	made := target.New(target.Real, vendor.Names(), nil, environment())
	for _, test := range []struct {
		name string
		mode target.Mode
		urls map[string]string
		env  func(string) string
		same bool
	}{
		{"same", target.Real, nil, environment(), true},
		{"renewed keys", target.Real, nil, environment("KNOX_ACCESS_TOKEN", "other", "METRONOME_TOKEN", "other", "NEXUDUS_PASSWORD", "other"), true},
		{"default address spelled out", target.Real, map[string]string{"metronome": "HTTPS://API.metronome.com/"}, environment(), true},
		{"dry run", target.DryRun, nil, environment(), false},
		{"fake", target.Fake, nil, environment(), false},
		{"base URL", target.Real, map[string]string{"knox": "https://knox.example"}, environment(), false},
		{"tenant", target.Real, nil, environment("KNOX_TENANT", "example.com"), false},
		{"instance", target.Real, nil, environment("THOUGHTINDUSTRIES_INSTANCE", "acme2"), false},
		{"sign-in name", target.Real, nil, environment("NEXUDUS_EMAIL", "other@acme.com"), false},
		{"token in place of a sign-in name", target.Real, nil, environment("NEXUDUS_EMAIL", "", "NEXUDUS_ACCESS_TOKEN", "t"), false},
		{"region", target.Real, nil, environment("FLEXPRICE_BASE_URL", flexprice.RegionIndia), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := target.New(test.mode, vendor.Names(), test.urls, test.env)
			err := made.Check(now)
			if (err == nil) != test.same {
				t.Fatalf("got %v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), made.String()) || !strings.Contains(err.Error(), now.String())) {
				t.Errorf("does not name both: %v", err)
			}
		})
	}
}

func TestTargetIncludesVendors(t *testing.T) {
	one := target.New(target.Real, []string{"knox"}, nil, environment())
	if err := one.Check(target.New(target.Real, []string{"knox", "nexudus"}, nil, environment())); err == nil {
		t.Error("another vendor is the same target")
	}
}

func TestTargetContainsNoSecret(t *testing.T) {
	made := target.New(target.Real, vendor.Names(), map[string]string{"knox": "https://me:secret-6@knox.example?token=secret-7"}, environment())
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text)+made.String(), "secret") {
		t.Errorf("got %s", text)
	}
}

func TestStringIsOneCSVCell(t *testing.T) {
	s := target.New(target.Real, []string{"knox"}, nil, environment("KNOX_TENANT", "a,b\"c\nd")).String()
	if strings.ContainsAny(s, ",\"\n") {
		t.Errorf("got %q", s)
	}
}

// The vendors' packages do not export their default addresses, so the table here
// is compared with the requests of their clients.
func TestDefaultAddresses(t *testing.T) {
	env := environment()
	for _, c := range []struct {
		name string
		want string
	}{
		{"knox", "https://certifications.api.rhythmsoftware.com"}, {"thoughtindustries", "https://acme.thoughtindustries.com"},
		{"nexudus", "https://spaces.nexudus.com"}, {"flexprice", flexprice.RegionUS}, {"metronome", "https://api.metronome.com"},
	} {
		host := requestedHost(t, c.name, env)
		got := target.New(target.Real, []string{c.name}, nil, env).Vendors[c.name].Address
		if got != c.want || !strings.HasPrefix(got, "https://"+host) {
			t.Errorf("%s: got %s, and the client calls %s", c.name, got, host)
		}
	}
}

// recorder refuses every request and keeps its host.
type recorder struct{ host string }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	r.host = req.URL.Host
	return nil, errors.New("offline")
}

// requestedHost returns the host that the vendor's client calls.
func requestedHost(t *testing.T, name string, env func(string) string) string {
	t.Helper()
	if name == "nexudus" {
		env = vendor.FakeEnv(name) // a sign-in would be the first request
	}
	r := &recorder{}
	u, err := vendor.Updater(t.Context(), name, env, credit.WithTransport(r), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
	if err != nil {
		t.Fatal(err)
	}
	patch := map[string]credit.Patch{
		"knox": {Note: credit.Set("n")}, "thoughtindustries": {Name: credit.Set("n")}, "nexudus": {Note: credit.Set("n")},
		"flexprice": {Name: credit.Set("n")}, "metronome": {Name: credit.Set("n")},
	}[name]
	ref := credit.Ref{ID: "1"}
	if name == "metronome" {
		ref.Owner = "customer"
	}
	_, err = u.Update(t.Context(), ref, patch)
	if err == nil || r.host == "" {
		t.Fatalf("%s: got %v", name, err)
	}
	return r.host
}

// A results file names its target in one line. A command works on it if it would call the
// same places.
func TestCheckText(t *testing.T) {
	env := func(string) string { return "a, b; c" }
	all := target.New(target.Real, []string{"knox", "nexudus"}, nil, env)
	one := target.New(target.Real, []string{"nexudus"}, nil, env)
	if err := one.CheckText(all.String()); err != nil {
		t.Errorf("fewer vendors: %v", err)
	}
	for _, mode := range []target.Mode{target.Real, target.DryRun, target.Fake, target.FakeDryRun} {
		same := target.New(mode, []string{"knox", "nexudus"}, nil, env)
		if err := same.CheckText(same.String()); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
	for name, other := range map[string]target.Target{
		"more vendors":  one,
		"a fake run":    target.New(target.Fake, []string{"knox", "nexudus"}, nil, env),
		"a dry run":     target.New(target.DryRun, []string{"knox", "nexudus"}, nil, env),
		"other account": target.New(target.Real, []string{"knox", "nexudus"}, nil, func(string) string { return "a, b; cd" }),
		"other address": target.New(target.Real, []string{"knox", "nexudus"}, map[string]string{"knox": "http://127.0.0.1:1"}, env),
	} {
		if err := all.CheckText(other.String()); err == nil || !strings.Contains(err.Error(), "another target") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
