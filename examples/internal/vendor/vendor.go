// Package vendor makes a credit.Updater for a vendor that is chosen by name,
// with the credentials of environment variables: for programs that talk to
// whichever vendor they are told to.
package vendor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A vendor is all that differs between them here.
type vendor struct {
	needs
	updater func(context.Context, func(string) string, ...credit.Option) (credit.Updater, error)
	fake    func(credittest.TB) *credittest.Server
}

var vendors = []vendor{
	{knoxNeeds, updaterOf(Knox), credittest.NewKnox},
	{thoughtIndustriesNeeds, updaterOf(ThoughtIndustries), credittest.NewThoughtIndustries},
	{nexudusNeeds, updaterOf(Nexudus), credittest.NewNexudus},
	{flexpriceNeeds, updaterOf(Flexprice), credittest.NewFlexprice},
	{metronomeNeeds, updaterOf(Metronome), credittest.NewMetronome},
}

// Names are those of all vendors, in the order of the README.
func Names() []string {
	names := make([]string, len(vendors))
	for i, v := range vendors {
		names[i] = v.name
	}
	return names
}

// Updater makes the vendor's Updater with the credentials that getenv gives. ctx
// is the life of tokens that are minted, and so that of the Updater. Its error is
// a *credit.InvalidError, which names all variables that are missing, or the
// vendors that there are.
func Updater(ctx context.Context, name string, getenv func(string) string, opts ...credit.Option) (credit.Updater, error) {
	v, err := find(name)
	if err != nil {
		return nil, err
	}
	return v.updater(ctx, getenv, opts...)
}

func find(name string) (vendor, error) {
	i := slices.IndexFunc(vendors, func(v vendor) bool { return v.name == name })
	if i < 0 {
		return vendor{}, &credit.InvalidError{Field: "vendor", Reason: fmt.Sprintf("there is no %q; there are %s", name, strings.Join(Names(), ", "))}
	}
	return vendors[i], nil
}

// updaterOf turns a maker of one vendor's client into a maker of its Updater.
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
