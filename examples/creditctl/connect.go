package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A connection is to the vendor and the credit that the flags name.
type connection struct {
	updater credit.Updater
	ref     credit.Ref
	close   func()
}

// connect makes a connection from flags that checkCall has accepted.
func (p *program) connect(ctx context.Context, cmd *cli.Command) (*connection, error) {
	c := &connection{ref: credit.Ref{ID: cmd.String("id"), Owner: cmd.String("owner")}, close: func() {}}
	getenv, baseURL := p.getenv, cmd.String("base-url")
	if cmd.Bool("fake") {
		fake, err := vendor.Fake(cmd.String("vendor"))
		if err != nil {
			return nil, err
		}
		getenv, baseURL, c.close = vendor.FakeEnv(cmd.String("vendor")), fake.URL, fake.Close
		c.ref = credit.Ref{ID: cmp.Or(c.ref.ID, fake.Ref.ID), Owner: cmp.Or(c.ref.Owner, fake.Ref.Owner)}
	}
	var opts []credit.Option
	if baseURL != "" || cmd.IsSet("base-url") {
		opts = append(opts, credit.WithBaseURL(baseURL))
	}
	updater, err := vendor.Updater(ctx, cmd.String("vendor"), getenv, opts...)
	if err != nil {
		c.close()
		return nil, err
	}
	c.updater = updater
	return c, nil
}

// checkCall returns what is wrong with the flags that get and update share.
func checkCall(cmd *cli.Command) (wrong []string) {
	if cmd.String("vendor") == "" {
		wrong = append(wrong, "-vendor is required")
	} else {
		wrong = append(wrong, checkVendor(cmd)...)
	}
	switch fake := cmd.Bool("fake"); {
	case fake && cmd.IsSet("base-url"):
		wrong = append(wrong, "-fake has an address of its own, and takes no -base-url")
	case !fake && cmd.String("id") == "":
		wrong = append(wrong, "-id is required")
	}
	return append(append(wrong, checkSwallowed(cmd)...), checkUnsupported(cmd)...)
}

// checkVendor refuses the name of an unknown vendor.
func checkVendor(cmd *cli.Command) (wrong []string) {
	if name := cmd.String("vendor"); name != "" && !isVendor(name) {
		wrong = append(wrong, fmt.Sprintf("unknown vendor %q: use one of %s", name, strings.Join(vendor.Names(), ", ")))
	}
	return wrong
}

func isVendor(name string) bool { return slices.Contains(vendor.Names(), name) }

// checkUnsupported refuses flags for which the vendor has no use.
func checkUnsupported(cmd *cli.Command) (wrong []string) {
	name := cmd.String("vendor")
	if !isVendor(name) {
		return nil
	}
	updater, err := vendor.Offline(name)
	if err != nil {
		return []string{err.Error()}
	}
	support := updater.Support()
	if cmd.IsSet("owner") && support.Owner == credit.Refused {
		wrong = append(wrong, "-owner is not used at "+name)
	}
	if cmd.IsSet("idempotency-key") && !support.IdempotencyKeys {
		wrong = append(wrong, "-idempotency-key is not used at "+name+", which has no idempotency keys")
	}
	return wrong
}
