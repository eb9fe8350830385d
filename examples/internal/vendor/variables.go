package vendor

import (
	"slices"

	"github.com/creditkit/creditkit/credit"
)

// A Variable is an environment variable that configures a vendor's client. An
// empty one counts as not set.
type Variable struct {
	Name     string
	Meaning  string // for help texts
	Optional bool
}

// Variables returns the variables of a vendor, required ones first, or nil for
// an unknown vendor. If the access token is set, the credentials that it
// replaces are not required.
func Variables(name string) []Variable {
	v, _ := findVendor(name) // the zero vendor has no variables
	return slices.Clone(v.variables)
}

// Missing returns the names of the required variables that are not set.
func Missing(name string, getenv func(string) string) []string {
	v, _ := findVendor(name)
	return v.missingVariables(getenv)
}

// requirements are the variables of one vendor's client.
type requirements struct {
	name      string // of the vendor
	variables []Variable
	// token is the variable of an access token, which replaces the credentials.
	// Setting both is an error: they may belong to two accounts, and it is
	// unclear which one is meant.
	token       string
	credentials []string
}

var knoxRequirements = requirements{
	name: "knox",
	variables: []Variable{
		{"KNOX_TENANT", "the tenant's id, example.org", false},
		{"KNOX_DOMAIN", "the tenant's Auth0 domain, acme.us.auth0.com", false},
		{"KNOX_CLIENT_ID", "the API key's id", false},
		{"KNOX_CLIENT_SECRET", "the API key's secret", false},
		{"KNOX_ACCESS_TOKEN", "an access token, instead of domain, id and secret", true},
	},
	token:       "KNOX_ACCESS_TOKEN",
	credentials: []string{"KNOX_DOMAIN", "KNOX_CLIENT_ID", "KNOX_CLIENT_SECRET"},
}

var thoughtIndustriesRequirements = requirements{
	name: "thoughtindustries",
	variables: []Variable{
		{"THOUGHTINDUSTRIES_INSTANCE", "the instance, acme, or its host, academy.acme.com", false},
		{"THOUGHTINDUSTRIES_API_KEY", "the instance's API key", false},
	},
}

var nexudusRequirements = requirements{
	name: "nexudus",
	variables: []Variable{
		{"NEXUDUS_EMAIL", "of a user with API access", false},
		{"NEXUDUS_PASSWORD", "the user's password", false},
		{"NEXUDUS_TOTP", "the current code of the user's second factor, if the user has one", true},
		{"NEXUDUS_CLIENT_ID", "names the session; a second sign-in under the same id ends the first", true},
		{"NEXUDUS_ACCESS_TOKEN", "an access token of an earlier sign-in, instead of all the others", true},
	},
	token:       "NEXUDUS_ACCESS_TOKEN",
	credentials: []string{"NEXUDUS_EMAIL", "NEXUDUS_PASSWORD", "NEXUDUS_TOTP", "NEXUDUS_CLIENT_ID"},
}

var flexpriceRequirements = requirements{
	name: "flexprice",
	variables: []Variable{
		{"FLEXPRICE_API_KEY", "an API key", false},
		{"FLEXPRICE_BASE_URL", "the region's address, if it is not the US", true},
	},
}

var metronomeRequirements = requirements{
	name: "metronome",
	variables: []Variable{
		{"METRONOME_TOKEN", "an API token", false},
	},
}

func (n requirements) missingVariables(getenv func(string) string) []string {
	var missing []string
	for _, v := range n.variables {
		if !v.Optional && getenv(v.Name) == "" && !n.hasToken(v.Name, getenv) {
			missing = append(missing, v.Name)
		}
	}
	return missing
}

// hasToken reports whether an access token replaces the variable.
func (n requirements) hasToken(variable string, getenv func(string) string) bool {
	return slices.Contains(n.credentials, variable) && getenv(n.token) != ""
}

// checkEnv returns a *credit.InvalidError if required variables are missing, or
// if both an access token and credentials are set.
func (n requirements) checkEnv(getenv func(string) string) error {
	var invalid []credit.FieldError
	for _, name := range n.missingVariables(getenv) {
		reason := "is not set"
		if slices.Contains(n.credentials, name) {
			reason += ", nor is " + n.token
		}
		invalid = append(invalid, credit.FieldError{Field: name, Message: reason})
	}
	for _, name := range n.credentials {
		if getenv(name) != "" && n.hasToken(name, getenv) {
			invalid = append(invalid, credit.FieldError{Field: name, Message: "is set beside " + n.token + ": unset one of them"})
		}
	}
	if len(invalid) == 0 {
		return nil
	}
	return &credit.InvalidError{Vendor: n.name, Field: invalid[0].Field, Reason: invalid[0].Message, More: invalid[1:]}
}
