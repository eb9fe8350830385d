package vendor_test

import (
	"slices"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func mapEnv(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestErrorNamesAllMissingVariables(t *testing.T) {
	for _, test := range []struct {
		name string
		want string
	}{
		{"knox", "knox: invalid KNOX_TENANT: is not set; invalid KNOX_DOMAIN: is not set, nor is KNOX_ACCESS_TOKEN; " +
			"invalid KNOX_CLIENT_ID: is not set, nor is KNOX_ACCESS_TOKEN; " +
			"invalid KNOX_CLIENT_SECRET: is not set, nor is KNOX_ACCESS_TOKEN; nothing was sent"},
		{"thoughtindustries", "thoughtindustries: invalid THOUGHTINDUSTRIES_INSTANCE: is not set; " +
			"invalid THOUGHTINDUSTRIES_API_KEY: is not set; nothing was sent"},
		{"nexudus", "nexudus: invalid NEXUDUS_EMAIL: is not set, nor is NEXUDUS_ACCESS_TOKEN; " +
			"invalid NEXUDUS_PASSWORD: is not set, nor is NEXUDUS_ACCESS_TOKEN; nothing was sent"},
		{"flexprice", "flexprice: invalid FLEXPRICE_API_KEY: is not set; nothing was sent"},
		{"metronome", "metronome: invalid METRONOME_TOKEN: is not set; nothing was sent"},
	} {
		_, err := vendor.Updater(t.Context(), test.name, mapEnv(nil))
		if err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
		if got := credit.OutcomeOf(err); got != credit.NotSent {
			t.Errorf("%s: outcome %v, want not sent", test.name, got)
		}
	}
}

func TestAccessTokenReplacesCredentials(t *testing.T) {
	for _, test := range []struct {
		name  string
		token string
	}{{"knox", "KNOX_ACCESS_TOKEN"}, {"nexudus", "NEXUDUS_ACCESS_TOKEN"}} {
		given := mapEnv(map[string]string{test.token: "x", "KNOX_TENANT": "example.org"})
		if got := vendor.Missing(test.name, given); len(got) > 0 {
			t.Errorf("%s: missing %q although the token is set", test.name, got)
		}
	}
	if got := vendor.Missing("knox", mapEnv(map[string]string{"KNOX_ACCESS_TOKEN": "x"})); !slices.Equal(got, []string{"KNOX_TENANT"}) {
		t.Errorf("knox: missing %q", got)
	}
}

// The token and the credentials may belong to two accounts.
func TestAccessTokenWithCredentialsIsInvalid(t *testing.T) {
	for _, c := range []struct {
		vendor string
		env    map[string]string
		want   string
	}{
		{"knox", map[string]string{"KNOX_TENANT": "example.org", "KNOX_ACCESS_TOKEN": "x", "KNOX_CLIENT_ID": "y"},
			"knox: invalid KNOX_CLIENT_ID: is set beside KNOX_ACCESS_TOKEN: unset one of them; nothing was sent"},
		{"nexudus", map[string]string{"NEXUDUS_ACCESS_TOKEN": "x", "NEXUDUS_EMAIL": "y", "NEXUDUS_TOTP": "z"},
			"nexudus: invalid NEXUDUS_EMAIL: is set beside NEXUDUS_ACCESS_TOKEN: unset one of them; " +
				"invalid NEXUDUS_TOTP: is set beside NEXUDUS_ACCESS_TOKEN: unset one of them; nothing was sent"},
	} {
		_, err := vendor.Updater(t.Context(), c.vendor, mapEnv(c.env))
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

func TestVariables(t *testing.T) {
	want := []string{"KNOX_TENANT", "KNOX_DOMAIN", "KNOX_CLIENT_ID", "KNOX_CLIENT_SECRET", "KNOX_ACCESS_TOKEN"}
	var got []string
	for _, v := range vendor.Variables("knox") {
		got = append(got, v.Name)
		if v.Meaning == "" || v.Optional != (v.Name == "KNOX_ACCESS_TOKEN") {
			t.Errorf("%+v", v)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := vendor.Variables("stripe"); got != nil {
		t.Errorf("stripe: got %v, want nil", got)
	}
}

// Variables returns a copy.
func TestVariablesAreNotShared(t *testing.T) {
	vendor.Variables("metronome")[0].Name = "changed"
	if got := vendor.Variables("metronome")[0].Name; got != "METRONOME_TOKEN" {
		t.Errorf("got %s", got)
	}
}
