package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A connection is the Updater and the credit that the flags select.
type connection struct {
	updater credit.Updater
	ref     credit.Ref
	close   func()

	// open returns a further Updater of the same vendor and address.
	open func(opts ...credit.Option) (credit.Updater, error)
}

// connect returns the connection for flags that checkCall has accepted.
func (p *program) connect(ctx context.Context, cmd *cli.Command) (*connection, error) {
	return p.connectTo(ctx, cmd, cmd.String("vendor"), credit.Ref{ID: cmd.String("id"), Owner: cmd.String("owner")})
}

// connectTo returns the connection to a credit of a vendor, at the address that the flags
// select.
func (p *program) connectTo(ctx context.Context, cmd *cli.Command, vendorName string, ref credit.Ref) (*connection, error) {
	c := &connection{ref: ref, close: func() {}}
	getenv, baseURL := p.getenv, cmd.String("base-url")
	if cmd.Bool("fake") {
		fake, err := vendor.Fake(vendorName)
		if err != nil {
			return nil, err
		}
		getenv, baseURL, c.close = vendor.FakeEnv(vendorName), fake.URL, fake.Close
		c.ref = credit.Ref{ID: cmp.Or(c.ref.ID, fake.Ref.ID), Owner: cmp.Or(c.ref.Owner, fake.Ref.Owner)}
	}
	var opts []credit.Option
	if baseURL != "" {
		opts = append(opts, credit.WithBaseURL(baseURL))
	}
	c.open = func(more ...credit.Option) (credit.Updater, error) {
		return vendor.Updater(ctx, vendorName, getenv, append(more, opts...)...)
	}
	updater, err := c.open()
	if err != nil {
		c.close()
		return nil, blameFlag(cmd, err)
	}
	c.updater = updater
	return c, nil
}

// checkCall returns the errors in the flags that get, find and update share.
func checkCall(cmd *cli.Command) (problems []string) {
	if !cmd.IsSet("vendor") {
		problems = append(problems, "-vendor is required")
	} else {
		problems = append(problems, checkVendor(cmd)...)
	}
	switch fake := cmd.Bool("fake"); {
	case fake && cmd.IsSet("base-url"):
		problems = append(problems, "-fake and -base-url cannot be used together")
	case !fake && isFlag(cmd, "id") && !cmd.IsSet("id"):
		problems = append(problems, "-id is required")
	}
	problems = append(problems, checkValues(cmd)...)
	return append(problems, checkUnsupported(cmd)...)
}

// checkVendor returns an error for an unknown vendor.
func checkVendor(cmd *cli.Command) (problems []string) {
	if name := cmd.String("vendor"); cmd.IsSet("vendor") && !isVendor(name) {
		problems = append(problems, fmt.Sprintf("unknown vendor %q: use one of %s", name, strings.Join(vendor.Names(), ", ")))
	}
	return problems
}

func isVendor(name string) bool { return slices.Contains(vendor.Names(), name) }

// checkValues returns an error for an empty value, such as that of an unset
// shell variable, and for a flag in the place of a value: in "-idempotency-key
// -dry-run" the flag would become the key.
func checkValues(cmd *cli.Command) (problems []string) {
	for _, name := range []string{"id", "owner", "base-url", "idempotency-key", "was", "result"} {
		value := cmd.String(name)
		flag := strings.TrimLeftFunc(value, func(r rune) bool { return unicode.Is(unicode.Pd, r) })
		switch {
		case value == "" && cmd.IsSet(name):
			problems = append(problems, "-"+name+" is empty")
		case flag != value && isFlag(cmd, flag):
			problems = append(problems, fmt.Sprintf("-%s has no value: %q is a flag", name, value))
		}
	}
	return problems
}

// optionFlags maps options of the library to the flags that set them.
var optionFlags = map[string]string{
	"before":             "was", // of credit.Resolve
	"WithBaseURL":        "base-url",
	"WithIdempotencyKey": "idempotency-key",
	"WithVerify":         "verify",
	"WithExpect":         "expect",
	"WithBefore":         "before",
}

// blameFlag returns a usageError if the library rejected the value of a flag,
// and otherwise err.
func blameFlag(cmd *cli.Command, err error) error {
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok {
		return err
	}
	if flag := optionFlags[invalid.Field]; flag != "" && cmd.IsSet(flag) {
		return usageError("-" + flag + ": " + invalid.Reason)
	}
	return err
}

// checkUnsupported returns errors for flags that the vendor does not use.
func checkUnsupported(cmd *cli.Command) (problems []string) {
	name := cmd.String("vendor")
	if !isVendor(name) {
		return nil
	}
	updater, err := vendor.Offline(name)
	if err != nil {
		return []string{err.Error()}
	}
	support := updater.Support()
	if cmd.IsSet("owner") && support.Owner == credit.OwnerUnsupported && isFlag(cmd, "id") { // find has owners elsewhere
		problems = append(problems, "-owner is not used at "+name)
	}
	if cmd.IsSet("idempotency-key") && !support.IdempotencyKeys {
		problems = append(problems, "-idempotency-key is not used at "+name+", which has no idempotency keys")
	}
	return problems
}
