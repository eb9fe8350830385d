package main

import (
	"context"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// openVendors returns an Updater for each vendor of the catalogue, with credentials from
// the environment. KNOX_BASE_URL and the like replace a vendor's address.
func openVendors(ctx context.Context, c *catalogue, limiters map[string]*limiter, getenv func(string) string, opts ...credit.Option) (map[string]credit.Updater, error) {
	updaters := make(map[string]credit.Updater)
	for name := range c.offline {
		opts := append(opts[:len(opts):len(opts)], credit.WithAttemptTimeout(time.Minute))
		if l := limiters[name]; l != nil {
			opts = append(opts, credit.WithLimiter(l))
		}
		if address := getenv(strings.ToUpper(name) + "_BASE_URL"); address != "" {
			opts = append(opts, credit.WithBaseURL(address))
		}
		updater, err := vendor.Updater(ctx, name, getenv, opts...)
		if err != nil {
			return nil, err
		}
		updaters[name] = updater
	}
	return updaters, nil
}

// startFakes starts the five fakes. It returns them by vendor, and an environment for
// openVendors.
func startFakes() (map[string]*credittest.Server, func(string) string, error) {
	fakes := make(map[string]*credittest.Server)
	for _, name := range vendor.Names() {
		fake, err := vendor.Fake(name)
		if err != nil {
			return nil, nil, err
		}
		fakes[name] = fake
	}
	return fakes, fakeEnv(fakes), nil
}

// fakeEnv returns an environment with the addresses of fakes and credentials for them.
func fakeEnv(fakes map[string]*credittest.Server) func(string) string {
	return func(variable string) string {
		for name, fake := range fakes {
			if variable == strings.ToUpper(name)+"_BASE_URL" {
				return fake.URL
			}
			if value := vendor.FakeEnv(name)(variable); value != "" {
				return value
			}
		}
		return ""
	}
}
