package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

func updateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "set", Usage: "set a field, as in total=12.50; may be repeated"},
		&cli.StringSliceFlag{Name: "clear", Usage: "empty a field; may be repeated"},
		&cli.BoolFlag{Name: "dry-run", Usage: "read, check and show the request, and write nothing"},
		&cli.BoolFlag{Name: "verify", Usage: "read the credit back and compare"},
		&cli.StringFlag{Name: "idempotency-key", Usage: "under which the change is applied once (metronome)", OnlyOnce: true},
	}
}

func (p *program) update(ctx context.Context, cmd *cli.Command) answer {
	r := reportFor(cmd)
	patch, wrong := parsePatch(cmd.StringSlice("set"), cmd.StringSlice("clear"))
	if err := usage(append(append(checkCall(cmd), checkUpdate(cmd)...), wrong...)); err != nil {
		r.fail(err)
		return r
	}
	c, err := p.connect(ctx, cmd)
	if err != nil {
		r.fail(err)
		return r
	}
	defer c.close()
	r.ID, r.Owner, r.DryRun = c.ref.ID, c.ref.Owner, cmd.Bool("dry-run")
	r.Repeatable = c.updater.Support().Repeatable(patch)
	result, err := c.updater.Update(ctx, c.ref, patch, callOptions(cmd)...)
	if err != nil {
		r.addResult(resultIn(err))
		r.fail(blameFlag(cmd, err))
		return r
	}
	r.addResult(result)
	r.Verified = cmd.Bool("verify")
	r.Outcome = credit.Applied.String()
	if r.DryRun {
		r.Outcome = outcomePlanned
	}
	return r
}

// outcomePlanned is the outcome of a dry run.
const outcomePlanned = "planned"

// checkUpdate refuses flags of which one makes the other useless.
func checkUpdate(cmd *cli.Command) (wrong []string) {
	if cmd.Bool("verify") && cmd.Bool("dry-run") {
		wrong = append(wrong, "-verify has nothing to read back after -dry-run")
	}
	return wrong
}

// reportFor returns a report with what the command line names.
func reportFor(cmd *cli.Command) *report {
	r := newReport()
	r.Vendor, r.ID, r.Owner, r.Fake = cmd.String("vendor"), cmd.String("id"), cmd.String("owner"), cmd.Bool("fake")
	return r
}

// parsePatch makes a patch from the values of -set and -clear. It returns all that
// is wrong with them.
func parsePatch(set, cleared []string) (p credit.Patch, wrong []string) {
	if len(set)+len(cleared) == 0 {
		return p, []string{"nothing to change: use -set or -clear"}
	}
	for _, assignment := range set {
		name, value, found := strings.Cut(assignment, "=")
		if !found {
			wrong = append(wrong, fmt.Sprintf("-set %s: has no value, as in -set total=12.50", assignment))
			continue
		}
		field, err := change.ParseField(name)
		if err == nil {
			err = change.Set(&p, field, value)
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("-set %s: %s", name, reason(err)))
		}
	}
	for _, name := range cleared {
		field, err := change.ParseField(name)
		if err == nil {
			err = change.Clear(&p, field)
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("-clear %s: %v", name, err))
		}
	}
	return p, wrong
}

func callOptions(cmd *cli.Command) []credit.CallOption {
	var opts []credit.CallOption
	if cmd.Bool("dry-run") {
		opts = append(opts, credit.WithDryRun())
	}
	if cmd.Bool("verify") {
		opts = append(opts, credit.WithVerify())
	}
	if cmd.IsSet("idempotency-key") {
		opts = append(opts, credit.WithIdempotencyKey(cmd.String("idempotency-key")))
	}
	return opts
}

// reason returns what is wrong with a value. The rest of the library's text names
// a type and not the flag.
func reason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		return invalid.Reason
	}
	return err.Error()
}
