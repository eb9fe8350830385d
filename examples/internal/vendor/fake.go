package vendor

import "github.com/creditkit/creditkit/credit/credittest"

// Fake starts the vendor's fake on the loopback interface. The caller must
// close it. Pass its URL to an Updater by credit.WithBaseURL.
func Fake(name string) (*credittest.Server, error) {
	v, err := findVendor(name)
	if err != nil {
		return nil, err
	}
	return v.fake(nil), nil
}

// FakeEnv returns an environment for the vendor's fake. It contains access
// tokens, because the fake's address for token requests is not known yet.
func FakeEnv(name string) func(string) string {
	env := map[string]map[string]string{
		"knox":              {"KNOX_TENANT": "example.org", "KNOX_ACCESS_TOKEN": "knox-token"},
		"thoughtindustries": {"THOUGHTINDUSTRIES_INSTANCE": "example", "THOUGHTINDUSTRIES_API_KEY": "ti-key"},
		"nexudus":           {"NEXUDUS_ACCESS_TOKEN": "nexudus-token"},
		"flexprice":         {"FLEXPRICE_API_KEY": "flexprice-key"},
		"metronome":         {"METRONOME_TOKEN": "metronome-token"},
	}[name]
	return func(variable string) string { return env[variable] }
}
