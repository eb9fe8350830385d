package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

func updateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "set", Usage: "set a field, such as total=12.50; may be repeated"},
		&cli.StringSliceFlag{Name: "clear", Usage: "clear a field; may be repeated"},
		&cli.StringSliceFlag{Name: "expect", Usage: "write only if a field has this value, such as total=10; field= if it is empty; may be repeated"},
		&cli.BoolFlag{Name: "before", Usage: "read the credit before the write and show what it was"},
		&cli.BoolFlag{Name: "dry-run", Usage: "check the update and show its request without sending it"},
		&cli.BoolFlag{Name: "verify", Usage: "read the credit back and compare"},
		&cli.StringFlag{Name: "idempotency-key", Usage: "key under which the vendor applies the change once (metronome)", OnlyOnce: true},
	}
}

func (p *program) runUpdate(ctx context.Context, cmd *cli.Command) output {
	r := reportFor(cmd)
	patch, problems := parsePatch(cmd.StringSlice("set"), cmd.StringSlice("clear"))
	expected, wrong := parseExpect(cmd.StringSlice("expect"))
	problems = slices.Concat(checkCall(cmd), checkUpdate(cmd), problems, wrong)
	if err := newUsageError(problems); err != nil {
		r.setError(err)
		return r
	}
	c, err := p.connect(ctx, cmd)
	if err != nil {
		r.setError(err)
		return r
	}
	defer c.close()
	r.ID, r.Owner, r.DryRun = c.ref.ID, c.ref.Owner, cmd.Bool("dry-run")
	r.Repeatable = c.updater.Support().Repeatable(patch)
	var info credit.CallInfo
	result, err := c.updater.Update(ctx, c.ref, patch, callOptions(cmd, expected, &info)...)
	if err != nil {
		r.Before = encodeRecord(info.Before)
		r.addResult(resultIn(err))
		r.setError(blameFlag(cmd, err))
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

// checkUpdate returns errors for flags that exclude each other.
func checkUpdate(cmd *cli.Command) (problems []string) {
	if cmd.Bool("verify") && cmd.Bool("dry-run") {
		problems = append(problems, "-verify and -dry-run cannot be used together")
	}
	return problems
}

// reportFor returns a report with the vendor and the credit from the flags.
func reportFor(cmd *cli.Command) *report {
	r := newReport()
	r.Vendor, r.ID, r.Owner, r.Fake = cmd.String("vendor"), cmd.String("id"), cmd.String("owner"), cmd.Bool("fake")
	return r
}

// parsePatch returns the patch from the values of -set and -clear, and all
// errors in them.
func parsePatch(set, cleared []string) (p credit.Patch, problems []string) {
	if len(set)+len(cleared) == 0 {
		return p, []string{"nothing to change: use -set or -clear"}
	}
	for _, assignment := range set {
		name, value, found := strings.Cut(assignment, "=")
		if !found {
			problems = append(problems, fmt.Sprintf("-set %s: has no value, as in -set total=12.50", assignment))
			continue
		}
		field, err := change.ParseField(name)
		if err == nil {
			err = change.Set(&p, field, value)
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("-set %s: %s", name, errorReason(err)))
		}
	}
	for _, name := range cleared {
		field, err := change.ParseField(name)
		if err == nil {
			err = change.Clear(&p, field)
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("-clear %s: %v", name, err))
		}
	}
	return p, problems
}

// parseExpect returns the values of -expect, and all errors in them. A field without a
// value is expected to be empty.
func parseExpect(expect []string) (p credit.Patch, problems []string) {
	for _, condition := range expect {
		name, value, found := strings.Cut(condition, "=")
		if !found {
			problems = append(problems, fmt.Sprintf("-expect %s: has no value, as in -expect total=10; -expect %s= expects an empty field", condition, condition))
			continue
		}
		field, err := change.ParseField(name)
		switch {
		case err != nil:
		case value == "":
			err = change.Clear(&p, field)
		default:
			err = change.Set(&p, field, value)
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("-expect %s: %s", name, errorReason(err)))
		}
	}
	return p, problems
}

func callOptions(cmd *cli.Command, expected credit.Patch, info *credit.CallInfo) []credit.CallOption {
	opts := []credit.CallOption{credit.WithInfo(info)}
	if !expected.IsEmpty() {
		opts = append(opts, credit.WithExpect(credit.Record{Values: credit.Values(expected)}))
	}
	if cmd.Bool("before") {
		opts = append(opts, credit.WithBefore())
	}
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

// errorReason returns the reason of an InvalidError without its prefix, which
// names a type and not the flag.
func errorReason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		return invalid.Reason
	}
	return err.Error()
}
