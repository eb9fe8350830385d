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
	if baseURL != "" {
		opts = append(opts, credit.WithBaseURL(baseURL))
	}
	updater, err := vendor.Updater(ctx, cmd.String("vendor"), getenv, opts...)
	if err != nil {
		c.close()
		return nil, blameFlag(cmd, err)
	}
	c.updater = updater
	return c, nil
}

// checkCall returns what is wrong with the flags that get and update share.
func checkCall(cmd *cli.Command) (wrong []string) {
	if !cmd.IsSet("vendor") {
		wrong = append(wrong, "-vendor is required")
	} else {
		wrong = append(wrong, checkVendor(cmd)...)
	}
	switch fake := cmd.Bool("fake"); {
	case fake && cmd.IsSet("base-url"):
		wrong = append(wrong, "-fake has an address of its own, and takes no -base-url")
	case !fake && !cmd.IsSet("id"):
		wrong = append(wrong, "-id is required")
	}
	wrong = append(wrong, checkValues(cmd)...)
	return append(wrong, checkUnsupported(cmd)...)
}

// checkVendor refuses the name of an unknown vendor.
func checkVendor(cmd *cli.Command) (wrong []string) {
	if name := cmd.String("vendor"); cmd.IsSet("vendor") && !isVendor(name) {
		wrong = append(wrong, fmt.Sprintf("unknown vendor %q: use one of %s", name, strings.Join(vendor.Names(), ", ")))
	}
	return wrong
}

func isVendor(name string) bool { return slices.Contains(vendor.Names(), name) }

// checkValues refuses empty values, as of a variable that is not set, and flags
// that stand where the value of another flag is missing: in "-idempotency-key
// -dry-run" the flag would be the key.
func checkValues(cmd *cli.Command) (wrong []string) {
	for _, name := range []string{"id", "owner", "base-url", "idempotency-key"} {
		value := cmd.String(name)
		flag := strings.TrimLeftFunc(value, func(r rune) bool { return unicode.Is(unicode.Pd, r) })
		switch {
		case value == "" && cmd.IsSet(name):
			wrong = append(wrong, "-"+name+" is empty")
		case flag != value && isFlag(cmd, flag):
			wrong = append(wrong, fmt.Sprintf("-%s has no value: %q is a flag", name, value))
		}
	}
	return wrong
}

// optionFlags are the flags that set an option of the library.
var optionFlags = map[string]string{
	"WithBaseURL":        "base-url",
	"WithIdempotencyKey": "idempotency-key",
	"WithVerify":         "verify",
}

// blameFlag returns err, or a usageError if the library refused the value of a
// flag.
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
	if cmd.IsSet("owner") && support.Owner == credit.OwnerUnsupported {
		wrong = append(wrong, "-owner is not used at "+name)
	}
	if cmd.IsSet("idempotency-key") && !support.IdempotencyKeys {
		wrong = append(wrong, "-idempotency-key is not used at "+name+", which has no idempotency keys")
	}
	return wrong
}
