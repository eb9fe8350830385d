package thoughtindustries

import (
	"regexp"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

// hostOf returns the host of an instance that was given to New.
func hostOf(instance string) (string, error) {
	switch {
	case !hostName.MatchString(instance):
		return "", rest.Invalid(vendor, "instance", "must be a name such as acme, or a host such as academy.acme.com")
	case strings.Contains(instance, "."):
		return instance, nil
	}
	return instance + ".thoughtindustries.com", nil
}

// validatePatch returns an error for values that the vendor would reject or
// change, under the names of the patch's fields.
func validatePatch(p credit.Patch) error {
	v := rest.Validator{Vendor: vendor}
	if balance, ok := p.Balance.Get(); ok {
		if _, exact := balance.Int64(); !exact {
			v.Add(string(credit.FieldBalance), "must be a whole number of 64 bits")
		}
	}
	requireMillisecond(&v, credit.FieldExpiresAt, p.ExpiresAt)
	return v.Err()
}

// requireMillisecond records an error if the time is finer than a millisecond.
func requireMillisecond(v *rest.Validator, field credit.Field, o credit.Opt[time.Time]) {
	if t, ok := o.Get(); ok && t.Nanosecond()%int(time.Millisecond) != 0 {
		v.Add(string(field), "must not be finer than a millisecond")
	}
}
