package rest

import (
	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/internal/transport"
	"github.com/creditkit/creditkit/internal/typednil"
)

// An Auth validates the credentials that a vendor package was given and returns
// how requests carry them. The error is a *credit.InvalidError of the vendor.
type Auth func(vendor string) (transport.Auth, error)

// APIKey sends key in a header, after prefix. An error names the argument that
// the key was given as.
func APIKey(argument, key, header, prefix string) Auth {
	return func(vendor string) (transport.Auth, error) {
		v := Validator{Vendor: vendor}
		v.Text(argument, key)
		v.Header(argument, key)
		if err := v.Err(); err != nil {
			return nil, err
		}
		return transport.StaticAuth(transport.NewCredentials(header, prefix+key, key)), nil
	}
}

// Tokens sends the bearer tokens of a source. A source of this module that was
// created from invalid arguments is refused at once.
func Tokens(source oauth2.TokenSource) Auth {
	return func(vendor string) (transport.Auth, error) {
		if typednil.Is(source) {
			return nil, Invalid(vendor, "tokens", "is nil")
		}
		if checked, ok := source.(interface{ Invalid() error }); ok && checked.Invalid() != nil {
			return nil, checked.Invalid()
		}
		return transport.Bearer(source), nil
	}
}
