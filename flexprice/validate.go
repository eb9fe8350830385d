package flexprice

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// maxName is the length of the server's column, in characters.
const maxName = 255

// nul is the character that the server's database does not accept.
const nul = "\x00"

// validate refuses a name that the server rejects with a 400, and the values that
// it answers with a 500.
func (r UpdateCreditGrantRequest) validate() error {
	v := rest.Validator{Vendor: vendor}
	if r.Name != nil {
		validateName(&v, *r.Name)
	}
	validateMetadata(&v, r.Metadata)
	return v.Err()
}

func validateName(v *rest.Validator, name string) {
	switch {
	case name == "":
		v.Add("name", "must not be empty")
	case utf8.RuneCountInString(name) > maxName:
		v.Add("name", "is longer than 255 characters")
	case strings.Contains(name, nul):
		v.Add("name", "holds a NUL character")
	}
}

func validateMetadata(v *rest.Validator, metadata map[string]string) {
	for key, value := range metadata {
		if strings.Contains(key+value, nul) {
			v.Add("metadata", "holds a NUL character")
			break
		}
	}
}

// validatePatch returns an error for values that the vendor would reject or
// change, under the names of the patch's fields.
func validatePatch(p credit.Patch) error {
	v := rest.Validator{Vendor: vendor}
	requireMicrosecond(&v, credit.FieldExpiresAt, p.ExpiresAt)
	if at, ok := p.ExpiresAt.Get(); ok && !at.After(time.Now()) {
		v.Add(string(credit.FieldExpiresAt), "is in the past")
	}
	if name, ok := p.Name.Get(); ok {
		validateName(&v, name)
	}
	if metadata, ok := p.Metadata.Get(); ok {
		validateMetadata(&v, metadata)
	}
	return v.Err()
}

// requireMicrosecond records an error if the time is finer than a microsecond.
func requireMicrosecond(v *rest.Validator, field credit.Field, o credit.Opt[time.Time]) {
	if t, ok := o.Get(); ok && t.Nanosecond()%int(time.Microsecond) != 0 {
		v.Add(string(field), "must not be finer than a microsecond")
	}
}

// validateEndDate returns an error for a grant that an end date would not simply
// end. conflict is the version conflict of an earlier write, or nil.
func validateEndDate(grant *CreditGrant, conflict error) error {
	var reason string
	switch {
	case grant.Scope == CreditGrantScopePlan, grant.Scope == CreditGrantScopeAddon:
		reason = fmt.Sprintf("can be set on subscriptions' grants only, and this one's scope is %s", grant.Scope)
	case grant.Scope != CreditGrantScopeSubscription:
		reason = "can be set on subscriptions' grants only, and this one has another scope or none"
	case grant.Status == StatusArchived, grant.Status == StatusDeleted:
		reason = fmt.Sprintf("cannot be set: the grant is %s", grant.Status)
	default:
		return nil
	}
	err := rest.Invalid(vendor, string(credit.FieldExpiresAt), reason)
	if conflict != nil {
		return &refusedAfterConflict{err: err, conflict: conflict}
	}
	return err
}
