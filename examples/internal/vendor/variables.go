package vendor

import (
	"slices"

	"github.com/creditkit/creditkit/credit"
)

// A Variable is an environment variable that a vendor's client is made from.
// One that is empty counts as one that is not set.
type Variable struct {
	Name     string
	Meaning  string // for people to read
	Optional bool
}

// Variables are those of a vendor, the required ones first, and nil where there
// is no such vendor. The required ones that a token is minted with are not needed
// where there is a token.
func Variables(name string) []Variable {
	v, _ := find(name) // no vendor has no variables
	return slices.Clone(v.variables)
}

// Missing names the variables that Updater would not do without.
func Missing(name string, getenv func(string) string) []string {
	v, _ := find(name)
	return v.missing(getenv)
}

// needs are what one vendor's client is made from.
type needs struct {
	name      string // the vendor's
	variables []Variable
	// token is the variable of a ready-made token, which stands for all that
	// one is minted with. Both at once are refused: they may be two accounts,
	// and nothing says for which of them a change is meant.
	token   string
	minting []string
}

var knoxNeeds = needs{
	name: "knox",
	variables: []Variable{
		{"KNOX_TENANT", "the tenant's id, example.org", false},
		{"KNOX_DOMAIN", "the tenant's Auth0 domain, acme.us.auth0.com", false},
		{"KNOX_CLIENT_ID", "the API key's id", false},
		{"KNOX_CLIENT_SECRET", "the API key's secret", false},
		{"KNOX_ACCESS_TOKEN", "a token that was minted elsewhere, instead of domain, id and secret", true},
	},
	token:   "KNOX_ACCESS_TOKEN",
	minting: []string{"KNOX_DOMAIN", "KNOX_CLIENT_ID", "KNOX_CLIENT_SECRET"},
}

var thoughtIndustriesNeeds = needs{
	name: "thoughtindustries",
	variables: []Variable{
		{"THOUGHTINDUSTRIES_INSTANCE", "the instance, acme, or its host, academy.acme.com", false},
		{"THOUGHTINDUSTRIES_API_KEY", "the instance's API key", false},
	},
}

var nexudusNeeds = needs{
	name: "nexudus",
	variables: []Variable{
		{"NEXUDUS_EMAIL", "of a user with API access", false},
		{"NEXUDUS_PASSWORD", "the user's password", false},
		{"NEXUDUS_TOTP", "the current code of the user's second factor, where there is one", true},
		{"NEXUDUS_CLIENT_ID", "names the session; a second sign-in under the same id ends the first", true},
		{"NEXUDUS_ACCESS_TOKEN", "a token of an earlier sign-in, instead of all the others", true},
	},
	token:   "NEXUDUS_ACCESS_TOKEN",
	minting: []string{"NEXUDUS_EMAIL", "NEXUDUS_PASSWORD", "NEXUDUS_TOTP", "NEXUDUS_CLIENT_ID"},
}

var flexpriceNeeds = needs{
	name: "flexprice",
	variables: []Variable{
		{"FLEXPRICE_API_KEY", "an API key", false},
		{"FLEXPRICE_BASE_URL", "the region's address, where it is not that of the US", true},
	},
}

var metronomeNeeds = needs{
	name: "metronome",
	variables: []Variable{
		{"METRONOME_TOKEN", "an API token", false},
	},
}

func (n needs) missing(getenv func(string) string) []string {
	var missing []string
	for _, v := range n.variables {
		if !v.Optional && getenv(v.Name) == "" && !n.spared(v.Name, getenv) {
			missing = append(missing, v.Name)
		}
	}
	return missing
}

// spared reports whether there is a token that stands for the variable.
func (n needs) spared(variable string, getenv func(string) string) bool {
	return slices.Contains(n.minting, variable) && getenv(n.token) != ""
}

// check refuses an environment that lacks something, or that holds both a token
// and what to mint one with.
func (n needs) check(getenv func(string) string) error {
	var wrong []credit.FieldError
	for _, name := range n.missing(getenv) {
		reason := "is not set"
		if slices.Contains(n.minting, name) {
			reason += ", nor is " + n.token
		}
		wrong = append(wrong, credit.FieldError{Field: name, Message: reason})
	}
	for _, name := range n.minting {
		if getenv(name) != "" && n.spared(name, getenv) {
			wrong = append(wrong, credit.FieldError{Field: name, Message: "is set beside " + n.token + ": unset one of them"})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &credit.InvalidError{Vendor: n.name, Field: wrong[0].Field, Reason: wrong[0].Message, More: wrong[1:]}
}
