package main

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/plan"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func undoCommand() *cli.Command {
	return &cli.Command{
		Name:  "undo",
		Usage: "write a plan that puts back every applied row of a results file",
		Description: "Each row of the plan gives the changed fields the values that they had, and expects\n" +
			"the values that the run has written. A row that cannot be put back is in the plan\n" +
			"with the reason: its values before were not read (use run -before, or apply), the\n" +
			"credit has changed since, or the vendor cannot clear a field.",
		Flags: slices.Concat([]cli.Flag{resultsInFlag(), outFlag("the plan, a JSON Lines `file`"), expectFlag("changed"), fakeResultsFlag()}, readFlags()),
		Action: lookingAction(func(ctx context.Context, c *cli.Command, s settings, out *terminal) error {
			guardAll, err := parseExpect(c)
			if err != nil {
				return err
			}
			p := &planner{settings: s, path: c.String("out"), guardAll: guardAll, out: out}
			return p.planUndo(ctx)
		}),
	}
}

// planUndo plans to put back the applied rows of the results.
func (p *planner) planUndo(ctx context.Context) error {
	if err := checkOutput(flagFile{"-out", p.path}, []flagFile{{"-results", p.results}}); err != nil {
		return err
	}
	run, err := openResults(p.settings, p.results, result.Applied)
	if err != nil {
		return err
	}
	if len(run.vendors) == 0 {
		return fmt.Errorf("%s has no applied row, so nothing can be put back", p.results)
	}
	p.header.Input, p.header.Digest, p.total = run.name(), run.digest, run.count
	inputs := func(yield func(plan.Input, error) bool) {
		for r, err := range run.wantedRows() {
			if !yield(undoInput(r), err) {
				return
			}
		}
	}
	if p.fakes != nil {
		if err := p.seedExpected(ctx, rowsOf(inputs)); err != nil {
			return err
		}
	}
	p.warnOfOthers(run)
	return p.write(ctx, run.vendors, inputs)
}

// warnOfOthers names the rows that can have changed a credit, or still can, and that an undo
// does not put back.
func (p *planner) warnOfOthers(run *earlierRun) {
	if n := run.outcomes[result.Unknown]; n > 0 {
		fmt.Fprintf(p.out, "not in the plan: %s with the outcome unknown, whose change may have been made; see bulk resolve\n", format.Counted(n, "row"))
	}
	if n := run.outcomes[result.Pending]; n > 0 {
		fmt.Fprintf(p.out, "not in the plan: %s of a run that has not ended; end it first, or it will change these credits after the undo\n", format.Counted(n, "row"))
	}
}

// rowsOf returns the rows of the inputs.
func rowsOf(inputs iter.Seq2[plan.Input, error]) iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		for in, err := range inputs {
			if !yield(in.Row, err) {
				return
			}
		}
	}
}

// undoInput returns the row that puts back a result.
func undoInput(r result.Result) plan.Input {
	in := plan.Input{Row: row.Row{Number: r.Row, Line: r.Line, Vendor: r.Vendor, Ref: credit.Ref{ID: r.ID, Owner: r.Owner}}}
	before, after, err := result.Undo(r)
	if err != nil {
		in.Refused = err.Error()
		return in
	}
	in.Patch, in.Expect = before, credit.Values(after)
	return in
}
