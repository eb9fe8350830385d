package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
)

const resolveHelp = `Use it after an update that ended with exit code 5, with the -set and -clear of that
update. It reads the credit and writes nothing. The verdict is:

as asked   the credit has every value of the change: exit code 0
as before  the credit is as it was: exit code 5. The change may still arrive: wait,
           and resolve again
neither    a field has a third value, or it is not known how it was before, or the
           vendor does not show it: exit code 5. Decide by hand

Without -was the verdict is never "as before". At metronome, the same update with the
same -idempotency-key settles it without a wait, within 24 hours and unless the vendor
responded with a 500.`

func resolveFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "set", Usage: "a field that the update was to set, such as total=12.50; may be repeated"},
		&cli.StringSliceFlag{Name: "clear", Usage: "a field that the update was to clear; may be repeated"},
		&cli.StringFlag{Name: "was", Usage: "file with the credit before the update: the output of get -json, or of update -json if it shows the credit before; - for standard input", OnlyOnce: true},
	}
}

func (p *program) runResolve(ctx context.Context, cmd *cli.Command) output {
	r := reportFor(cmd)
	patch, problems := parsePatch(cmd.StringSlice("set"), cmd.StringSlice("clear"))
	before, wrong := readWas(cmd)
	if err := newUsageError(slices.Concat(checkCall(cmd), problems, wrong)); err != nil {
		r.setError(err)
		return r
	}
	c, err := p.connect(ctx, cmd)
	if err != nil {
		r.setError(err)
		return r
	}
	defer c.close()
	r.ID, r.Owner, r.Patch, r.Before = c.ref.ID, c.ref.Owner, encodeFields(patch), encodeRecord(before)
	found, err := credit.Resolve(ctx, c.updater, c.ref, patch, before)
	if err != nil {
		r.setReadError(blameFlag(cmd, err))
		return r
	}
	r.Credit, r.Outcome, r.Verdict = encodeRecord(found.Now), outcomeRead, found.Verdict.String()
	for _, f := range found.Fields {
		r.Fields = append(r.Fields, fieldProblem{string(f.Field), fmt.Sprintf("is %s, not %s", orEmpty(f.Got), orEmpty(f.Want))})
	}
	return r
}

// readWas returns the credit of the report that -was names, or nil without it.
func readWas(cmd *cli.Command) (*credit.Record, []string) {
	if !cmd.IsSet("was") || cmd.String("was") == "" { // checkValues refuses an empty one
		return nil, nil
	}
	earlier, err := readReport(cmd.String("was"))
	if err != nil {
		return nil, []string{"-was: " + err.Error()}
	}
	if earlier.Vendor != cmd.String("vendor") {
		return nil, []string{fmt.Sprintf("-was: is a credit of %q, not of %q", earlier.Vendor, cmd.String("vendor"))}
	}
	members := earlier.Credit
	if members == nil {
		members = earlier.Before
	}
	if members == nil {
		return nil, []string{"-was: does not show the credit: use the output of creditctl get -json"}
	}
	values, err := members.decode()
	if err != nil {
		return nil, []string{"-was: " + err.Error()}
	}
	return &credit.Record{ID: earlier.ID, Owner: earlier.Owner, Values: credit.Values(values)}, nil
}

// isUnresolved reports whether a resolve did not find the change.
func (r *report) isUnresolved() bool {
	return r.err == nil && r.Verdict != "" && r.Verdict != credit.AsAsked.String()
}

// writeVerdict writes the verdict and the fields that differ.
func (r *report) writeVerdict(out terminalWriter) {
	meaning := map[string]string{
		credit.AsAsked.String():  out.good.Sprint("as asked: the change is there"),
		credit.AsBefore.String(): out.warn.Sprint("as before: the change is not there, and may still arrive"),
		credit.Neither.String():  out.warn.Sprint("neither: decide by hand"),
	}
	fmt.Fprintf(out, "%s %s\n", r.formatTitle(out), meaning[r.Verdict])
	for _, f := range r.Fields {
		writeRow(out, f.Field, f.Message)
	}
}

func orEmpty(s string) string {
	if s == "" {
		return emptyValue
	}
	return s
}
