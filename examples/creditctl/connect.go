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

// connect makes it from flags that checkCall has seen.
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

// checkCall finds what is wrong with the flags that get and update share.
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
	return wrong
}

func checkVendor(cmd *cli.Command) (wrong []string) {
	if name := cmd.String("vendor"); name != "" && !slices.Contains(vendor.Names(), name) {
		wrong = append(wrong, fmt.Sprintf("there is no vendor %q; there are %s", name, strings.Join(vendor.Names(), ", ")))
	}
	return wrong
}
