package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
)

const undoHelp = `-result names the output of creditctl update -json. Undo puts back the values that the
credit had before that update, in the fields that the update named, with one write. It
expects the values of that update: if a field has another value by now, nothing is
written. The moment between that read and the write stays open; it is not a lock.

The update must have been made (outcome "applied"), and its output must show the credit
before; update -before reads it where the vendor's update does not. A field
that was empty, and that the vendor cannot clear, cannot be put back.

With -fake, the update must have been made with -fake. Its fake has ended, so undo makes
the update again at a new one first.`

func undoFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "result", Usage: "file with the output of update -json; - for standard input", OnlyOnce: true},
		&cli.StringFlag{Name: "owner", Usage: "Thought Industries' client, if the update was made without it", OnlyOnce: true},
		&cli.BoolFlag{Name: "fake", Usage: "undo an update made with -fake, at a fake in this process"},
		&cli.StringFlag{Name: "base-url", Usage: "another address of the vendor; token requests still go to the default one", OnlyOnce: true},
		&cli.DurationFlag{Name: "timeout", Usage: "limit for the whole command, such as 30s; by default each of at most four attempts has 30s", HideDefault: true, OnlyOnce: true},
		&cli.BoolFlag{Name: "dry-run", Usage: "check the undo and show its request without sending it"},
		&cli.BoolFlag{Name: "verify", Usage: "read the credit back and compare"},
		&cli.StringFlag{Name: "idempotency-key", Usage: "key under which the vendor applies the undo once (metronome)", OnlyOnce: true},
	}
}

func (p *program) runUndo(ctx context.Context, cmd *cli.Command) output {
	r := newReport()
	r.isUndo, r.DryRun, r.Fake = true, cmd.Bool("dry-run"), cmd.Bool("fake")
	u, problems := readUndo(cmd)
	if err := newUsageError(problems); err != nil {
		r.setError(err)
		return r
	}
	r.Vendor, r.ID, r.Owner = u.vendor, u.ref.ID, u.ref.Owner
	if err := u.invalid.ErrorOrNil(); err != nil {
		r.setError(err)
		return r
	}
	c, err := p.connectTo(ctx, cmd, u.vendor, u.ref)
	if err != nil {
		r.setError(err)
		return r
	}
	defer c.close()
	if r.Fake {
		if _, err := c.updater.Update(ctx, c.ref, u.made); err != nil {
			r.setError(fmt.Errorf("the update cannot be made again at a new fake: %w", err))
			return r
		}
	}
	r.Patch, r.Repeatable = encodeFields(u.patch), c.updater.Support().Repeatable(u.patch)
	var info credit.CallInfo
	result, err := c.updater.Update(ctx, c.ref, u.patch, callOptions(cmd, u.made, &info)...)
	if err != nil {
		r.addResult(resultIn(err))
		r.Before = encodeRecord(info.Before)
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

// An undo puts back what an earlier update has changed.
type undo struct {
	vendor  string
	ref     credit.Ref
	made    credit.Patch // of the earlier update
	patch   credit.Patch
	invalid credit.InvalidError // the fields that cannot be put back
}

// readUndo reads the report that -result names, and returns all that is wrong with the
// command line and the report.
func readUndo(cmd *cli.Command) (*undo, []string) {
	problems := append(checkValues(cmd), checkUpdate(cmd)...)
	if cmd.Bool("fake") && cmd.IsSet("base-url") {
		problems = append(problems, "-fake and -base-url cannot be used together")
	}
	switch {
	case !cmd.IsSet("result"):
		return nil, append(problems, "-result is required")
	case len(problems) > 0:
		return nil, problems
	}
	earlier, err := readReport(cmd.String("result"))
	if err != nil {
		return nil, []string{"-result: " + err.Error()}
	}
	u, err := newUndo(earlier, cmd.Bool("fake"))
	if err != nil {
		return nil, []string{"-result: " + err.Error()}
	}
	u.ref.Owner = cmp.Or(u.ref.Owner, cmd.String("owner"))
	return u, nil
}

func newUndo(earlier *earlierReport, fake bool) (*undo, error) {
	switch {
	case !isVendor(earlier.Vendor):
		return nil, fmt.Errorf("unknown vendor %q", earlier.Vendor)
	case earlier.Outcome != credit.Applied.String():
		return nil, fmt.Errorf("shows no update that was made: its outcome is %q", earlier.Outcome)
	case earlier.Fake && !fake:
		return nil, errors.New("is of a fake: add -fake")
	case !earlier.Fake && fake:
		return nil, errors.New("is not of a fake: remove -fake")
	case earlier.Patch == nil:
		return nil, errors.New("has no patch: it is not of creditctl update")
	case earlier.Before == nil:
		return nil, errors.New("does not show the credit before the update; update -before reads it")
	}
	u := &undo{vendor: earlier.Vendor, ref: credit.Ref{ID: earlier.ID, Owner: earlier.Owner}, invalid: credit.InvalidError{Vendor: earlier.Vendor}}
	var err error
	if u.made, err = earlier.Patch.decode(); err != nil {
		return nil, fmt.Errorf("patch: %w", err)
	}
	before, err := earlier.Before.decode()
	if err != nil {
		return nil, fmt.Errorf("before: %w", err)
	}
	for f := range u.made.All() {
		was := before.Op(f)
		if was.IsZero() {
			u.invalid.Add(string(f), "cannot be put back: its value before the update is not known")
		}
		u.patch.Op(f).Copy(was)
	}
	return u, nil
}

// writeUndoPatch writes the values that an undo that failed was to put back.
func (r *report) writeUndoPatch(out terminalWriter) {
	if r.isUndo && r.Patch != nil {
		fmt.Fprintln(out, "the undo was to put back:")
		writeFields(out, r.Patch)
	}
}
