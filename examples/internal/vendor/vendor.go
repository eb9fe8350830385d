// Package vendor creates a credit.Updater for a vendor given by name, with
// credentials from environment variables.
package vendor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A vendor holds what this package needs to know about one vendor.
type vendor struct {
	requirements
	updater func(context.Context, func(string) string, ...credit.Option) (credit.Updater, error)
	fake    func(credittest.TB) *credittest.Server
}

var vendors = []vendor{
	{knoxRequirements, updaterOf(Knox), credittest.NewKnox},
	{thoughtIndustriesRequirements, updaterOf(ThoughtIndustries), credittest.NewThoughtIndustries},
	{nexudusRequirements, updaterOf(Nexudus), credittest.NewNexudus},
	{flexpriceRequirements, updaterOf(Flexprice), credittest.NewFlexprice},
	{metronomeRequirements, updaterOf(Metronome), credittest.NewMetronome},
}

// Names returns the names of all vendors, in the order of the README.
func Names() []string {
	names := make([]string, len(vendors))
	for i, v := range vendors {
		names[i] = v.name
	}
	return names
}

// Updater returns the vendor's Updater with the credentials from getenv. Token
// requests use ctx, so it must live as long as the Updater. The error is a
// *credit.InvalidError that names all missing variables, or all known vendors.
func Updater(ctx context.Context, name string, getenv func(string) string, opts ...credit.Option) (credit.Updater, error) {
	v, err := findVendor(name)
	if err != nil {
		return nil, err
	}
	return v.updater(ctx, getenv, opts...)
}

func findVendor(name string) (vendor, error) {
	i := slices.IndexFunc(vendors, func(v vendor) bool { return v.name == name })
	if i < 0 {
		return vendor{}, &credit.InvalidError{Field: "vendor", Reason: fmt.Sprintf("%q is not one of %s", name, strings.Join(Names(), ", "))}
	}
	return vendors[i], nil
}

// updaterOf converts the constructor of a client to the constructor of its
// Updater.
func updaterOf[C interface{ Updater() credit.Updater }](
	client func(context.Context, func(string) string, ...credit.Option) (C, error),
) func(context.Context, func(string) string, ...credit.Option) (credit.Updater, error) {
	return func(ctx context.Context, getenv func(string) string, opts ...credit.Option) (credit.Updater, error) {
		c, err := client(ctx, getenv, opts...)
		if err != nil {
			return nil, err
		}
		return c.Updater(), nil
	}
}
