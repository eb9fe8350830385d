package vendor

import "github.com/creditkit/creditkit/credit/credittest"

// Fake starts the vendor's fake, which listens on the loopback interface until
// it is closed. Give an Updater its address by credit.WithBaseURL.
func Fake(name string) (*credittest.Server, error) {
	v, err := find(name)
	if err != nil {
		return nil, err
	}
	return v.fake(nil), nil
}

// FakeEnv is an environment that does for the vendor's fake. Where a vendor mints
// tokens it holds a token instead, since the fake's own address, at which one
// could be minted, is not known yet.
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
